import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{directoryState}from"./chunk-ICYX7OP5.mjs";import"./chunk-O26DCNFA.mjs";import"./chunk-J2HLV3OA.mjs";import"./chunk-NJRUZPR5.mjs";import"./chunk-ZSYHTIFJ.mjs";import"./chunk-6M73EWZI.mjs";export{directoryState};
