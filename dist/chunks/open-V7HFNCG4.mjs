import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{openState,pullRequestsOnlyRead,refusePullRequests,refuseVanishing}from"./chunk-Z54MFZUF.mjs";import"./chunk-NFWDXT4Y.mjs";import"./chunk-C6XZOF7D.mjs";import"./chunk-HYIYKQVP.mjs";export{openState,pullRequestsOnlyRead,refusePullRequests,refuseVanishing};
