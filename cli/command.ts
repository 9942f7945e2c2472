import type { Surface } from '../shared/host/surface.ts';
import { parseInputs } from '../shared/inputs/parse.ts';
import type { InputTable, InputValues } from '../shared/inputs/table.ts';
import { UserError } from '../shared/problem/problem.ts';
import { plainProblems } from '../shared/report/text.ts';
import { EXIT } from '../shared/verdict/status.ts';

/** What a command is started with. */
export interface Terminal {
  /** Its flags, and where its news goes. */
  readonly surface: Surface;
  readonly env: NodeJS.ProcessEnv;
}

/** One command of the command line. */
export interface Command {
  /** One line for `ml-loop --help`. */
  readonly description: string;
  /** Its flags: they are parsed by the same kinds as the inputs of a step. */
  readonly inputs: InputTable;
  /** @returns the exit code. */
  run(terminal: Terminal): Promise<number>;
  /** Tells why it was not run: its flags are wrong. @returns the exit code. */
  refuse(error: UserError, terminal: Terminal): Promise<number>;
}

/** A command that is not an action: what it is, and its code, which gets the parsed flags and returns the exit code. */
export function command<T extends InputTable>(
  name: string,
  { description, inputs }: { readonly description: string; readonly inputs: T },
  load: () => Promise<(values: InputValues<T>, terminal: Terminal) => Promise<number>>,
): Command {
  const refuse = async (error: UserError) => {
    process.stderr.write(`${plainProblems(name, error.problems)}\n`);
    return EXIT.user;
  };
  const run = async (terminal: Terminal) => {
    try {
      const values = parseInputs(inputs, [terminal.surface.given(inputs)]);
      return await (await load())(values, terminal);
    } catch (error) {
      if (error instanceof UserError) return refuse(error);
      throw error;
    }
  };
  return { description, inputs, run, refuse };
}
