import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{CHAMPION,championOf,refuseSlip,refuseWrongName}from"./chunk-B7KCGARR.mjs";import"./chunk-CQJYL7AS.mjs";import"./chunk-R64AGAV6.mjs";import"./chunk-C6XZOF7D.mjs";import"./chunk-HYIYKQVP.mjs";export{CHAMPION,championOf,refuseSlip,refuseWrongName};
