import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{openTop,readParquet}from"./chunk-K3WD4KX7.mjs";import"./chunk-SWTGHSS6.mjs";import"./chunk-4PPXYMUP.mjs";import"./chunk-ZSYHTIFJ.mjs";import"./chunk-6M73EWZI.mjs";export{openTop,readParquet};
