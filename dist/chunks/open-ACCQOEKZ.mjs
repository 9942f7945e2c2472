import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{openState,pullRequestsOnlyRead,refusePullRequests,refuseVanishing}from"./chunk-OD5UZ76C.mjs";import"./chunk-RUODEDWM.mjs";import"./chunk-4V2MFOFY.mjs";import"./chunk-HYIYKQVP.mjs";export{openState,pullRequestsOnlyRead,refusePullRequests,refuseVanishing};
