import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{refuseLost,refuseLostBy,rolloutKey}from"./chunk-6ZOBSJW4.mjs";import"./chunk-DHJRPRVJ.mjs";import"./chunk-BXHGEOHC.mjs";import"./chunk-C7N4YDIZ.mjs";import"./chunk-R64AGAV6.mjs";import"./chunk-4V2MFOFY.mjs";import"./chunk-HYIYKQVP.mjs";export{refuseLost,refuseLostBy,rolloutKey};
