import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{parseConditions}from"./chunk-IVL2WIHW.mjs";import"./chunk-JK73MYD5.mjs";import"./chunk-5FX5M24N.mjs";import"./chunk-6M73EWZI.mjs";export{parseConditions};
