import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
var StateConflict=class extends Error{constructor(key){super(`the state ${key} was changed by another run at the same time`),this.name="StateConflict"}};export{StateConflict};
