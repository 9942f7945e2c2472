import { describe, expect, test } from '@jest/globals';
import { batch, judge, texts } from './support.ts';

const options = { timestamp: 't' };
const hour = (i: number) => new Date(Date.UTC(2026, 0, 1) + i * 3_600_000).toISOString();

describe('times', () => {
  test('in order, before now, without gaps', async () => {
    const found = await judge({ t: texts(48, hour) }, options);
    expect(found.checks.filter(({ id }) => id.includes('time')).map(({ status }) => status)).toEqual(
      Array(4).fill('pass'),
    );
    expect(found.measures).toMatchObject({
      'time-backwards': 0,
      'time-step-seconds': 3600,
      'time-largest-step-seconds': 3600,
    });
  });

  test('a row before the one above it is placed; each file begins again', async () => {
    const back = { t: [hour(1), hour(3), hour(2), hour(4), hour(4)] };
    const found = await judge([batch(back), batch({ t: [hour(0), hour(1)] }, 'b.csv')], options);
    expect(found.of('time-order')).toMatchObject([
      { status: 'warn', observed: 1, locations: [{ file: 'a.csv', line: 4, column: 1 }] },
    ]);
    expect((await judge(back, { ...options, failOn: ['time-order'] })).status('time-order')).toBe('fail');
  });

  test('times after now, and unreadable ones, are placed', async () => {
    const found = await judge({ t: ['2026-01-31', '2026-02-02', null, '31.1.2026'] }, options);
    expect(found.of('time-future')).toMatchObject([
      { status: 'warn', observed: 1, locations: [{ line: 3 }] },
    ]);
    expect(found.of('time-unreadable')).toMatchObject([
      { status: 'warn', observed: 2, locations: [{ line: 4 }, { line: 5 }] },
    ]);
    const none = await judge({ t: ['yesterday', 'today'] }, options);
    expect(none.status('time-unreadable')).toBe('inconclusive');
    expect(none.of('time-order')).toEqual([]);
  });

  test('gaps are told against the median step, in any order of the rows, and fail if that was asked for', async () => {
    const t = texts(60, (i) => hour(i < 30 ? i : i + 24)).reverse();
    const found = await judge({ t }, options);
    expect(found.of('time-gaps')).toMatchObject([
      {
        status: 'pass',
        observed: 1,
        message: expect.stringContaining('the median step is 1 h, the largest 1.04 d'),
      },
    ]);
    const asked = { ...options, failOn: ['time-gaps' as const] };
    expect((await judge({ t }, asked)).status('time-gaps')).toBe('fail');
    expect((await judge({ t: t.slice(0, 5) }, asked)).status('time-gaps')).toBe('inconclusive');
  });
});
