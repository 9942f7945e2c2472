import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
var DISCLOSURES=["verdict","rounded","full"],LEDGER_MODES=["off","warn","strict"];export{DISCLOSURES,LEDGER_MODES};
