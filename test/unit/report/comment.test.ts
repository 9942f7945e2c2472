import { describe, expect, test } from '@jest/globals';
import { commentBody } from '../../../shared/report/comment.ts';
import {
  COMMENT_MARKER,
  commentSections,
  mergedSections,
  type Section,
  sectionOf,
} from '../../../shared/report/comment-sections.ts';
import { COMMENT_CHARACTERS } from '../../../shared/report/limits.ts';
import { summaryMarkdown } from '../../../shared/report/summary.ts';
import type { StageReport } from '../../../shared/report/told.ts';
import { HOSTILE } from './hostile.ts';
import { comparedVerdict } from './model-verdicts.ts';
import { COMMIT, check, LATER_COMMIT, toldOf, verdictWith } from './told.ts';

const RUN = { id: 7, attempt: 1 };
const section = (told: StageReport, at = { commit: COMMIT, run: RUN }, body = 'BODY'): Section =>
  sectionOf(told, at, body);
const named = (status: Parameters<typeof toldOf>[0], name: string, more: Partial<StageReport> = {}) =>
  section(toldOf(status, { name, ...more }));
const answerLine = (body: string) => body.split('\n').find((line) => line.startsWith('**'));

describe('leads with the answer', () => {
  test.each<[Section[], RegExp]>([
    [[named('pass', 'a')], /^\*\*✅ ml-loop: the check passed\.\*\*$/],
    [
      [named('pass', 'a'), named('warn', 'b')],
      /^\*\*✅ ml-loop: all 2 checks passed, one with a warning\.\*\*$/,
    ],
    [
      [named('pass', 'a'), named('fail', 'b')],
      /^\*\*❌ ml-loop: not ready to merge\.\*\* `validate-data \(b\)`: /,
    ],
    [
      [named('fail', 'a'), named('error', 'b')],
      /^\*\*⛔ ml-loop: a check could not judge\.\*\* .* 1 more check did not pass\.$/,
    ],
    [[named('inconclusive', 'a')], /^\*\*❔ ml-loop: not decided yet, so this is not ready to merge\.\*\*/],
    [
      [named('fail', 'a', { observed: true })],
      /^\*\*❌ ml-loop: a check failed, and does not stop this pull request\.\*\*/,
    ],
  ])('%#', (sections, line) => {
    const body = commentBody(mergedSections([], sections, false));
    expect(body.startsWith(`${COMMENT_MARKER}\n\n**`)).toBe(true);
    expect(answerLine(body)).toMatch(line);
  });

  test('and with what to do first', () => {
    const verdict = verdictWith([check('warn', { fix: 'later' }), check('fail', { fix: 'fix line 3' })]);
    expect(commentBody([section(toldOf('fail', { verdict }))])).toContain('**What to do first:** fix line 3');
  });

  test('the answer of a comparison is its sentence', () => {
    const told = toldOf('fail', { verdict: comparedVerdict(), action: 'validate-model', name: 'churn' });
    expect(answerLine(commentBody([section(told)]))).toMatch(/`validate-model \(churn\)`: The candidate is /);
  });

  test('says if it only observes', () => {
    expect(commentBody([named('fail', 'a', { observed: true })])).toContain(
      '`mode: observe`: this is told only',
    );
  });
});

test('folds what passed, below what did not', () => {
  const sections = mergedSections([], [named('pass', 'a'), named('fail', 'b'), named('warn', 'c')], false);
  const [open = '', fold = ''] = commentBody(sections).split('<details>');
  expect(open).toContain('validate-data (b)');
  expect(open).not.toContain('validate-data (a)');
  expect(fold).toContain('<summary>✅ 2 checks passed</summary>');
  expect(fold).toContain('validate-data (a)');
  expect(fold).toContain('validate-data (c)');
});

describe('carries the sections of all jobs', () => {
  test('which are read as they were written', () => {
    const sections = mergedSections([], [named('fail', 'a'), named('pass', 'b'), named('error', 'c')], false);
    expect(commentSections(commentBody(sections))).toEqual(sections);
    expect(commentSections(commentBody(sections).replaceAll('\n', '\r\n'))).toEqual(sections);
  });

  test('a job replaces its own and keeps the others', () => {
    const first = commentBody(mergedSections([], [named('fail', 'a')], false));
    const both = commentBody(mergedSections(commentSections(first), [named('fail', 'b')], false));
    const again = mergedSections(commentSections(both), [named('pass', 'a')], false);
    expect(again.map(({ title, status }) => `${title} ${status}`)).toEqual([
      'validate-data (b) fail',
      'validate-data (a) pass',
    ]);
  });

  test('a run that is over does not replace a later one', () => {
    const later = { commit: LATER_COMMIT, run: { id: 9, attempt: 1 } };
    const present = [section(toldOf('pass'), later)];
    expect(mergedSections(present, [named('fail', 'demand')], false)).toEqual(present);
    const again = { commit: LATER_COMMIT, run: { id: 9, attempt: 2 } };
    expect(mergedSections(present, [section(toldOf('fail'), again)], false)[0]?.status).toBe('fail');
  });

  test('one that tells of all stages takes away those that are no longer', () => {
    const gone = section(toldOf('fail', { name: 'gone' }), { commit: COMMIT, run: { id: 3, attempt: 1 } });
    const newer = section(toldOf('fail', { name: 'newer' }), {
      commit: LATER_COMMIT,
      run: { id: 9, attempt: 1 },
    });
    const merged = mergedSections([gone, newer], [named('pass', 'a')], true);
    expect(merged.map(({ title }) => title)).toEqual(['validate-data (newer)', 'validate-data (a)']);
  });

  test('says what changed since the last push, also after a run that is repeated', () => {
    const before = commentBody([named('fail', 'demand'), named('fail', 'other')]);
    const now = (attempt: number) =>
      section(toldOf('pass'), { commit: LATER_COMMIT, run: { id: 8, attempt } });
    const after = commentBody(mergedSections(commentSections(before), [now(1)], false));
    const again = commentBody(mergedSections(commentSections(after), [now(2)], false));
    for (const body of [after, again]) {
      expect(body).toContain('was ❌&nbsp;fail at aaaaaaa');
      expect(body).toContain('still of aaaaaaa');
    }
  });

  test('what was made unreadable is left out, the rest stays', () => {
    const body = commentBody(mergedSections([], [named('fail', 'a'), named('fail', 'b')], false));
    const [, hidden = ''] = /<!-- ml-loop:stage (\S+) -->/.exec(body) ?? [];
    for (const broken of ['e30', 'not-json', Buffer.from('{"key":1}').toString('base64url')])
      expect(commentSections(body.replace(hidden, broken)).map(({ title }) => title)).toEqual([
        'validate-data (b)',
      ]);
    expect(commentSections('an edited text')).toEqual([]);
    expect(commentSections('')).toEqual([]);
  });
});

describe('the limit', () => {
  const size = (text: string) => Buffer.byteLength(text);
  const many = (n: number, bytes: number, letter = 'e') =>
    mergedSections(
      [],
      Array.from({ length: n }, (_, index) =>
        section(
          toldOf(index % 2 === 0 ? 'fail' : 'pass', { name: `m${index}` }),
          { commit: COMMIT, run: RUN },
          letter.repeat(Math.floor(bytes / size(letter))),
        ),
      ),
      false,
    );
  test.each([
    [2, 20_000, 'e'],
    [3, 40_000, 'e'],
    [8, 20_000, '数'],
    [60, 4000, 'e'],
    [400, 4000, 'e'],
    [2000, 10, 'e'],
  ])('%i sections of %i bytes of %s', (n, bytes, letter) => {
    const body = commentBody(many(n, bytes, letter));
    expect(size(body)).toBeLessThanOrEqual(COMMENT_CHARACTERS);
    expect(body).toContain('validate-data (m0)');
    expect(answerLine(body)).toMatch(/not ready to merge/);
    expect(commentSections(body).length).toBeGreaterThan(Math.min(n, 60) - 1);
  });

  test('a comment at the limit is whole; one byte beyond it leaves out what passed', () => {
    const PASSED = 'what passed '.repeat(20).trim();
    const of = (bytes: number) => commentBody([...many(1, bytes), { ...named('pass', 'b'), body: PASSED }]);
    const room = COMMENT_CHARACTERS - size(of(1)) + 1;
    expect(size(of(room))).toBe(COMMENT_CHARACTERS);
    expect(of(room).includes(PASSED)).toBe(true);
    expect(of(room + 1).includes(PASSED)).toBe(false);
    expect(of(room + 1).includes('e'.repeat(room))).toBe(true);
    expect(of(room + 1).includes('Details that are not here are in the checks')).toBe(true);
  });
});

test('hostile texts are text, and cannot pass for a section', () => {
  const text = `${HOSTILE} @octocat #1 http://evil.example ${COMMENT_MARKER}\n<!-- ml-loop:end --> </details>`;
  const verdict = verdictWith([check('fail', { message: text, fix: text, target: { column: text } })]);
  const told = toldOf('fail', { name: text, id: text, verdict: { ...verdict, name: text } });
  const body = commentBody(
    mergedSections(
      [],
      [section(told, { commit: COMMIT, run: RUN }, summaryMarkdown(verdict)), named('pass', text)],
      false,
    ),
  );
  expect(body.match(/<!--/g)).toHaveLength(5);
  expect(body.replaceAll(/<!-- ml-loop:\S+( \S+)? -->/g, '')).not.toMatch(/<(script|img|!--)/);
  expect(body).not.toMatch(/@octocat|(?<!&)#1\b|http:\/\/evil/);
  expect(body.match(/<\/details>/g)).toHaveLength(1);
  expect(commentSections(body)).toHaveLength(2);
});
