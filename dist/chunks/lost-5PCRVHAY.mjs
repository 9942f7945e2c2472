import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{refuseLost,refuseLostBy,rolloutKey}from"./chunk-PK7WVM4L.mjs";import"./chunk-C5LC7TPF.mjs";import"./chunk-RICVOSXQ.mjs";import"./chunk-VHFQO7P3.mjs";import"./chunk-IAEMMF24.mjs";import"./chunk-ZSYHTIFJ.mjs";import"./chunk-6M73EWZI.mjs";export{refuseLost,refuseLostBy,rolloutKey};
