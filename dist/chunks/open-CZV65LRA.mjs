import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{openRegistry}from"./chunk-BV7OKVMF.mjs";import"./chunk-SUCMDL2G.mjs";import"./chunk-MUO5RM5V.mjs";import"./chunk-ZSYHTIFJ.mjs";import"./chunk-6M73EWZI.mjs";export{openRegistry};
