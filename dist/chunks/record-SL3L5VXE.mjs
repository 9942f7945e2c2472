import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{printRecord,readRecord}from"./chunk-5I5VXHY3.mjs";import"./chunk-DWNUKSDJ.mjs";import"./chunk-JH2YCQVH.mjs";import"./chunk-F66IFEBE.mjs";import"./chunk-RHMDXNSK.mjs";import"./chunk-C6XZOF7D.mjs";import"./chunk-HYIYKQVP.mjs";export{printRecord,readRecord};
