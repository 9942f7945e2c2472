/** What `init` writes, as it is shown: a diff of text, and of files with figures of the data only their names. */
import { createTwoFilesPatch, OMIT_HEADERS } from 'diff';

/** A file that `init` would write. */
export interface ProposedFile {
  readonly path: string;
  readonly text: string;
  /** Does it hold figures of the data? Then its content is not printed. */
  readonly figures?: string;
}

export type Change = 'new' | 'same' | 'differs';

export function changeOf({ text }: ProposedFile, current: string | undefined): Change {
  if (current === undefined) return 'new';
  return current === text ? 'same' : 'differs';
}

/** A unified diff of a file that is new or differs. */
export function shownDiff({ path, text, figures }: ProposedFile, current: string | undefined): string {
  const from = current === undefined ? '/dev/null' : `a/${path}`;
  if (figures !== undefined)
    return `--- ${from}\n+++ b/${path}\n(${lines(text)} lines, not printed: ${figures})\n`;
  return createTwoFilesPatch(from, `b/${path}`, current ?? '', text, undefined, undefined, {
    context: 3,
    headerOptions: { ...OMIT_HEADERS, includeFileHeaders: true },
  });
}

function lines(text: string): number {
  return text.split('\n').length - 1;
}

/** The text of a file with the lines that it lacks put at its end. */
export function withLines(current: string, wanted: readonly string[], heading: string): string {
  const present = new Set(current.split(/\r?\n/).map((line) => line.trim().replace(/^\/|\/$/g, '')));
  const lacking = wanted.filter((line) => !present.has(line.replace(/^\/|\/$/g, '')));
  if (lacking.length === 0) return current;
  const start = current === '' ? '' : `${current.replace(/\n*$/, '')}\n\n`;
  return `${start}${heading}\n${lacking.join('\n')}\n`;
}
