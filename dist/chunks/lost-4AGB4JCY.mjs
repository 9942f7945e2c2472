import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{refuseLost,refuseLostBy,rolloutKey}from"./chunk-D2OFGN5N.mjs";import"./chunk-AI6U4FGQ.mjs";import"./chunk-BCB2HRAO.mjs";import"./chunk-VHFQO7P3.mjs";import"./chunk-IAEMMF24.mjs";import"./chunk-ZSYHTIFJ.mjs";import"./chunk-6M73EWZI.mjs";export{refuseLost,refuseLostBy,rolloutKey};
