/** The one comment of the suite on a pull request. It leads with the answer, and folds what passed. */
import { bytes } from './budget.ts';
import { COMMENT_MARKER, type Facts, isFine, type Section, sectionMarkdown } from './comment-sections.ts';
import { clip, count, MARKS } from './format.ts';
import { COMMENT_CHARACTERS } from './limits.ts';
import { codeMarkdown, escapeMarkdown, tableMarkdown } from './markdown.ts';
import { OBSERVED } from './summary.ts';

/** Room for the body of a section, in bytes: of one that passed, and of any other. */
export const SECTION_BYTES = { passed: 6 * 1024, open: 24 * 1024 } as const;

const STATUS_MARKS = { ...MARKS, error: '⛔' } as const;

/**
 * A comment with as much detail as fits: without the bodies of what passed, then without the largest bodies, then in
 * short, then without the last stages. Bytes are counted, which are at least as many as characters.
 */
export function commentBody(sections: readonly Section[], limit = COMMENT_CHARACTERS): string {
  const fits = (text: string) => bytes(text) <= limit;
  const all = written(sections, 0);
  if (fits(all)) return all;
  const open = sections.filter((section) => !isFine(section));
  const largest = [...open].sort((a, b) => bytes(b.body) - bytes(a.body)).map(({ key }) => key);
  const without = (bodies: number) => {
    const left = new Set(largest.slice(0, bodies));
    return written(
      sections.map((section) =>
        isFine(section) || left.has(section.key) ? { ...section, body: '' } : section,
      ),
      0,
    );
  };
  const least = sections.map(short);
  const inShort = (more: number) => written(least.slice(0, least.length - more), more);
  return (
    fewest(largest.length, without, fits) ?? fewest(least.length - 1, inShort, fits) ?? inShort(least.length)
  );
}

/** The text for the smallest number from 0 to `most` that fits; the texts grow shorter. */
function fewest(
  most: number,
  text: (left: number) => string,
  fits: (text: string) => boolean,
): string | undefined {
  if (most < 0 || !fits(text(most))) return undefined;
  let [no, yes] = [-1, most];
  while (yes - no > 1) {
    const middle = Math.floor((no + yes) / 2);
    if (fits(text(middle))) yes = middle;
    else no = middle;
  }
  return text(yes);
}

const SHORT = 80;

function short({ before: _, ...section }: Section): Section {
  const { title, answer } = section;
  return { ...section, title: clip(title, SHORT), answer: clip(answer, SHORT), fix: '', body: '' };
}

function written(sections: readonly Section[], more: number): string {
  const open = sections.filter((section) => !isFine(section));
  const fine = sections.filter(isFine);
  const newest = sections.reduce<Section | undefined>(
    (best, one) => (best === undefined || one.run.id > best.run.id ? one : best),
    undefined,
  );
  return [
    COMMENT_MARKER,
    lead(sections),
    ...(sections.some(({ observed }) => observed) ? [OBSERVED] : []),
    // One alone is told by the answer, unless there is more to its status.
    ...(open.length > 1 || open.some((one) => statusParts(one, newest).length > 1)
      ? [table(open, newest)]
      : []),
    ...open.map(sectionMarkdown),
    ...(fine.length === 0 ? [] : [folded(fine, newest)]),
    ...(more === 0
      ? []
      : [`Left out, because there is not enough space: ${count(more, 'more stage')}. The checks have them.`]),
    ...(sections.some(({ body }) => body === '')
      ? ['Details that are not here are in the checks of this pull request and in the job summary.']
      : []),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** The answer in one line, and what to do first. */
function lead(sections: readonly Section[]): string {
  const [first, ...rest] = sections.filter((section) => !isFine(section));
  if (first === undefined) {
    const warned = sections.filter(({ status }) => status === 'warn').length;
    const besides =
      warned === 0 ? '' : `, ${warned === 1 ? 'one' : count(warned, 'of them', 'of them')} with a warning`;
    return `**✅ ml-loop: ${sections.length === 1 ? 'the check' : `all ${count(sections.length, 'check')}`} passed${besides}.**`;
  }
  const also = rest.length === 0 ? '' : ` ${count(rest.length, 'more check')} did not pass.`;
  const answer = /[.!?…]$/.test(first.answer) ? first.answer : `${first.answer}.`;
  const fix = first.fix === '' ? '' : `\n\n**What to do first:** ${escapeMarkdown(first.fix)}`;
  return `**${STATUS_MARKS[first.status]} ml-loop: ${said(first)}** ${codeMarkdown(first.title)}: ${escapeMarkdown(answer)}${also}${fix}`;
}

function said({ status, conclusion }: Facts): string {
  if (conclusion === 'neutral')
    return status === 'fail'
      ? 'a check failed, and does not stop this pull request.'
      : 'not decided; this does not stop this pull request.';
  if (status === 'error') return 'a check could not judge.';
  if (status === 'inconclusive') return 'not decided yet, so this is not ready to merge.';
  return 'not ready to merge.';
}

function table(sections: readonly Section[], newest: Section | undefined): string {
  if (sections.length === 0) return '';
  return tableMarkdown(
    ['Status', 'Check', 'Finding'],
    sections.map((section) => [
      statusParts(section, newest).join('<br>'),
      codeMarkdown(section.title),
      escapeMarkdown(section.answer),
    ]),
  );
}

/** The status, what it was at the commit before, and whether it is of an older commit than others. */
function statusParts({ status, before, commit }: Facts, newest: Facts | undefined): string[] {
  const parts = [`${STATUS_MARKS[status]}&nbsp;${status}`];
  if (before !== undefined && before.status !== status)
    parts.push(`was ${STATUS_MARKS[before.status]}&nbsp;${before.status} at ${before.commit.slice(0, 7)}`);
  if (newest !== undefined && newest.commit !== commit) parts.push(`still of ${commit.slice(0, 7)}`);
  return parts;
}

function folded(fine: readonly Section[], newest: Section | undefined): string {
  const parts = [table(fine, newest), ...fine.map(sectionMarkdown)];
  return `<details>\n<summary>✅ ${count(fine.length, 'check')} passed</summary>\n\n${parts.join('\n\n')}\n\n</details>`;
}
