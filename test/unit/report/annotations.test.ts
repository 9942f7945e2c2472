import { describe, expect, test } from '@jest/globals';
import { annotations, rankedProblems } from '../../../shared/report/annotations.ts';
import { type Check, type Verdict, verdictOf } from '../../../shared/verdict/verdict.ts';

function verdict(checks: readonly Check[]): Verdict {
  return verdictOf({ action: 'validate-data', name: 'd', subjects: [], checks, createdAt: new Date(0) });
}

function check(id: string, status: Check['status'], more: Partial<Check> = {}): Check {
  return { id, status, message: `${id} found something`, ...more };
}

const lines = (...numbers: number[]) => numbers.map((line) => ({ file: 'data/a.csv', line }));

describe('annotations', () => {
  test('fail is an error; inconclusive and warn are warnings; what passes has none', () => {
    const made = annotations(
      verdict([check('a', 'pass'), check('b', 'warn'), check('c', 'inconclusive'), check('d', 'fail')]),
    );
    expect(made.map(({ level, title }) => [level, title])).toEqual([
      ['error', 'fail · d'],
      ['warning', 'inconclusive · c'],
      ['warning', 'warn · b'],
    ]);
  });

  test('stand at runs of lines, the first with all places and the fix', () => {
    const made = annotations(
      verdict([check('a', 'fail', { locations: lines(12, 3, 4, 5), places: 9, fix: 'allow it' })]),
    );
    expect(made).toEqual([
      {
        level: 'error',
        title: 'fail · a',
        message: 'a found something\nat data/a.csv:3-5, 12, and 5 more places\nallow it',
        file: 'data/a.csv',
        startLine: 3,
        endLine: 5,
      },
      {
        level: 'error',
        title: 'fail · a',
        message: 'a found something',
        file: 'data/a.csv',
        startLine: 12,
        endLine: 12,
      },
    ]);
  });

  test('of exactly ten are all there, and say nothing of more', () => {
    const made = annotations(verdict(Array.from({ length: 10 }, (_, index) => check(`f${index}`, 'fail'))));
    expect(made).toHaveLength(10);
    expect(made[9]?.message).toBe('f9 found something');
  });

  test('are at most ten a level, and the last of a full level says how many more there are', () => {
    const checks = Array.from({ length: 14 }, (_, index) => check(`f${index}`, 'fail'));
    const made = annotations(verdict([...checks, check('w', 'warn')]));
    const errors = made.filter(({ level }) => level === 'error');
    expect(errors).toHaveLength(10);
    expect(errors[8]?.message).toBe('f8 found something');
    expect(errors[9]?.message).toMatch(/^f9 found something\n\(and 4 more errors: /);
    expect(made.filter(({ level }) => level === 'warning')).toHaveLength(1);
  });

  test('a level that is just full says nothing of more', () => {
    const made = annotations(verdict(Array.from({ length: 10 }, (_, index) => check(`f${index}`, 'fail'))));
    expect(made).toHaveLength(10);
    expect(made[9]?.message).toBe('f9 found something');
  });

  test('one check with many places does not crowd out the others', () => {
    const scattered = Array.from({ length: 40 }, (_, index) => index * 2 + 1);
    const made = annotations(
      verdict([check('a', 'fail', { locations: lines(...scattered) }), check('b', 'fail')]),
    );
    expect(made.slice(0, 2).map(({ title }) => title)).toEqual(['fail · a', 'fail · b']);
    expect(made).toHaveLength(10);
  });

  test('keep within the lengths GitHub takes, the count of the others included', () => {
    const long = Array.from({ length: 11 }, () =>
      check('x'.repeat(400), 'fail', { message: 'y'.repeat(9000) }),
    );
    const made = annotations(verdict(long));
    for (const { title, message } of made) {
      expect(title.length).toBeLessThanOrEqual(255);
      expect(message.length).toBeLessThanOrEqual(4096);
    }
    expect(made[9]?.message).toMatch(/and 1 more error: /);
  });

  test('text from data makes no line of its own', () => {
    const [made] = annotations(verdict([check('a', 'fail', { message: 'x\n::set-env name=A::b\u001b[0m' })]));
    expect(made?.message).toBe('x ::set-env name=A::b\ufffd[0m');
  });
});

test.each([
  ['ml-loop.yml:12 margin', { file: 'ml-loop.yml', startLine: 12, endLine: 12 }],
  ['conf/contract.yml:3', { file: 'conf/contract.yml', startLine: 3, endLine: 3 }],
  ['contract.yml:3:7', { file: 'contract.yml', startLine: 3, endLine: 3 }],
  ['input margin', {}],
  ['http://127.0.0.1:5000/x', {}],
  ['data.csv:1.5', {}],
])('a problem stands at the line that it names: %s', (where, place) => {
  const [made] = rankedProblems('validate-data', [{ what: 'is wrong', where }]);
  expect(made?.annotation).toEqual({
    level: 'error',
    title: 'validate-data: error',
    message: `${where}: is wrong`,
    ...place,
  });
});
