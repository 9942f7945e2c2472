import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{modelsIn,registryBeside}from"./chunk-XF2JDFDX.mjs";import"./chunk-AP5FK2Q6.mjs";import"./chunk-WYUB7RVA.mjs";import"./chunk-3LJZOZSL.mjs";import"./chunk-FHRBPHSX.mjs";import"./chunk-DCEUI3LC.mjs";import"./chunk-HYIYKQVP.mjs";export{modelsIn,registryBeside};
