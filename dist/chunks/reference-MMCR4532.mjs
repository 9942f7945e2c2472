import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{isModelReference,nearName,parseModelReference,requireModel,resolveModel,resolved}from"./chunk-CQJYL7AS.mjs";import"./chunk-R64AGAV6.mjs";import"./chunk-C6XZOF7D.mjs";import"./chunk-HYIYKQVP.mjs";export{isModelReference,nearName,parseModelReference,requireModel,resolveModel,resolved};
