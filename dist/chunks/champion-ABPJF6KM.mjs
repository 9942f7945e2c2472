import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{CHAMPION,championOf,refuseSlip,refuseWrongName}from"./chunk-DHJRPRVJ.mjs";import"./chunk-BXHGEOHC.mjs";import"./chunk-R64AGAV6.mjs";import"./chunk-4V2MFOFY.mjs";import"./chunk-HYIYKQVP.mjs";export{CHAMPION,championOf,refuseSlip,refuseWrongName};
