import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{gatedConfig}from"./chunk-W4AUX3MY.mjs";import"./chunk-WYUB7RVA.mjs";import"./chunk-3LJZOZSL.mjs";import"./chunk-FHRBPHSX.mjs";import"./chunk-DCEUI3LC.mjs";import"./chunk-HYIYKQVP.mjs";export{gatedConfig};
