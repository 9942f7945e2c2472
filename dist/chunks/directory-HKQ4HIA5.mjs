import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{directoryState}from"./chunk-I2WU4335.mjs";import"./chunk-XZABZQES.mjs";import"./chunk-MUO5RM5V.mjs";import"./chunk-VHFQO7P3.mjs";import"./chunk-5KM6VHHV.mjs";import"./chunk-NJRUZPR5.mjs";import"./chunk-ZSYHTIFJ.mjs";import"./chunk-6M73EWZI.mjs";export{directoryState};
