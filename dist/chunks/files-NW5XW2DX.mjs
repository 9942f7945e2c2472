import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{DiskFiles}from"./chunk-OFGUPVXC.mjs";import"./chunk-QAZE62T3.mjs";import"./chunk-LX7LDD5B.mjs";import"./chunk-LH5DW3O3.mjs";import"./chunk-RHMDXNSK.mjs";import"./chunk-UUCKC5MK.mjs";import"./chunk-ZSYHTIFJ.mjs";import"./chunk-6M73EWZI.mjs";export{DiskFiles};
