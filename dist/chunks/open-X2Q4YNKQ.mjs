import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{openRegistry}from"./chunk-M4ZHYAX2.mjs";import"./chunk-Q5UNZMGD.mjs";import"./chunk-5FX5M24N.mjs";import"./chunk-6M73EWZI.mjs";export{openRegistry};
