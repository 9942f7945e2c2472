import { describe, expect, test } from '@jest/globals';
import { htmlReport } from '../../../shared/report/html.ts';
import { type JsonObject, type Verdict, verdictOf } from '../../../shared/verdict/verdict.ts';
import { escaped, HOSTILE, plots, poisoned, wellFormed } from './hostile.ts';
import { comparedVerdict, crowdedVerdict, regressionVerdict, smallVerdict } from './model-verdicts.ts';

/** The section with this title. */
function section(html: string, title: string): string {
  return new RegExp(`<section[^>]*><h2>${title}</h2>[^]*?</section>`).exec(html)?.[0] ?? '';
}

/** The text of each cell of the rows of a table's body. */
function rows(html: string): string[][] {
  return [...html.matchAll(/<tr>(.*?)<\/tr>/g)].map(([, row = '']) =>
    [...row.matchAll(/<t[dh][^>]*>(.*?)<\/t[dh]>/g)].map(([, cell = '']) =>
      cell.replace(/<[^>]+>/g, ' ').trim(),
    ),
  );
}

function verdict(measures: JsonObject): Verdict {
  const parts = { action: 'validate-model', name: 'n', subjects: [], checks: [] };
  return verdictOf({ ...parts, measures, createdAt: new Date(0) });
}

describe('a report on a model', () => {
  test('answers first, then draws the gains against their margins', async () => {
    const html = await htmlReport(comparedVerdict());
    const top = html.slice(html.indexOf('<main>'), html.indexOf('<h2>Judged'));
    expect(top).toContain('The candidate is better than production: a gain of at least 0.0067 in accuracy');
    expect(top).toContain('>1 of 9 checks failed, 2 inconclusive, on 2400 rows<');
    for (const said of ['← worse', 'better →', 'accuracy · production', 'roc_auc · anchor', '>unknown<'])
      expect(top).toContain(said);
    // Each gain has its margin, and what lies beyond it is shaded.
    expect(top.match(/<i class="limit"/g)).toHaveLength(4);
    expect(top.match(/<i class="beyond"/g)).toHaveLength(4);
  });

  test('has the gains as figures too, with what they rest on', async () => {
    const html = section(await htmlReport(comparedVerdict()), 'Gain');
    expect(rows(html)[1]).toEqual([
      'accuracy',
      'production',
      'better',
      '0.0188 [0.0067, 0.0308]',
      '0.01',
      '2400',
      '0.0121',
      '126',
      '81',
    ]);
    expect(html).toContain('gain, in margins of each metric');
    expect(section(await htmlReport(smallVerdict()), 'Gain')).toContain('>gain in accuracy<');
  });

  test('draws ROC, precision and recall, and calibration, both models in each', async () => {
    const html = section(await htmlReport(comparedVerdict()), 'Curves');
    expect(plots(html)).toBe(3);
    expect(html).toContain('roc_auc 0.912 against 0.895');
    expect(html.match(/stroke-dasharray="5 3"/g)).toHaveLength(3);
    expect(html).toContain('candidate z 0.6, p 0.53; production z −1, p 0.45');
  });

  test('sets confusion matrices side by side with their difference', async () => {
    const html = section(await htmlReport(comparedVerdict()), 'Confusion');
    const [candidate, production, difference] = html.split('<caption>').slice(1);
    expect(rows(candidate ?? '')[1]).toEqual(['stays', '92.6 % 1620', '7.4 % 130']);
    expect(rows(production ?? '')[2]).toEqual(['leaves', '31.7 % 206', '68.3 % 444']);
    expect(rows(difference ?? '').slice(1)).toEqual([
      ['stays', '+1.1', '−1.1'],
      ['leaves', '−4', '+4'],
    ]);
    expect(difference?.match(/class="gain"/g)).toHaveLength(4);
  });

  test('lists slices as ranked, each with a bar', async () => {
    const html = section(await htmlReport(comparedVerdict()), 'Slices, ranked by loss');
    expect(rows(html)[1]?.slice(0, 5)).toEqual([
      'region = west',
      '120',
      '0.8 [0.76, 0.84]',
      '0.86',
      '−0.06 [−0.1, −0.03]',
    ]);
    expect(html.match(/<svg class="bar/g)).toHaveLength(12);
    expect(html.match(/<path class="limit"/g)).toHaveLength(12);
    expect(section(await htmlReport(regressionVerdict()), 'Slices, ranked by loss')).toContain(
      '<td>storm</td>',
    );
  });

  test('draws rates by group, and tells differences, ratios and the rates as figures', async () => {
    const html = section(await htmlReport(comparedVerdict()), 'Groups');
    expect(plots(html)).toBe(14);
    expect(rows(html)).toContainEqual(['demographic_parity', '0.112', '0.082', '0.83', '0.8']);
    expect(html).toContain('<td>accuracy</td><td>west</td><td>200</td><td>0.93 [0.831, 1]</td>');
    const errors = section(await htmlReport(regressionVerdict()), 'Groups');
    expect(rows(errors)).toContainEqual(['mae', '2', '210', '35', '32']);
  });

  test('names the rows that the candidate loses once, and their values only if the verdict has them', async () => {
    const given = smallVerdict();
    const html = await htmlReport(given);
    expect(section(html, 'Rows that the candidate loses')).toContain('<td>12, 73, 134, ');
    expect(html).toContain('41 more rows');
    expect(html.match(/12, 73, 134/g)).toHaveLength(1);
    const checks = given.checks.map((check) => ({
      ...check,
      locations: (check.locations ?? []).map((place) => ({ ...place, value: 'label leaves' })),
    }));
    const shown = section(await htmlReport({ ...given, checks }), 'Rows that the candidate loses');
    expect(rows(shown)[1]).toEqual(['test/churn.csv', '12', 'label leaves']);
  });

  test('tells the use of the test set, and no measure twice', async () => {
    const html = await htmlReport(comparedVerdict());
    expect(rows(section(html, 'Use of the test set'))).toContainEqual([
      'further uses in which an equal candidate could pass',
      '27',
    ]);
    expect(section(html, 'Measures')).not.toMatch(/by_group|curves|confusion|slices|test_set|comparisons/);
    expect(section(html, 'Measures')).toContain('<td>log_loss</td>');
  });
});

describe('the size of a report on a model', () => {
  test('is small, and what is left out of many is said', async () => {
    expect((await htmlReport(comparedVerdict())).length).toBeLessThan(150_000);
    const html = await htmlReport(crowdedVerdict());
    expect(html.length).toBeLessThan(300_000);
    for (const said of [
      '90 more in the verdict file',
      'The 16 rarest of 25 labels are summed',
      '370 more, with smaller losses, are in the verdict file',
      '48 smaller groups not drawn',
      '120 more in the verdict file',
    ])
      expect(html).toContain(said);
    const confusion = section(html, 'Confusion').split('<caption>')[1] ?? '';
    const counts = [...confusion.matchAll(/class="note">([\d\u202f]+)</g)].map(([, n = '']) =>
      Number(n.replace('\u202f', '')),
    );
    const matrix = (crowdedVerdict().measures.confusion as { candidate: number[][] }).candidate;
    expect(counts.reduce((a, b) => a + b, 0)).toBe(matrix.flat().reduce((a, b) => a + b, 0));
  });
});

describe('whatever a verdict on a model holds', () => {
  const all = [comparedVerdict(), smallVerdict(), regressionVerdict(), crowdedVerdict()];

  test('the report is well formed, the same each time, and shows no number that is none', async () => {
    for (const one of all) {
      const html = await htmlReport(one);
      expect(wellFormed(html)).toBe(true);
      expect(/NaN|Infinity|\[object/.exec(html)).toBeNull();
      expect((await htmlReport(one)) === html).toBe(true);
    }
  });

  test('nothing leaves its place', async () => {
    for (const one of all) {
      const kept = ['id', 'metric', 'baseline'];
      for (const hostile of [poisoned(one), poisoned(one, kept), poisoned(one, ['file', 'id'])])
        expect(escaped(await htmlReport(hostile))).toBe(true);
    }
    const group = { n: 3, [HOSTILE]: 0.5, [`${HOSTILE}_lower`]: 0.1 };
    const byGroup = { [HOSTILE]: { [HOSTILE]: group, [`${HOSTILE}_difference`]: 0.1 } };
    const html = await htmlReport(
      verdict({ candidate: { by_group: byGroup }, test_set: { [HOSTILE]: HOSTILE } }),
    );
    expect(html).toContain('<h2>Groups</h2>');
    expect(escaped(html)).toBe(true);
  });

  test('what has not the form of a section is told as a measure', async () => {
    const odd = {
      comparison: { gain: 'x' },
      comparisons: [3, { metric: 4, gain: 1 }],
      curves: { candidate: { roc: [['a', 1], 3, [2, 0]], calibration: [{ score: 3, share: 1 }] } },
      confusion: { classes: ['a', 'b'], candidate: [[1, 2], [3]] },
      slices: [],
      test_set: 4,
      candidate: { by_group: { sex: { mae_difference: 2 } } },
    };
    const html = await htmlReport(verdict(odd));
    for (const title of ['Gain', 'Curves', 'Confusion', 'Slices, ranked by loss', 'Groups'])
      expect(section(html, title)).toBe('');
    const measures = section(html, 'Measures');
    for (const said of ['comparison', 'curves', 'confusion', 'test_set', 'by_group.sex.mae_difference'])
      expect(measures).toContain(said);
  });

  test('numbers of any size are drawn without harm', async () => {
    const gain = { n: 1, margin: 0, gain: 0, gain_lower: 0, gain_upper: 0 };
    const html = await htmlReport(
      verdict({
        comparisons: [
          { ...gain, metric: 'a' },
          { ...gain, metric: 'b', margin: 1e-9, gain: 1e90, gain_upper: 1e99 },
          { ...gain, metric: 'c', margin: 2, gain: -1e90, gain_lower: -1e99 },
          { ...gain, metric: 'd', gain: 1e300 },
        ],
        slices: [{ slice: 's', value: 'v', gain: 0 }, {}],
        confusion: {
          classes: ['a', 'b'],
          candidate: [
            [0, 0],
            [0, 0],
          ],
          production: [
            [0, 1],
            [0, 0],
          ],
        },
        candidate: { by_group: { sex: { a: { n: 0, accuracy: 0 } } } },
        anchor: { by_group: { sex: { a: { n: 0, precision: 1 } }, age: { old: { accuracy: 0.5 } } } },
      }),
    );
    expect(wellFormed(html)).toBe(true);
    expect(/NaN|Infinity/.exec(html)).toBeNull();
  });

  test('without measures, as if only the verdict is disclosed, there are no sections', async () => {
    const { checks, ...rest } = comparedVerdict();
    const bare = checks.map(({ id, status, target }) => ({
      id,
      status,
      message: 'm',
      ...(target && { target }),
    }));
    const html = await htmlReport({ ...rest, checks: bare, measures: {} });
    expect(plots(html)).toBe(0);
    expect(html).not.toMatch(/<h2>(Gain|Curves|Groups|Measures|Use of the test set)/);
  });
});
