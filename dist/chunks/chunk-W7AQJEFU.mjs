import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
function isAddress(text){return/^[a-z][a-z0-9+.-]+:\/\//i.test(text)}export{isAddress};
