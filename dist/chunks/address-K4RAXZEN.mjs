import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{LONGEST_REPOSITORY,REPOSITORY,isLoopback,parseOciAddress,repositoryOf,serverAt}from"./chunk-7HV6JFZ2.mjs";import"./chunk-ZSYHTIFJ.mjs";import"./chunk-6M73EWZI.mjs";export{LONGEST_REPOSITORY,REPOSITORY,isLoopback,parseOciAddress,repositoryOf,serverAt};
