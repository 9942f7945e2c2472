import type { InputLayer } from '../inputs/parse.ts';
import type { InputTable } from '../inputs/table.ts';
import { suggestion } from '../problem/nearest.ts';
import { type Problem, UserError } from '../problem/problem.ts';
import { plain } from '../report/markdown.ts';
import type { Surface } from './surface.ts';

export interface Flags {
  readonly values: Readonly<Record<string, unknown>>;
  /** `--outputs`: print the outputs on standard output. */
  readonly outputs: boolean;
}

/**
 * Reads `--name value`, `--name=value`, repeated flags of lists, and bare flags for `true`.
 *
 * @throws UserError with all problems.
 */
export function parseFlags(argv: readonly string[], table: InputTable): Flags {
  const values: Record<string, unknown> = {};
  const problems: Problem[] = [];
  let outputs = false;
  for (let index = 0; index < argv.length; index++) {
    const [, name, inline] = /^--([^=]+)(?:=([\s\S]*))?$/.exec(argv[index] ?? '') ?? [];
    if (name === undefined) {
      problems.push({ what: `${JSON.stringify(argv[index])} is not a flag`, fix: 'write --INPUT VALUE' });
      continue;
    }
    if (name === 'outputs' && inline === undefined) {
      outputs = true;
      continue;
    }
    if (!Object.hasOwn(table, name)) {
      problems.push({
        what: 'there is no such flag',
        where: `--${name}`,
        fix: suggestion(name, Object.keys(table)),
      });
      if (inline === undefined && !(argv[index + 1] ?? '--').startsWith('--')) index++;
      continue;
    }
    const bare = inline === undefined && (argv[index + 1] === undefined || argv[index + 1]?.startsWith('--'));
    if (bare && table[name]?.kind.schema.type !== 'boolean') {
      problems.push({
        what: 'needs a value',
        where: `--${name}`,
        fix: `allowed: ${table[name]?.kind.label}`,
      });
      continue;
    }
    const value = bare ? 'true' : (inline ?? argv[++index] ?? '');
    if (!(name in values)) values[name] = value;
    else if (table[name]?.kind.repeats) values[name] = [values[name], value].flat();
    else problems.push({ what: 'is given twice', where: `--${name}` });
  }
  if (problems.length > 0) throw new UserError(problems);
  return { values, outputs };
}

/** The surface of a terminal: progress and news on standard error, outputs on standard output if asked for. */
export function terminalSurface(flags: Flags, env: NodeJS.ProcessEnv): Surface {
  return {
    log: { info: (message) => process.stderr.write(`${message}\n`) },
    runner: { github: false, hosted: false },
    given: (table): InputLayer => ({
      values: { ...tokenOf(table, env), ...flags.values },
      where: (name) => `--${name}`,
    }),
    mask: () => {},
    printsOutputs: flags.outputs,
    annotate: () => {},
    summarise: async (_markdown, text) => {
      process.stderr.write(`${text}\n`);
    },
    output: (name, value) => {
      if (flags.outputs) process.stdout.write(`${name}=${plain(value)}\n`);
    },
  };
}

/** The token of the environment, for a command that takes one. */
function tokenOf(table: InputTable, { GITHUB_TOKEN: token }: NodeJS.ProcessEnv): Record<string, string> {
  return token && Object.hasOwn(table, 'github-token') ? { 'github-token': token } : {};
}
