import type { Ports } from '../ports/ports.ts';
import { type Problem, UserError } from '../problem/problem.ts';

/** The user's commands, by the input that holds them, and what stands in each for a path. */
export const PLACEHOLDERS = {
  predict: ['model', 'data', 'out'],
  'metric-command': ['predictions', 'data', 'out'],
} as const;
type CommandInput = keyof typeof PLACEHOLDERS;

const EXAMPLES: Readonly<Record<CommandInput, string>> = {
  predict: '[python, predict.py, "{model}", "{data}", "{out}"]',
  'metric-command': '[python, loss.py, "{predictions}", "{data}", "{out}"]',
};

/** Characters of a failed command's standard error that go to the log. */
const SHOWN_STDERR = 4000;

/** One run of the user's command: what stands for each placeholder. */
export interface Prediction {
  readonly input: CommandInput;
  /** The argument array with the placeholders of its input. */
  readonly command: readonly string[];
  /** By placeholder. */
  readonly paths: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Which model, for messages. */
  readonly role: 'candidate' | 'production' | 'anchor';
}

/** Problems of a command: placeholders that are missing or unknown. */
export function predictProblems(command: readonly string[], input: CommandInput = 'predict'): Problem[] {
  const where = `input ${input}`;
  const used = command.flatMap((argument) =>
    [...argument.matchAll(/\{([A-Za-z_-]+)\}/g)].map((match) => match[1] ?? ''),
  );
  const known: readonly string[] = PLACEHOLDERS[input];
  const list = known.map((name) => `{${name}}`).join(', ');
  const fix = `write the command as a list with ${list}, such as ${EXAMPLES[input]}`;
  return [
    ...known
      .filter((name) => !used.includes(name))
      .map((name) => ({
        what: `{${name}} is missing`,
        where,
        fix,
      })),
    ...used
      .filter((name) => !known.includes(name))
      .map((name) => ({ what: `there is no placeholder {${name}}`, where, fix })),
  ];
}

/**
 * Runs the command on one model; afterwards the predictions are at `paths.out`.
 *
 * @throws UserError if it fails, takes too long, or writes no file. What it wrote on standard error goes to the
 * log, not into the error, for it may hold values of the data.
 */
export async function predict(
  prediction: Prediction,
  ports: Pick<Ports, 'commands' | 'files' | 'log'>,
): Promise<void> {
  const { input, command, paths, timeoutMs, role } = prediction;
  const argv = command.map((argument) =>
    argument.replace(/\{([A-Za-z_-]+)\}/g, (whole, name: string) => paths[name] ?? whole),
  );
  ports.log.info(`${input}: ${role} model`);
  const result = await ports.commands.run(argv, { timeoutMs });
  const where = `input ${input}, on the ${role} model`;
  if (result.timedOut) {
    throw new UserError({
      what: `took longer than ${timeoutMs / 1000} s and was stopped`,
      where,
      fix: 'set predict-timeout',
    });
  }
  if (result.exitCode !== 0) {
    ports.log.info(result.stderr.slice(-SHOWN_STDERR));
    throw new UserError({
      what: `ended with exit code ${result.exitCode}`,
      where,
      fix: 'the log has what it wrote on standard error',
    });
  }
  if (!(await ports.files.exists(paths.out ?? ''))) {
    throw new UserError({
      what: 'wrote no file',
      where,
      fix: 'let the command write its answer to the path {out}',
    });
  }
}
