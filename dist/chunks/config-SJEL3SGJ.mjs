import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{ALLOW_MISSING,UNNAMED,loadConfig}from"./chunk-5SJ77DKI.mjs";import"./chunk-LVIFC4RP.mjs";import"./chunk-2RJ4K2E5.mjs";import"./chunk-R64AGAV6.mjs";import"./chunk-4V2MFOFY.mjs";import"./chunk-HYIYKQVP.mjs";export{ALLOW_MISSING,UNNAMED,loadConfig};
