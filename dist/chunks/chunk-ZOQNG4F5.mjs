import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
function isLoopback(host){return/^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/.test(host)}export{isLoopback};
