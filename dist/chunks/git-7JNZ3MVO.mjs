import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{gitState}from"./chunk-4NKLFGBT.mjs";import"./chunk-UWZWLRHS.mjs";import"./chunk-V2HDHXNA.mjs";import"./chunk-NFWDXT4Y.mjs";import"./chunk-DWNUKSDJ.mjs";import"./chunk-C6XZOF7D.mjs";import"./chunk-HYIYKQVP.mjs";export{gitState};
