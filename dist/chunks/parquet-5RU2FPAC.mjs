import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{openTop,readParquet}from"./chunk-GWGNC42L.mjs";import"./chunk-AL5GJOTG.mjs";import"./chunk-34ME62CL.mjs";import"./chunk-4V2MFOFY.mjs";import"./chunk-HYIYKQVP.mjs";export{openTop,readParquet};
