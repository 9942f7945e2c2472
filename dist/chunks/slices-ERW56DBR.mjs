import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{Slices,groupColumns}from"./chunk-FS26OOV7.mjs";import"./chunk-TMDGWSG4.mjs";import"./chunk-HKEWD43F.mjs";import"./chunk-MND4L2B7.mjs";import"./chunk-34F4LAAD.mjs";import"./chunk-IAEMMF24.mjs";import"./chunk-ZSYHTIFJ.mjs";import"./chunk-6M73EWZI.mjs";export{Slices,groupColumns};
