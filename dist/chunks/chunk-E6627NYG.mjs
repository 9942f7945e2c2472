import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
function placedIn({lines,fields},at,column){let moved={...at,line:(at.line??0)+lines};return at.column===void 0||column===void 0||fields===void 0?moved:{...moved,column:fields.indexOf(column)+1}}export{placedIn};
