import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{DiskFiles}from"./chunk-A72XHFVD.mjs";import"./chunk-5KM6VHHV.mjs";import"./chunk-RHMDXNSK.mjs";import"./chunk-UUCKC5MK.mjs";import"./chunk-ZSYHTIFJ.mjs";import"./chunk-6M73EWZI.mjs";export{DiskFiles};
