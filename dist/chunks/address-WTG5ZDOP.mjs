import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{LONGEST_REPOSITORY,REPOSITORY,isLoopback,parseOciAddress,repositoryOf,serverAt}from"./chunk-IHV7G4TL.mjs";import"./chunk-4V2MFOFY.mjs";import"./chunk-HYIYKQVP.mjs";export{LONGEST_REPOSITORY,REPOSITORY,isLoopback,parseOciAddress,repositoryOf,serverAt};
