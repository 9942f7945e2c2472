import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{LONGEST_REPOSITORY,REPOSITORY,isLoopback,parseOciAddress,repositoryOf,serverAt}from"./chunk-F66IFEBE.mjs";import"./chunk-C6XZOF7D.mjs";import"./chunk-HYIYKQVP.mjs";export{LONGEST_REPOSITORY,REPOSITORY,isLoopback,parseOciAddress,repositoryOf,serverAt};
