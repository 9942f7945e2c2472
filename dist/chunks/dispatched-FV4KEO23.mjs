import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{dispatchOf,requestedBy}from"./chunk-KAHQ6LGY.mjs";import"./chunk-C6XZOF7D.mjs";import"./chunk-HYIYKQVP.mjs";export{dispatchOf,requestedBy};
