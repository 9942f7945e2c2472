import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{openRegistry}from"./chunk-FNZFEB2R.mjs";import"./chunk-UNZOGS5D.mjs";import"./chunk-ZSYHTIFJ.mjs";import"./chunk-6M73EWZI.mjs";export{openRegistry};
