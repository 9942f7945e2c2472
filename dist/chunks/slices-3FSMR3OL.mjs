import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{Slices,groupColumns}from"./chunk-JUSNFZLS.mjs";import"./chunk-HKEWD43F.mjs";import"./chunk-RYIWFB4Z.mjs";import"./chunk-MND4L2B7.mjs";import"./chunk-34F4LAAD.mjs";import"./chunk-R64AGAV6.mjs";import"./chunk-4V2MFOFY.mjs";import"./chunk-HYIYKQVP.mjs";export{Slices,groupColumns};
