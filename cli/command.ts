import { ACTIONS, TABLES } from '../actions/catalog.ts';
import { ACTING_STAGES, AUTO_STAGES, definition as root } from '../actions/root/inputs.ts';
import { mainLoop } from '../shared/host/loop.ts';
import { main, publish } from '../shared/host/main.ts';
import { type Action, failure } from '../shared/host/stage.ts';
import { finish, runToEnd } from '../shared/host/start.ts';
import { type Flags, parseFlags, terminalSurface } from '../shared/host/terminal.ts';
import type { InputTable } from '../shared/inputs/table.ts';
import { nearest } from '../shared/problem/nearest.ts';
import { EXIT } from '../shared/verdict/status.ts';
import { actionHelp, overview } from './help.ts';

/** Runs `ml-loop <command> …` and ends the process with its exit code. */
export async function runCommand(command: string | undefined, argv: readonly string[]): Promise<void> {
  const names = ['run', ...Object.keys(ACTIONS)];
  if (command === undefined || command === '--help' || command === '-h' || command === 'help') {
    process.stdout.write(overview(Object.values(ACTIONS).map(({ definition }) => definition)));
    return finish(command === undefined ? EXIT.user : EXIT.ok);
  }
  if (!names.includes(command)) {
    const best = nearest(command, names);
    process.stderr.write(
      `ml-loop: there is no command ${JSON.stringify(command)}${best ? `; did you mean ${best}?` : ''}\nCommands: ${names.join(', ')}\n`,
    );
    return finish(EXIT.user);
  }
  const definition = command === 'run' ? root : ACTIONS[command as keyof typeof ACTIONS].definition;
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(actionHelp(command, definition));
    return finish(EXIT.ok);
  }
  await runToEnd(() => started(command, argv, definition.inputs));
}

async function started(command: string, argv: readonly string[], table: InputTable): Promise<number> {
  const { env } = process;
  let flags: Flags = { values: {}, outputs: argv.includes('--outputs') };
  try {
    flags = parseFlags(argv, table);
  } catch (error) {
    const result = failure(error);
    await publish(command, result, { surface: terminalSurface(flags, env), env, tables: TABLES });
    return result.exit;
  }
  const start = { surface: terminalSurface(flags, env), env, tables: TABLES };
  if (command === 'run')
    return mainLoop({ definition: root, actions: ACTIONS, auto: AUTO_STAGES, acting: ACTING_STAGES }, start);
  return main(ACTIONS[command as keyof typeof ACTIONS] as Action, start);
}
