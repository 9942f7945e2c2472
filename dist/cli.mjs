import{createRequire as __mlLoopRequire}from'node:module';const require=__mlLoopRequire(import.meta.url);
import{TOOL}from"./chunks/chunk-FHRBPHSX.mjs";import"./chunks/chunk-HYIYKQVP.mjs";var[command,...rest]=process.argv.slice(2);if(command==="--version"||command==="-v")process.stdout.write(`${TOOL.version}
`);else{let{runCommand}=await import("./chunks/run-WFJLICXJ.mjs");await runCommand(command,rest)}
