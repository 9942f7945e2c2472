import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
function isMap(value){return typeof value=="object"&&value!==null&&!Array.isArray(value)}export{isMap};
