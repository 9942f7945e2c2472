import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{gitState}from"./chunk-AKLLJQKS.mjs";import"./chunk-UWZWLRHS.mjs";import"./chunk-V2HDHXNA.mjs";import"./chunk-NFWDXT4Y.mjs";import"./chunk-UVD5E6XF.mjs";import"./chunk-C6XZOF7D.mjs";import"./chunk-HYIYKQVP.mjs";export{gitState};
