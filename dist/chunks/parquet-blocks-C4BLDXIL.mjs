import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{AHEAD,groupBlocks,parquetBlocks}from"./chunk-4J6K2M6W.mjs";import"./chunk-YRXC2DT5.mjs";import"./chunk-X5URB7MJ.mjs";import"./chunk-DLJFSEBY.mjs";import"./chunk-ZSYHTIFJ.mjs";import"./chunk-6M73EWZI.mjs";export{AHEAD,groupBlocks,parquetBlocks};
