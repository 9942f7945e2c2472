import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{openStore}from"./chunk-J6CFSXGB.mjs";import"./chunk-UAO7FI3J.mjs";import"./chunk-XULDLQBD.mjs";import"./chunk-RHMDXNSK.mjs";import"./chunk-IHV7G4TL.mjs";import"./chunk-4V2MFOFY.mjs";import"./chunk-HYIYKQVP.mjs";export{openStore};
