import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{directoryState}from"./chunk-27I4UKSS.mjs";import"./chunk-PLXL5T2W.mjs";import"./chunk-J2HLV3OA.mjs";import"./chunk-NJRUZPR5.mjs";import"./chunk-5FX5M24N.mjs";import"./chunk-6M73EWZI.mjs";export{directoryState};
