import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{printRecord,readRecord}from"./chunk-FK5JN2UC.mjs";import"./chunk-C7N4YDIZ.mjs";import"./chunk-RDMNAZZX.mjs";import"./chunk-RHMDXNSK.mjs";import"./chunk-IHV7G4TL.mjs";import"./chunk-4V2MFOFY.mjs";import"./chunk-HYIYKQVP.mjs";export{printRecord,readRecord};
