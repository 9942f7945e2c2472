import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{ALLOW_MISSING,UNNAMED,loadConfig}from"./chunk-Y5F3HMNH.mjs";import"./chunk-LVIFC4RP.mjs";import"./chunk-2RJ4K2E5.mjs";import"./chunk-R64AGAV6.mjs";import"./chunk-C6XZOF7D.mjs";import"./chunk-HYIYKQVP.mjs";export{ALLOW_MISSING,UNNAMED,loadConfig};
