import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{grouped}from"./chunk-AZYRFA2O.mjs";function show(value){return grouped(Number(value.toPrecision(4)))}export{show};
