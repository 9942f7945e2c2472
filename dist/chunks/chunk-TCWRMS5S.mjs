import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
var KINDS={ABSENT:0,NULL:1,TEXT:2,NUMBER:3,TRUE:4,FALSE:5,NESTED:6};export{KINDS};
