import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{directoryState}from"./chunk-Z4YV6WKP.mjs";import"./chunk-V2HDHXNA.mjs";import"./chunk-NFWDXT4Y.mjs";import"./chunk-DWNUKSDJ.mjs";import"./chunk-J4PLLOSM.mjs";import"./chunk-RHMDXNSK.mjs";import"./chunk-C6XZOF7D.mjs";import"./chunk-HYIYKQVP.mjs";export{directoryState};
