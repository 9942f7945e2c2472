import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{isLoopback,parseOciAddress,repositoryOf}from"./chunk-HHYEGTB7.mjs";import"./chunk-ZSYHTIFJ.mjs";import"./chunk-6M73EWZI.mjs";export{isLoopback,parseOciAddress,repositoryOf};
