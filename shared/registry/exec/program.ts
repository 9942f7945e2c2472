/** The user's program behind `registry: exec:PROGRAM`: one process for each question, JSON in and JSON out. */
import type { Ports } from '../../ports/ports.ts';
import { runUserCommand } from '../../ports/user-command.ts';
import { UserError } from '../../problem/problem.ts';
import { shapeReader, type Validator } from '../../schema/shape.ts';

const REQUEST_SCHEMA = 'ml-loop/registry-request@1';

/** The operations of `schemas/registry-request.schema.json`. */
export type ProgramOperation =
  | 'models'
  | 'versions'
  | 'create'
  | 'fetch'
  | 'add-evidence'
  | 'aliases'
  | 'set-alias'
  | 'remove';

export interface Program {
  /** As the user named it. */
  readonly shown: string;
  /**
   * Asks the program once.
   *
   * @param isAnswer the shape of the answer, of `schemas/registry-answer.schema.json`.
   * @throws UserError if the program cannot be started, fails, does not end in time, or answers something else.
   */
  ask<T>(
    operation: ProgramOperation,
    request: Readonly<Record<string, unknown>>,
    isAnswer: Validator,
  ): Promise<T>;
}

export interface ProgramOptions {
  /** What follows `exec:`. */
  readonly shown: string;
  readonly timeoutMs: number;
}

/** Enough for a thousand versions of some hundred files each. */
const ANSWER_BYTES = 64 * 2 ** 20;
/** What is shown of the last line that a failed program printed. */
const SHOWN_CHARACTERS = 200;
const DOCUMENTED = 'see docs/registry-program.md for what it must answer';

/** @throws UserError if the text names no program. */
export function openProgram(
  { shown, timeoutMs }: ProgramOptions,
  { commands, log }: Pick<Ports, 'commands' | 'log'>,
): Program {
  const argv = parseCommand(shown);
  return {
    shown,
    async ask<T>(
      operation: ProgramOperation,
      request: Readonly<Record<string, unknown>>,
      isAnswer: Validator,
    ): Promise<T> {
      const where = `registry exec:${shown}, operation ${operation}`;
      const run = await runUserCommand(commands, log, 'registry', argv, {
        stdin: `${JSON.stringify({ schema: REQUEST_SCHEMA, operation, ...request })}\n`,
        keptBytes: ANSWER_BYTES,
        timeoutMs,
      });
      if (!run.ok) throw failed(`${run.reason}${lastLine(run.result.stderr)}`, where);
      if (run.result.truncated) {
        const what = `the program printed more than ${ANSWER_BYTES} bytes`;
        throw new UserError({ what, where, fix: DOCUMENTED });
      }
      const shaped = shapeReader<T>(isAnswer)(run.result.stdout, where);
      if ('value' in shaped) return shaped.value;
      throw new UserError(shaped.problems.map((problem) => ({ ...problem, fix: DOCUMENTED })));
    },
  };
}

/** A program alone (a path or a name), or a JSON list of the program and its arguments; no shell reads either. */
export function parseCommand(shown: string): readonly string[] {
  const text = shown.trim();
  if (!text.startsWith('[')) return text === '' ? refuse(shown) : [text];
  try {
    const argv = JSON.parse(text) as unknown;
    const isList = Array.isArray(argv) && argv.length > 0 && argv.every((each) => typeof each === 'string');
    return isList && argv[0] !== '' ? argv : refuse(shown);
  } catch (error) {
    if (error instanceof UserError) throw error;
    return refuse(shown);
  }
}

function refuse(shown: string): never {
  throw new UserError({
    what: `exec:${shown} names no program`,
    where: 'input registry',
    fix: 'write exec:PROGRAM, such as exec:./registry.py, or with arguments a JSON list: exec:["python3", "registry.py"]',
  });
}

function failed(reason: string, where: string): UserError {
  return new UserError({
    what: `the program ${reason}`,
    where,
    fix: 'see the last lines of its error stream in the log; fix the program, or give it the access that it needs, and run this again',
  });
}

/** The last line of an error stream as text that is nothing else; all of it is in the log. */
function lastLine(stderr: string): string {
  const line =
    stderr
      .trimEnd()
      .split(/\r\n|\r|\n/)
      .at(-1) ?? '';
  const text = line.replace(/\p{C}+/gu, ' ').trim();
  if (text === '') return '';
  return `; its last line was ${JSON.stringify(text.slice(0, SHOWN_CHARACTERS))}`;
}
