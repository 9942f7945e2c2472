import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{isModelReference,nearName,parseModelReference,requireModel,resolveModel,resolved}from"./chunk-BCB2HRAO.mjs";import"./chunk-IAEMMF24.mjs";import"./chunk-ZSYHTIFJ.mjs";import"./chunk-6M73EWZI.mjs";export{isModelReference,nearName,parseModelReference,requireModel,resolveModel,resolved};
