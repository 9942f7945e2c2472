import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{gitState}from"./chunk-BLYKLMJC.mjs";import"./chunk-H46OX6KU.mjs";import"./chunk-RUODEDWM.mjs";import"./chunk-C7N4YDIZ.mjs";import"./chunk-4V2MFOFY.mjs";import"./chunk-HYIYKQVP.mjs";export{gitState};
