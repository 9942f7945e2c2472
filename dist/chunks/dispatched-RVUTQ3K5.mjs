import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import"./chunk-WYUB7RVA.mjs";import{dispatchOf,requestedBy}from"./chunk-3LJZOZSL.mjs";import"./chunk-FHRBPHSX.mjs";import"./chunk-DCEUI3LC.mjs";import"./chunk-HYIYKQVP.mjs";export{dispatchOf,requestedBy};
