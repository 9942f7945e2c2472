import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{AHEAD,groupBlocks,parquetBlocks}from"./chunk-VEWGCRLC.mjs";import"./chunk-J5C2FNKG.mjs";import"./chunk-AQZFTJCK.mjs";import"./chunk-RWQFP2RV.mjs";import"./chunk-C6XZOF7D.mjs";import"./chunk-HYIYKQVP.mjs";export{AHEAD,groupBlocks,parquetBlocks};
