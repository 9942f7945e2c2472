import { grouped } from '../problem/numbers.ts';
import { type Problem, problemLine } from '../problem/problem.ts';
import { isObserved, type Verdict } from '../verdict/verdict.ts';
import { findingText, mostSevereFirst, placesText, targetParts } from './format.ts';
import { plain } from './markdown.ts';

/** A verdict for a terminal: the answer, then what did not pass, with its places and fixes. */
export function plainSummary(verdict: Verdict): string {
  const lines = [`${verdict.action}: ${verdict.status.toUpperCase()}: ${verdict.summary}`];
  if (isObserved(verdict)) lines.push('  mode: observe: this is told only; the job does not fail on it');
  for (const check of mostSevereFirst(verdict.checks)) {
    if (check.status === 'pass') continue;
    lines.push(
      `  ${check.status.padEnd(12)} ${[check.id, ...targetParts(check)].join(' ')}: ${findingText(check)}`,
    );
    const { files, more } = placesText(check, 3);
    if (files.length > 0)
      lines.push(`               at ${files.join('; ')}${more > 0 ? ` and ${grouped(more)} more` : ''}`);
    if (check.fix !== undefined) lines.push(`               fix: ${check.fix}`);
  }
  return lines.map((line) => `${/^ */.exec(line)?.[0]}${plain(line)}`).join('\n');
}

/** The problems of an action that could not judge, for a terminal. */
export function plainProblems(action: string, problems: readonly Problem[]): string {
  return [`${plain(action)}: error`, ...problems.map((problem) => `  ${plain(problemLine(problem))}`)].join(
    '\n',
  );
}
