import type { Ports } from '../ports/ports.ts';
import { type Problem, UserError } from '../problem/problem.ts';

const PLACEHOLDERS = ['model', 'data', 'out'] as const;
type Placeholder = (typeof PLACEHOLDERS)[number];

/** Characters of a failed command's standard error that go to the log. */
const SHOWN_STDERR = 4000;

/** One run of the user's command: what stands for each placeholder. */
export interface Prediction {
  /** The argument array with `{model}`, `{data}` and `{out}`. */
  readonly command: readonly string[];
  readonly paths: Readonly<Record<Placeholder, string>>;
  readonly timeoutMs: number;
  /** Which model, for messages. */
  readonly role: 'candidate' | 'production';
}

/** Problems of a `predict` command: placeholders that are missing or unknown. */
export function predictProblems(command: readonly string[]): Problem[] {
  const where = 'input predict';
  const used = command.flatMap((argument) =>
    [...argument.matchAll(/\{([A-Za-z_-]+)\}/g)].map((match) => match[1] ?? ''),
  );
  const known: readonly string[] = PLACEHOLDERS;
  const mend =
    'write the command as a list with {model}, {data} and {out}, such as [python, predict.py, "{model}", "{data}", "{out}"]';
  return [
    ...PLACEHOLDERS.filter((name) => !used.includes(name)).map((name) => ({
      what: `{${name}} is missing`,
      where,
      mend,
    })),
    ...used
      .filter((name) => !known.includes(name))
      .map((name) => ({ what: `there is no placeholder {${name}}`, where, mend })),
  ];
}

/**
 * Runs the command on one model; afterwards the predictions are at `paths.out`.
 *
 * @throws UserError where it fails, takes too long, or writes no file. What it wrote on standard error goes to the
 * log, not into the error, for it may hold values of the data.
 */
export async function predict(
  prediction: Prediction,
  ports: Pick<Ports, 'commands' | 'files' | 'log'>,
): Promise<void> {
  const { command, paths, timeoutMs, role } = prediction;
  const argv = command.map((argument) =>
    argument.replace(/\{(model|data|out)\}/g, (_, name: Placeholder) => paths[name]),
  );
  ports.log.info(`predict: ${role} model`);
  const result = await ports.commands.run(argv, { timeoutMs });
  const where = `input predict, on the ${role} model`;
  if (result.timedOut) {
    throw new UserError({
      what: `took longer than ${timeoutMs / 1000} s and was ended`,
      where,
      mend: 'set predict-timeout',
    });
  }
  if (result.exitCode !== 0) {
    ports.log.info(result.stderr.slice(-SHOWN_STDERR));
    throw new UserError({
      what: `ended with exit code ${result.exitCode}`,
      where,
      mend: 'the log has what it wrote on standard error',
    });
  }
  if (!(await ports.files.exists(paths.out))) {
    throw new UserError({
      what: 'wrote no file',
      where,
      mend: 'the command must write the predictions to the path {out}',
    });
  }
}
