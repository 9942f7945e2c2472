import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{openStore}from"./chunk-TIHB3VTI.mjs";import"./chunk-KKYXQTC4.mjs";import"./chunk-OJHJE2TM.mjs";import"./chunk-RHMDXNSK.mjs";import"./chunk-7HV6JFZ2.mjs";import"./chunk-ZSYHTIFJ.mjs";import"./chunk-6M73EWZI.mjs";export{openStore};
