import { describe, expect, test } from '@jest/globals';
import { combinedSummary, errorSummary } from '../../../shared/report/combined.ts';
import { SUMMARY_BYTES, SUMMARY_RESERVE_BYTES } from '../../../shared/report/limits.ts';
import { SMALLEST_BUDGET, summaryMarkdown } from '../../../shared/report/summary.ts';
import { type Check, type Verdict, verdictOf } from '../../../shared/verdict/verdict.ts';
import { dataVerdict, modelVerdict, timeVerdict } from './verdicts.ts';

const bytes = (text: string) => Buffer.byteLength(text);

/** A verdict of many checks, half of which pass, with long and awkward texts. */
function large(size: number): Verdict {
  const checks = Array.from({ length: size }, (_, index): Check => {
    const status = index % 2 === 0 ? 'pass' : index % 3 === 0 ? 'fail' : 'warn';
    return {
      id: 'column.type',
      target: { column: `column|${index}@é` },
      status,
      message: `${index} values <b>are</b> not what they should be`.repeat(4),
      fix: 'allow them',
      locations: Array.from({ length: 30 }, (_, line) => ({ file: 'data/train.csv', line: 1 + 3 * line })),
    };
  });
  return verdictOf({ action: 'validate-data', name: 'demand', subjects: [], checks, createdAt: new Date(0) });
}

describe('the summary of a verdict', () => {
  const text = summaryMarkdown(dataVerdict(), { reportPath: 'ml-loop-report/validate-data/report.html' });

  test('answers first, in a word', () => {
    expect(text.split('\n')[0]).toBe('## validate-data · bike-demand: ❌ fail');
    expect(text.split('\n')[2]).toBe(
      '3 of 12 checks failed, 2 inconclusive, 1 with a warning, in 1 680 rows',
    );
  });

  test('names what was judged by a short digest', () => {
    expect(text).toContain('- data `data/2012-w09.csv`, 1680 rows, `sha256:ca978112ca1b`\n');
  });

  test('lists what did not pass, most severe first, with places, evidence and fix', () => {
    const table = text.slice(0, text.indexOf('<details>'));
    const statuses = [...table.matchAll(/&nbsp;(\w+) \|/g)].map((match) => match[1]);
    expect(statuses).toEqual(['fail', 'fail', 'fail', 'inconclusive', 'inconclusive', 'warn']);
    expect(table).toContain('`data/2012-w09.csv:90-91, 812-814, 1201, 1644`');
    expect(table).toContain('0.049 &#91;0.025, 0.073&#93;<br>margin 0.05, n 1680, 3400 needed<br>Kolmogorov');
    expect(table).toContain('allow numbers: registered: &#123; type: number &#125;');
  });

  test('folds what passed', () => {
    const folded = text.slice(text.indexOf('<details>'), text.indexOf('</details>'));
    expect(folded).toContain('<summary>6 checks passed</summary>');
    expect(folded.match(/^\| `column/gm)).toHaveLength(6);
  });

  test('ends with the report, the version and the time, and leaves nothing out when there is room', () => {
    expect(text).toMatch(
      /Full report: `ml-loop-report\/validate-data\/report\.html` · ml-loop [\d.]+, 2026-03-02 06:00 UTC\n$/,
    );
    expect(text).not.toContain('Left out');
  });

  test('holds no cell value, even if the verdict has one', () => {
    const check: Check = {
      id: 'x',
      status: 'fail',
      message: 'one value',
      locations: [{ file: 'a.csv', line: 2, value: 'secret' }],
    };
    const verdict = verdictOf({
      action: 'a',
      name: 'n',
      subjects: [],
      checks: [check],
      createdAt: new Date(0),
    });
    expect(summaryMarkdown(verdict)).not.toContain('secret');
  });
});

describe('the budget', () => {
  const verdict = large(3000);

  test.each([SMALLEST_BUDGET, 6000, 30_000, 65_000, 300_000, 800_000])(
    'of %p bytes is kept, and what is left out is said',
    (budget) => {
      const text = summaryMarkdown(verdict, { budget, reportPath: 'r.html' });
      expect(bytes(text)).toBeLessThanOrEqual(budget);
      expect(text).toMatch(/^## validate-data · demand: ❌ fail\n/);
      expect(text).toContain('Left out, because there is not enough space: ');
      expect(text).toContain('Full report: `r.html`');
    },
  );

  test('gives up first what matters least', () => {
    const small = large(100);
    const left = [60_000, 50_000, 40_000, 24_000].map(
      (budget) =>
        /Left out, because there is not enough space: (.*?)\. /.exec(summaryMarkdown(small, { budget }))?.[1],
    );
    expect(new Set(left).size).toBeGreaterThan(2);
    expect(summaryMarkdown(small)).not.toContain('Left out');
    expect(summaryMarkdown(small, { budget: SMALLEST_BUDGET })).toMatch(
      /the 50 passing checks, \d+ more checks that did not pass/,
    );
  });

  test('keeps the most severe rows when rows must go', () => {
    const text = summaryMarkdown(verdict, { budget: 8000 });
    expect(text).toContain('❌&nbsp;fail |');
    expect(text).not.toContain('⚠️&nbsp;warn |');
  });

  test('is by default what GitHub takes', () => {
    expect(bytes(summaryMarkdown(large(12_000)))).toBeLessThan(SUMMARY_BYTES);
  });

  test('at the limit is whole; one byte beyond it tells less', () => {
    const [check] = large(1).checks;
    const of = (length: number) => {
      const checks = Array.from({ length: 533 }, (_, at) => ({
        ...({ id: `x.y${at}`, status: 'fail', message: 'm'.repeat(at === 0 ? length : 1900) } as const),
      }));
      return summaryMarkdown({ ...large(1), checks: check === undefined ? [] : checks });
    };
    const limit = SUMMARY_BYTES - SUMMARY_RESERVE_BYTES;
    const room = limit - bytes(of(1)) + 1;
    expect(room).toBeGreaterThan(1);
    expect(room).toBeLessThan(2000);
    expect(bytes(of(room))).toBe(limit);
    expect(of(room).includes('Left out')).toBe(false);
    expect(of(room + 1).includes('Left out')).toBe(true);
    expect(bytes(of(room + 1))).toBeLessThan(limit);
  });

  test('holds whatever the names are', () => {
    const awkward = '@'.repeat(4000);
    const hostile: Verdict = {
      ...verdict,
      action: awkward,
      name: awkward,
      summary: awkward,
      createdAt: awkward,
      subjects: Array.from({ length: 500 }, () => ({ role: 'data', name: awkward, digest: awkward })),
    };
    const text = summaryMarkdown(hostile, { budget: SMALLEST_BUDGET, reportPath: awkward });
    expect(bytes(text)).toBeLessThanOrEqual(SMALLEST_BUDGET);
  });

  test('too small to say anything is refused', () => {
    expect(() => summaryMarkdown(verdict, { budget: 100 })).toThrow(RangeError);
  });
});

describe('the summary of several stages', () => {
  test('is one table, then each verdict', () => {
    const text = combinedSummary([dataVerdict(), modelVerdict(), timeVerdict()], {
      reportPath: 'index.html',
    });
    expect(text).toContain('| `validate-model` | bike-demand | ❔ inconclusive |');
    const headings = text.match(/^## .*$/gm);
    expect(headings).toEqual([
      '## validate-data · bike-demand: ❌ fail',
      '## validate-model · bike-demand: ❔ inconclusive',
      '## deploy-canary · bike-demand: ❌ fail',
    ]);
    expect(text.endsWith('Full report: `index.html`\n')).toBe(true);
  });

  test.each([SMALLEST_BUDGET, 9000, 20_000, 100_000])('keeps a budget of %p bytes in all', (budget) => {
    const text = combinedSummary([large(200), large(5), large(2000)], { budget, reportPath: 'index.html' });
    expect(bytes(text)).toBeLessThanOrEqual(budget);
    expect(text).toContain('Left out');
  });

  test.each([SMALLEST_BUDGET, 9000, 100_000])('tells errors first within %p bytes', (budget) => {
    const problems = Array.from({ length: 400 }, (_, index) => ({
      what: `problem ${index}`,
      where: 'a.csv',
    }));
    const broken = ['a', 'b', 'c'].map((name) => ({ action: 'validate-model', name, problems }));
    const text = combinedSummary([large(200)], { budget, broken });
    expect(bytes(text)).toBeLessThanOrEqual(budget);
    expect(text.split('\n')[4]).toMatch(
      /^\| `validate-model` \| a \| ⛔ error \| a\.csv: problem 0 \(and 399 more problems\) \| {2}\|$/,
    );
    if (budget > 9000) expect(text.match(/^## .*$/gm)?.[0]).toBe('## validate-model · a: ⛔ error');
  });

  test('of very many stages still fits', () => {
    const text = combinedSummary(
      Array.from({ length: 300 }, () => modelVerdict()),
      { budget: SMALLEST_BUDGET },
    );
    expect(bytes(text)).toBeLessThanOrEqual(SMALLEST_BUDGET);
    expect(text).toMatch(/\d+ more stages/);
  });
});

describe('the summary of an error', () => {
  test('says what, where and the fix of every problem', () => {
    const text = errorSummary('validate-data', [
      { what: 'no file matches', where: 'input data', fix: 'correct the pattern' },
      { what: 'a | b', where: 'x`y' },
    ]);
    expect(text).toBe(
      '## validate-data: ⛔ error\n\nNothing could be judged: 2 problems.\n\n' +
        '| What | Where | Fix |\n| --- | --- | --- |\n' +
        '| no file matches | `input data` | correct the pattern |\n' +
        '| a &#124; b | <code>x&#96;y</code> |  |\n',
    );
  });

  test('keeps its budget and says how many problems are left out', () => {
    const problems = Array.from({ length: 500 }, (_, index) => ({
      what: `problem ${index}`,
      where: 'a.csv',
    }));
    const text = errorSummary('validate-data', problems, { budget: SMALLEST_BUDGET });
    expect(bytes(text)).toBeLessThanOrEqual(SMALLEST_BUDGET);
    expect(text).toMatch(
      /Left out, because there is not enough space: \d+ more problems, which the log has\./,
    );
  });
});
