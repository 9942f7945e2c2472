import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
var VALUE_TYPES=["integer","number","boolean","date","datetime","string"],COLUMN_TYPES=[...VALUE_TYPES,"empty"],COMMON=20,MAX_VALUES=64,MAX_GROUPS=64,GROUP_ROWS=5;export{VALUE_TYPES,COMMON,MAX_VALUES,MAX_GROUPS,GROUP_ROWS};
