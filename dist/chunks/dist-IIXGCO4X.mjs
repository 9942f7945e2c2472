import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{require_dist}from"./chunk-TCE43EWT.mjs";import"./chunk-6M73EWZI.mjs";export default require_dist();
