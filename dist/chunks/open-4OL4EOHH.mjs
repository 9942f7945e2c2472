import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{openStore}from"./chunk-IXU4I3Z4.mjs";import"./chunk-W6VC42L6.mjs";import"./chunk-XULDLQBD.mjs";import"./chunk-RHMDXNSK.mjs";import"./chunk-IHV7G4TL.mjs";import"./chunk-4V2MFOFY.mjs";import"./chunk-HYIYKQVP.mjs";export{openStore};
