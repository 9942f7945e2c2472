import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{DiskFiles}from"./chunk-VREQSEYI.mjs";import"./chunk-QAZE62T3.mjs";import"./chunk-GWYBUIHX.mjs";import"./chunk-2RCF47BB.mjs";import"./chunk-RHMDXNSK.mjs";import"./chunk-DFS6GR72.mjs";import"./chunk-4V2MFOFY.mjs";import"./chunk-HYIYKQVP.mjs";export{DiskFiles};
