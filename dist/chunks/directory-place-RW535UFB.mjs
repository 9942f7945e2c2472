import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{modelsIn,registryBeside}from"./chunk-PMIH3IOF.mjs";import"./chunk-RICVOSXQ.mjs";import"./chunk-IAEMMF24.mjs";import"./chunk-ZSYHTIFJ.mjs";import"./chunk-6M73EWZI.mjs";export{modelsIn,registryBeside};
