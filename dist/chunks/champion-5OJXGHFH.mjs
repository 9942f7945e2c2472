import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{CHAMPION,championOf,refuseSlip,refuseWrongName}from"./chunk-AI6U4FGQ.mjs";import"./chunk-BCB2HRAO.mjs";import"./chunk-IAEMMF24.mjs";import"./chunk-ZSYHTIFJ.mjs";import"./chunk-6M73EWZI.mjs";export{CHAMPION,championOf,refuseSlip,refuseWrongName};
