import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{parseConditions}from"./chunk-JTGAZ3OR.mjs";import"./chunk-RSUIDJN2.mjs";import"./chunk-ZSYHTIFJ.mjs";import"./chunk-6M73EWZI.mjs";export{parseConditions};
