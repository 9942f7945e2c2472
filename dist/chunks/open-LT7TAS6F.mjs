import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{openStore}from"./chunk-YS42YVUV.mjs";import"./chunk-ZABN4IT3.mjs";import"./chunk-Y77VXRUT.mjs";import"./chunk-F66IFEBE.mjs";import"./chunk-RHMDXNSK.mjs";import"./chunk-C6XZOF7D.mjs";import"./chunk-HYIYKQVP.mjs";export{openStore};
