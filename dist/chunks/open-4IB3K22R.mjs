import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{openRegistry,repositoryOfModel}from"./chunk-76LV2O5B.mjs";import"./chunk-OD5UZ76C.mjs";import"./chunk-RUODEDWM.mjs";import"./chunk-4V2MFOFY.mjs";import"./chunk-HYIYKQVP.mjs";export{openRegistry,repositoryOfModel};
