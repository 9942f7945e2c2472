import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{modelsIn,registryBeside}from"./chunk-XNGXAFXZ.mjs";import"./chunk-BXHGEOHC.mjs";import"./chunk-R64AGAV6.mjs";import"./chunk-4V2MFOFY.mjs";import"./chunk-HYIYKQVP.mjs";export{modelsIn,registryBeside};
