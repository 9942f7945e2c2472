import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{openTop,readParquet}from"./chunk-YRXC2DT5.mjs";import"./chunk-X5URB7MJ.mjs";import"./chunk-DLJFSEBY.mjs";import"./chunk-ZSYHTIFJ.mjs";import"./chunk-6M73EWZI.mjs";export{openTop,readParquet};
