import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{refuseLost,refuseLostBy,rolloutKey}from"./chunk-6GGVR5LZ.mjs";import"./chunk-B7KCGARR.mjs";import"./chunk-CQJYL7AS.mjs";import"./chunk-UVD5E6XF.mjs";import"./chunk-R64AGAV6.mjs";import"./chunk-C6XZOF7D.mjs";import"./chunk-HYIYKQVP.mjs";export{refuseLost,refuseLostBy,rolloutKey};
