import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
function grouped(value){let digits=String(value);return Math.abs(value)<1e4?digits:digits.replaceAll(/\B(?=(\d{3})+$)/g," ")}export{grouped};
