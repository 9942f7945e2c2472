import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{ALLOW_MISSING,UNNAMED,loadConfig}from"./chunk-JG73ENFN.mjs";import"./chunk-4OEDUUBO.mjs";import"./chunk-VPYMV5CJ.mjs";import"./chunk-IAEMMF24.mjs";import"./chunk-ZSYHTIFJ.mjs";import"./chunk-6M73EWZI.mjs";export{ALLOW_MISSING,UNNAMED,loadConfig};
