import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
var REPLACED={what:"changed while it was being read, so nothing can be said about its bytes",fix:"run this again when nothing writes to it"};export{REPLACED};
