import { describe, expect, test } from '@jest/globals';
import { checkRunOf, commitStatusOf } from '../../../shared/report/check-run.ts';
import { CHECK_RUN_TEXT_BYTES } from '../../../shared/report/limits.ts';
import type { StageReport } from '../../../shared/report/told.ts';
import { HOSTILE } from './hostile.ts';
import { check, toldOf, verdictWith } from './told.ts';
import { dataVerdict } from './verdicts.ts';

const inPlace = (file: string) => file;
const runOf = (told: StageReport) => checkRunOf(told, inPlace);
const size = (text = '') => Buffer.byteLength(text);

test.each<[Partial<StageReport>, string]>([
  [{ name: '' }, 'ml-loop / validate-data'],
  [{}, 'ml-loop / validate-data (demand)'],
  [{ id: 'north' }, 'ml-loop / validate-data (demand, north)'],
])('the name is the same whatever was found: %j', (more, name) => {
  for (const status of ['pass', 'fail', 'error'] as const) {
    expect(runOf(toldOf(status, more)).name).toBe(name);
    expect(commitStatusOf(toldOf(status, more)).context).toBe(name);
  }
});

test.each<[StageReport, string, string]>([
  [toldOf('pass'), 'success', 'success'],
  [toldOf('warn'), 'success', 'success'],
  [toldOf('warn', { failed: true }), 'failure', 'failure'],
  [toldOf('inconclusive'), 'failure', 'failure'],
  [toldOf('inconclusive', { failed: false }), 'neutral', 'success'],
  [toldOf('fail'), 'failure', 'failure'],
  [toldOf('fail', { failed: false }), 'neutral', 'success'],
  [toldOf('fail', { observed: true }), 'neutral', 'success'],
  [toldOf('pass', { observed: true }), 'neutral', 'success'],
  [toldOf('error'), 'failure', 'error'],
])('what a stage concludes is its policy’s: %#', (told, conclusion, state) => {
  expect(runOf(told).conclusion).toBe(conclusion);
  expect(commitStatusOf(told).state).toBe(state);
});

test('the title says the status, the summary what did not pass, the text the rest', () => {
  const { output } = runOf(toldOf('fail', { verdict: dataVerdict(), reportPath: 'r/report.html' }));
  expect(output.title).toBe('fail: 3 of 12 checks failed, 2 inconclusive, 1 with a warning, in 1 680 rows');
  expect(output.summary).toContain('7 values of registered are not integers');
  expect(output.summary).not.toContain('column.presence');
  expect(output.text).toContain('column.presence');
  expect(output.text).toContain('r/report.html');
});

test('a stage that could not judge says why', () => {
  const { output } = runOf(toldOf('error'));
  expect(output.title).toBe('error: Nothing could be judged: data/a.csv: cannot be read → correct the path');
  expect(output.summary).toContain('correct the path');
});

describe('the limit of a text is in bytes', () => {
  const many = (n: number, letter: string) =>
    toldOf('fail', {
      verdict: verdictWith(
        Array.from({ length: n }, (_, index) =>
          check(index % 2 === 0 ? 'fail' : 'pass', {
            id: `x.y${index}`,
            message: letter.repeat(300),
            fix: letter.repeat(300),
            locations: [{ file: `data/${letter.repeat(20)}.csv`, line: index + 1 }],
          }),
        ),
      ),
    });
  test.each([
    [10, 'e'],
    [100, 'e'],
    [100, '数'],
    [1000, '🦊'],
    [5000, 'e'],
  ])('%i checks of %s', (n, letter) => {
    const { output } = runOf(many(n, letter));
    for (const text of [output.summary, output.text])
      expect(size(text)).toBeLessThanOrEqual(CHECK_RUN_TEXT_BYTES);
    expect(output.summary).toContain('x.y0');
  });

  test('a text at the limit is whole, and one byte beyond it tells less', () => {
    const withText = (length: number) =>
      runOf(
        toldOf('fail', {
          verdict: verdictWith([
            ...Array.from({ length: 42 }, (_, index) =>
              check('fail', { id: `x.y${index}`, message: 'm'.repeat(1500) }),
            ),
            check('fail', { id: 'x.last', message: 'e'.repeat(length) }),
          ]),
        }),
      ).output.summary;
    const room = CHECK_RUN_TEXT_BYTES - size(withText(1)) + 1;
    expect(room).toBeGreaterThan(1);
    expect(room).toBeLessThan(2000);
    expect(size(withText(room))).toBe(CHECK_RUN_TEXT_BYTES);
    expect(withText(room)).not.toContain('Left out');
    expect(withText(room + 1)).toContain('Left out');
  });
});

describe('annotations', () => {
  const placed = (n: number, status: 'fail' | 'warn' = 'fail') =>
    toldOf(status, {
      verdict: verdictWith([
        check(status, {
          locations: Array.from({ length: n }, (_, index) => ({ file: 'data/a.csv', line: 2 * index + 1 })),
        }),
      ]),
    });

  test('stand at their lines', () => {
    expect(runOf(placed(1)).annotations).toEqual([
      {
        path: 'data/a.csv',
        start_line: 1,
        end_line: 1,
        annotation_level: 'failure',
        title: 'fail · column.type',
        message: 'the check is fail',
      },
    ]);
  });

  test('are no more than a person reads, and say how many more there are', () => {
    expect(runOf(placed(200)).annotations).toHaveLength(200);
    const { annotations } = runOf(placed(201));
    expect(annotations).toHaveLength(200);
    expect(annotations.at(-1)?.message).toContain('and 1 more error');
  });

  test('of files outside of the repository are left out', () => {
    expect(checkRunOf(placed(3), () => undefined).annotations).toEqual([]);
  });

  test('of what has no place there are none', () => {
    expect(runOf(toldOf('fail')).annotations).toEqual([]);
  });
});

test('hostile texts are text', () => {
  const text = `${HOSTILE} @octocat #1 <!-- ml-loop:comment -->\n::error::x`;
  const told = toldOf('fail', {
    name: text,
    verdict: verdictWith([check('fail', { message: text, fix: text, locations: [{ file: text, line: 1 }] })]),
  });
  const { name, output } = runOf(told);
  expect(`${name}${output.title}`).not.toContain('\n');
  for (const shown of [output.summary, output.text ?? '']) {
    expect(shown).not.toMatch(/<(script|img|!--)|@octocat|(?<!&)#1\b/);
  }
});
