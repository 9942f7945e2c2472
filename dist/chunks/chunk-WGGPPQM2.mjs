import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
var VersionTaken=class extends Error{},AliasConflict=class extends Error{};export{VersionTaken,AliasConflict};
