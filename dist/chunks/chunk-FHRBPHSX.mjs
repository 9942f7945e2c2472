import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
var TOOL={name:"ml-loop",version:"0.1.0"};export{TOOL};
