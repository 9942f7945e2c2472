import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{modelsIn,registryBeside}from"./chunk-7ZEZTMWS.mjs";import"./chunk-CSDDREL3.mjs";import"./chunk-WYUB7RVA.mjs";import"./chunk-445TVW5Z.mjs";import"./chunk-FHRBPHSX.mjs";import"./chunk-AZYRFA2O.mjs";import"./chunk-HYIYKQVP.mjs";export{modelsIn,registryBeside};
