import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{modelsIn,registryBeside}from"./chunk-SEMDSZEY.mjs";import"./chunk-BCB2HRAO.mjs";import"./chunk-IAEMMF24.mjs";import"./chunk-ZSYHTIFJ.mjs";import"./chunk-6M73EWZI.mjs";export{modelsIn,registryBeside};
