import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{Slices,groupColumns}from"./chunk-GXOKYRBG.mjs";import"./chunk-CZZWCEGQ.mjs";import"./chunk-HKEWD43F.mjs";import"./chunk-MND4L2B7.mjs";import"./chunk-34F4LAAD.mjs";import"./chunk-R64AGAV6.mjs";import"./chunk-C6XZOF7D.mjs";import"./chunk-HYIYKQVP.mjs";export{Slices,groupColumns};
