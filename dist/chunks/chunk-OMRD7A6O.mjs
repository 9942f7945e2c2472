import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{UserError}from"./chunk-AZYRFA2O.mjs";var StateConflict=class extends Error{constructor(key){super(`the state ${key} was changed by another run at the same time`),this.name="StateConflict"}},PermissionError=class extends UserError{};export{StateConflict,PermissionError};
