import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{gatedConfig}from"./chunk-B5ELT4CH.mjs";import"./chunk-WYUB7RVA.mjs";import"./chunk-445TVW5Z.mjs";import"./chunk-FHRBPHSX.mjs";import"./chunk-AZYRFA2O.mjs";import"./chunk-HYIYKQVP.mjs";export{gatedConfig};
