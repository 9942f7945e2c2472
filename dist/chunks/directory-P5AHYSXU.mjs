import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{directoryState}from"./chunk-YL7MPI7M.mjs";import"./chunk-XZABZQES.mjs";import"./chunk-MUO5RM5V.mjs";import"./chunk-VHFQO7P3.mjs";import"./chunk-LX7LDD5B.mjs";import"./chunk-RHMDXNSK.mjs";import"./chunk-ZSYHTIFJ.mjs";import"./chunk-6M73EWZI.mjs";export{directoryState};
