import type { Ports } from '../../shared/ports/ports.ts';
import { runUserCommand } from '../../shared/ports/user-command.ts';
import { UserError } from '../../shared/problem/problem.ts';
import { readAnswer, TRAINED, type TrainingAnswer } from '../../shared/training/answer.ts';
import { sha256Text } from '../../shared/verdict/digest.ts';

export interface CommandAnswer {
  readonly input: 'command' | 'poll';
  readonly argv: readonly string[];
  readonly timeoutMs: number;
  readonly name: string;
  /** What asks for the training; the command gets a short form of it, which may be a part of a job's name. */
  readonly key: string;
  readonly job?: string;
}

/**
 * Runs a command of the user's and reads its answer. What it prints is in the log, line by line.
 *
 * @throws UserError if it wrote an answer that cannot be read.
 */
export async function runTraining(
  called: CommandAnswer,
  ports: Pick<Ports, 'commands' | 'files' | 'log'>,
): Promise<TrainingAnswer> {
  const { input, argv, timeoutMs, name, key, job } = called;
  const { commands, files, log } = ports;
  const path = `${await files.temporary()}/answer.json`;
  const env = {
    ML_LOOP_NAME: name,
    ML_LOOP_TRAINING: path,
    ML_LOOP_TRAINING_KEY: sha256Text(key).slice('sha256:'.length, 'sha256:'.length + 32),
    ...(job === undefined ? {} : { ML_LOOP_JOB: job }),
  };
  const show = (line: string) => log.info(`${input}: ${line}`);
  try {
    const ended = await runUserCommand(commands, log, input, argv, { env, timeoutMs, show });
    if (!ended.ok) return { status: 'failed', reason: `\`${input}\` ${ended.reason}` };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { status: 'failed', reason: `\`${input}\`: ${error.message}` };
  }
  if (!(await files.exists(path))) return TRAINED;
  return readAnswer(await files.readText(path), `the answer of \`${input}\``);
}
