import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{directoryState}from"./chunk-UW4NSK24.mjs";import"./chunk-H46OX6KU.mjs";import"./chunk-RUODEDWM.mjs";import"./chunk-C7N4YDIZ.mjs";import"./chunk-GWYBUIHX.mjs";import"./chunk-RHMDXNSK.mjs";import"./chunk-4V2MFOFY.mjs";import"./chunk-HYIYKQVP.mjs";export{directoryState};
