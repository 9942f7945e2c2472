import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
function idPart(name){let parts=name.split(".").map(part=>part.replaceAll(/[^A-Za-z0-9_-]+/g,"_").replaceAll(/^_+|_+$/g,"")).filter(part=>part!=="");return parts.length===0?"metric":parts.join(".")}function show(value){return String(Number(value.toPrecision(4)))}export{idPart,show};
