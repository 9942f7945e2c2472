import { TOOL } from '../shared/verdict/tool.ts';

const [command, ...rest] = process.argv.slice(2);
if (command === '--version' || command === '-v') {
  process.stdout.write(`${TOOL.version}\n`);
} else {
  // Everything else is loaded only when it is wanted: the version is asked for in scripts.
  const { runCommand } = await import('./run.ts');
  await runCommand(command, rest);
}
