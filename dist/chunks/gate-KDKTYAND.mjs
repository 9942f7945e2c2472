import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{gatedConfig}from"./chunk-75EKEJ7E.mjs";import"./chunk-WYUB7RVA.mjs";import"./chunk-2CSF46EB.mjs";import"./chunk-FHRBPHSX.mjs";import"./chunk-DCEUI3LC.mjs";import"./chunk-HYIYKQVP.mjs";export{gatedConfig};
