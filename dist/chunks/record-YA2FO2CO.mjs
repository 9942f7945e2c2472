import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{printRecord,readRecord}from"./chunk-ZWF6762M.mjs";import"./chunk-VHFQO7P3.mjs";import"./chunk-L3HOUH2J.mjs";import"./chunk-RHMDXNSK.mjs";import"./chunk-7HV6JFZ2.mjs";import"./chunk-ZSYHTIFJ.mjs";import"./chunk-6M73EWZI.mjs";export{printRecord,readRecord};
