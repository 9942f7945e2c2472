import { describe, expect, test } from '@jest/globals';
import { annotations } from '../../../shared/report/annotations.ts';
import { combinedSummary } from '../../../shared/report/combined.ts';
import { SMALLEST_BUDGET, summaryMarkdown } from '../../../shared/report/summary.ts';
import { plainSummary } from '../../../shared/report/text.ts';
import { HOSTILE, poisoned } from './hostile.ts';
import { comparedVerdict, crowdedVerdict, regressionVerdict, smallVerdict } from './model-verdicts.ts';

describe('the summary of a verdict on a model', () => {
  const text = summaryMarkdown(comparedVerdict());

  test('answers in one sentence, then says what it rests on', () => {
    const lines = text.split('\n');
    expect(lines[2]).toMatch(/^The candidate is better than production: .* failed\.$/);
    expect(lines[4]).toBe('1 of 9 checks failed, 2 inconclusive, on 2400 rows');
    expect(combinedSummary([smallVerdict()])).toContain('| It is unknown whether the candidate is worse');
  });

  test('has the gains before the checks, in every metric and against every baseline', () => {
    const gains = text.slice(0, text.indexOf('- candidate'));
    expect(gains).toContain(
      '| `accuracy` | production | better | 0.0188 &#91;0.0067, 0.0308&#93; | 0.01 | 2400 | 0.0121 | 126 | 81 |',
    );
    expect(gains).toContain('| `roc_auc` | anchor | unknown |');
    expect(summaryMarkdown(regressionVerdict())).toContain(
      '| Metric | Against | Candidate is | Gain | Margin | Rows |\n',
    );
  });

  test('folds slices, groups and confusion, and tells the use of the test set', () => {
    for (const said of [
      '| region = west | 120 | accuracy | 0.8 &#91;0.76, 0.84&#93; | 0.86 | −0.06 &#91;−0.1, −0.03&#93; |',
      '<summary>Groups of sex &#42; age</summary>',
      '| demographic&#95;parity | 0.112 | 0.082 | 0.83 | 0.8 |',
      '| **leaves** | 27.7 % (−4) | 72.3 % (+4) |',
      'Use 3 of this test set, each test with an error rate of 0.00125; disclosed: rounded; further uses in which an equal candidate could pass: 27.',
    ])
      expect(text).toContain(said);
    expect(text.match(/<details>/g)?.length).toBe(text.match(/<\/details>/g)?.length);
  });

  test('says how many rows of a table are left out', () => {
    const crowded = summaryMarkdown(crowdedVerdict());
    expect(crowded).toContain('and 110 more rows');
    expect(crowded).toContain('and 380 more rows');
  });

  test.each([SMALLEST_BUDGET, 6000, 8000, 12_000])('keeps a budget of %p bytes', (budget) => {
    for (const one of [comparedVerdict(), crowdedVerdict(), poisoned(comparedVerdict(), ['id'])]) {
      const short = summaryMarkdown(one, { budget, reportPath: 'r.html' });
      expect(Buffer.byteLength(short)).toBeLessThanOrEqual(budget);
    }
    const short = summaryMarkdown(comparedVerdict(), { budget: SMALLEST_BUDGET });
    expect(short).toContain('The candidate is better than production');
    expect(short).toContain('tables on the models');
  });

  test('lets nothing out of its cell, whatever classes, slices and columns are called', () => {
    const given = comparedVerdict();
    const measures = JSON.parse(
      JSON.stringify(given.measures).replaceAll('"region"', JSON.stringify(`${HOSTILE}|a\n\n# b`)),
    );
    for (const one of [poisoned(given), poisoned(given, ['id', 'baseline']), { ...given, measures }]) {
      const markdown = summaryMarkdown(one);
      expect(markdown).not.toMatch(/<script|<img|http:\/\/|^# b/m);
      for (const table of markdown.split(/\n\n/).filter((part) => part.startsWith('| '))) {
        const widths = table
          .trim()
          .split('\n')
          .map((line) => line.split('|').length);
        expect(new Set(widths).size).toBe(1);
      }
    }
  });
});

test('a metric that a check’s id ends with is named once', () => {
  expect(summaryMarkdown(smallVerdict())).toContain(
    '| `comparison.accuracy` | the candidate is unknown against production; ',
  );
  expect(plainSummary(smallVerdict())).toContain(
    '  inconclusive comparison.accuracy: the candidate is unknown against production; ',
  );
  expect(annotations(smallVerdict())[0]).toMatchObject({
    title: 'inconclusive · comparison.accuracy',
    message: expect.stringMatching(/^the candidate is unknown/),
  });
});
