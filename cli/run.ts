import { endProcess, runToEnd } from '../shared/host/start.ts';
import { type Flags, parseFlags, terminalSurface } from '../shared/host/terminal.ts';
import { nearest } from '../shared/problem/nearest.ts';
import { UserError } from '../shared/problem/problem.ts';
import { EXIT } from '../shared/verdict/status.ts';
import type { Command } from './command.ts';
import { COMMANDS } from './commands.ts';
import { commandHelp, overview } from './help.ts';

/** Runs `ml-loop <command> …` and ends the process with its exit code. */
export async function runCommand(name: string | undefined, argv: readonly string[]): Promise<void> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(overview(COMMANDS));
    return endProcess(name === undefined ? EXIT.user : EXIT.ok);
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    process.stderr.write(unknown(name, Object.keys(COMMANDS)));
    return endProcess(EXIT.user);
  }
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(commandHelp(name, command));
    return endProcess(EXIT.ok);
  }
  await runToEnd(() => started(command, argv));
}

function unknown(name: string, known: readonly string[]): string {
  const best = nearest(name, known);
  const meant = best === undefined ? '' : `; did you mean ${best}?`;
  return `ml-loop: there is no command ${JSON.stringify(name)}${meant}\nCommands: ${known.join(', ')}\n`;
}

async function started(command: Command, argv: readonly string[]): Promise<number> {
  const { env } = process;
  let flags: Flags = { values: {}, outputs: argv.includes('--outputs') };
  try {
    flags = parseFlags(argv, command.inputs);
  } catch (error) {
    if (error instanceof UserError)
      return command.refuse(error, { surface: terminalSurface(flags, env), env });
    throw error;
  }
  return command.run({ surface: terminalSurface(flags, env), env });
}
