import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{openRegistry,repositoryOfModel}from"./chunk-3VFCVAKE.mjs";import"./chunk-Z54MFZUF.mjs";import"./chunk-NFWDXT4Y.mjs";import"./chunk-C6XZOF7D.mjs";import"./chunk-HYIYKQVP.mjs";export{openRegistry,repositoryOfModel};
