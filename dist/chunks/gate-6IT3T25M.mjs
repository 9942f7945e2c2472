import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{gatedConfig}from"./chunk-EJUVHY57.mjs";import"./chunk-N75EKA5H.mjs";import"./chunk-FSGIQ5GD.mjs";import"./chunk-YTIFU3UG.mjs";import"./chunk-2RJ4K2E5.mjs";import"./chunk-R64AGAV6.mjs";import"./chunk-C6XZOF7D.mjs";import"./chunk-HYIYKQVP.mjs";export{gatedConfig};
