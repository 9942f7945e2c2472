import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{DiskFiles}from"./chunk-32T4FLU3.mjs";import"./chunk-NJRUZPR5.mjs";import"./chunk-5FX5M24N.mjs";import"./chunk-6M73EWZI.mjs";export{DiskFiles};
