/** One thing the user has to fix: what is wrong, where it is, and how to fix it. */
export interface Problem {
  readonly what: string;
  /** A file with a line, an input, a field, a URL. */
  readonly where?: string;
  readonly fix?: string;
}

/**
 * The user's side of an error: configuration, unreadable files, unreachable servers.
 * It ends an action with exit code 2 and no stack; any other error is a defect of ours (exit code 3).
 * It carries every problem found, not the first only.
 */
export class UserError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: Problem | readonly Problem[]) {
    const list = Array.isArray(problems) ? (problems as readonly Problem[]) : [problems as Problem];
    super(list.map(problemLine).join('\n'));
    this.name = 'UserError';
    this.problems = list;
  }
}

/** A file or pattern that names nothing: the root action takes it for a stage whose evidence is not there yet. */
export class MissingFile extends UserError {}

/** A server was not reached, or failed, also when it was asked again: what it was asked for may have been done or not. */
export class Unreachable extends UserError {
  /** The last answer's; undefined if there was none. */
  readonly lastStatus: number | undefined;

  constructor(problem: Problem, lastStatus?: number) {
    super(problem);
    this.lastStatus = lastStatus;
  }
}

/** A problem as one line of text: `where: what (fix)`. */
export function problemLine(problem: Problem): string {
  const where = problem.where === undefined ? '' : `${problem.where}: `;
  const fix = problem.fix === undefined ? '' : ` → ${problem.fix}`;
  return `${where}${problem.what}${fix}`;
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a Node.js system error (`ENOENT`, `EACCES`, …), or undefined. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}
