import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{AHEAD,groupBlocks,parquetBlocks}from"./chunk-5ACZRQHJ.mjs";import"./chunk-ITTE7ACI.mjs";import"./chunk-FDO22NKJ.mjs";import"./chunk-XMEFLGK4.mjs";import"./chunk-5FX5M24N.mjs";import"./chunk-6M73EWZI.mjs";export{AHEAD,groupBlocks,parquetBlocks};
