import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{refuseLost,refuseLostBy,rolloutKey}from"./chunk-XJIZI6KE.mjs";import"./chunk-RL74I3QN.mjs";import"./chunk-L3OAC4H2.mjs";import"./chunk-SPAZRXSS.mjs";import"./chunk-IAEMMF24.mjs";import"./chunk-ZSYHTIFJ.mjs";import"./chunk-6M73EWZI.mjs";export{refuseLost,refuseLostBy,rolloutKey};
