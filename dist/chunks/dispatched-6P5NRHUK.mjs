import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import"./chunk-WYUB7RVA.mjs";import{dispatchOf,requestedBy}from"./chunk-445TVW5Z.mjs";import"./chunk-FHRBPHSX.mjs";import"./chunk-AZYRFA2O.mjs";import"./chunk-HYIYKQVP.mjs";export{dispatchOf,requestedBy};
