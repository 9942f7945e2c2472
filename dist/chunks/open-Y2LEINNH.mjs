import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{openRegistry,repositoryOfModel}from"./chunk-DX7OEXIQ.mjs";import"./chunk-KID6NI43.mjs";import"./chunk-NFWDXT4Y.mjs";import"./chunk-C6XZOF7D.mjs";import"./chunk-HYIYKQVP.mjs";export{openRegistry,repositoryOfModel};
