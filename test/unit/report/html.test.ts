import { describe, expect, test } from '@jest/globals';
import { chartData } from '../../../shared/report/chart-data.ts';
import { combinedSummary, errorSummary } from '../../../shared/report/combined.ts';
import { combinedHtml, htmlReport } from '../../../shared/report/html.ts';
import { summaryMarkdown } from '../../../shared/report/summary.ts';
import { type Check, type JsonObject, type Verdict, verdictOf } from '../../../shared/verdict/verdict.ts';
import { escaped, HOSTILE, plots, poisoned, wellFormed } from './hostile.ts';
import { comparedVerdict, regressionVerdict } from './model-verdicts.ts';
import { dataVerdict, modelVerdict, timeVerdict } from './verdicts.ts';

function verdict(measures: JsonObject, checks: readonly Check[] = []): Verdict {
  return verdictOf({ action: 'a', name: 'n', subjects: [], checks, measures, createdAt: new Date(0) });
}

describe('on any page from 360 pixels on', () => {
  test('no interval stands in a drawing, which would shrink or cut it', async () => {
    for (const one of [
      dataVerdict(),
      modelVerdict(),
      timeVerdict(),
      comparedVerdict(),
      regressionVerdict(),
    ]) {
      const html = await htmlReport(one);
      const drawn = html.match(/<svg class="plot[\s\S]*?<\/svg>/g)?.join('') ?? '';
      const texts = drawn.replaceAll(/<title>[^<]*<\/title>/g, '').replaceAll(/<[^>]*>/g, '\n');
      expect(/\[[^\]]*,[^\]]*\]/.exec(texts)).toBeNull();
    }
  });

  test('no drawing is wider than the page but in the form for broad pages', async () => {
    const html = await htmlReport(timeVerdict());
    const widths = [...html.matchAll(/<div class="(broad|narrow)"><svg class="plot"[^>]*? width="(\d+)"/g)];
    expect(widths.map(([, form, width]) => [form, Number(width) > 328])).toEqual(
      [1, 2, 3].flatMap(() => [
        ['broad', true],
        ['narrow', false],
      ]),
    );
  });
});

describe('a histogram', () => {
  const columns = (current: JsonObject) => ({
    x: { distance: 0.5, reference: { histogram: { edges: [0, 1, 2], counts: [50, 50] } }, current },
  });

  test('says where its open bins begin, and draws them apart', async () => {
    const histogram = { edges: [0, 1, 2, 30], counts: [1, 1, 98], open_above: true };
    const html = await htmlReport(verdict({ columns: columns({ histogram }) }));
    expect(html).toContain('&gt; 2</text>');
    expect(html.match(/stroke-dasharray="2 3"/g)).toHaveLength(1);
    const closed = await htmlReport(
      verdict({ columns: columns({ histogram: { edges: [0, 1, 2, 30], counts: [1, 1, 98] } }) }),
    );
    expect(closed).not.toContain('stroke-dasharray="2 3"');
  });

  test('of an open bin means no outer edge', () => {
    const histogram = { edges: [0, 1, 2, 1e9], counts: [10, 10, 10], open_above: true };
    const [drawn] = chartData(verdict({ columns: columns({ histogram }) })).distributions;
    expect(drawn?.bins?.current.at(-1)).toMatchObject({ from: 2, to: 2.16, open: 'above' });
  });
});

describe('where a verdict was made', () => {
  const source = {
    repository: 'https://github.com/acme/demand',
    commit: '0123456789abcdef0123456789abcdef01234567',
    pullRequest: 12,
    run: 'https://github.com/acme/demand/actions/runs/99',
    configurationFile: 'ml-loop.yml',
  };
  const links = [
    'https://github.com/acme/demand/commit/0123456789abcdef0123456789abcdef01234567',
    'https://github.com/acme/demand/pull/12',
    'https://github.com/acme/demand/actions/runs/99',
  ];

  test('is in the report, in the index and in the summaries', async () => {
    const one = { ...dataVerdict(), source };
    for (const html of [await htmlReport(one), combinedHtml([], { source })]) {
      expect(links.filter((href) => !html.includes(`<a href="${href}">`))).toEqual([]);
      expect(html).toContain('configured by ml-loop.yml');
    }
    const texts = [
      summaryMarkdown(one),
      summaryMarkdown(one, { budget: 4096 }),
      combinedSummary([one], { source }),
      errorSummary('validate-data', [{ what: 'x' }], { source }),
    ];
    for (const text of texts) {
      expect(links.filter((href) => !text.includes(`](${href})`))).toEqual([]);
      expect(text).toContain('configured by `ml-loop.yml`');
      expect(text.match(/pull request/g)).toHaveLength(1);
    }
  });

  test('links nothing but an address, and is left out if nothing is known', async () => {
    const hostile = {
      repository: 'javascript:alert(1)//',
      commit: source.commit,
      configurationFile: '<b>&"`',
    };
    const html = await htmlReport({ ...dataVerdict(), source: hostile });
    expect(html).not.toMatch(/href="javascript|<b>&/);
    expect(summaryMarkdown({ ...dataVerdict(), source: hostile })).not.toContain('](javascript');
    expect(await htmlReport(dataVerdict())).not.toContain('configured by');
  });
});

describe('the report', () => {
  test('answers first: status in a word, then the summary', async () => {
    const html = await htmlReport(dataVerdict());
    const text = html.slice(html.indexOf('<main>'), html.indexOf('<h2>')).replace(/<[^>]+>/g, ' ');
    expect(text.replace(/\s+/g, ' ')).toContain('bike-demand fail · 3 of 12 checks failed');
  });

  test('has subjects with whole digests, checks with places, evidence and fix, measures and configuration', async () => {
    const html = await htmlReport(dataVerdict());
    const parts = [
      'sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
      'data/2012-w09.csv:90-91, 812-814, 1201, 1644',
      'allow numbers: registered: { type: number }',
      '0.049 [0.025, 0.073]',
      'margin 0.05, n 1680, 3400 needed',
      '6 checks passed',
      '<th>distance</th>',
      'model:demand@champion',
      '2026-03-02 06:00 UTC',
    ];
    expect(parts.filter((part) => !html.includes(part))).toEqual([]);
  });

  test('sets roles side by side, with intervals in their cells', async () => {
    const html = await htmlReport(modelVerdict());
    expect(html).toContain('<th>candidate</th><th>production</th>');
    expect(html).toContain('<td>mae</td><td>45.2 [43.1, 47.3]</td><td>44.8</td>');
    expect(html).toContain('<td>mae</td><td>1</td><td></td><td>31.2</td>');
    expect(html).toContain(`style="--h2:'candidate: ';--h3:'production: '"`);
  });

  test.each([
    ['data', dataVerdict(), 7], // evidence, and the six distributions that moved most
    ['model', modelVerdict(), 3], // the gain, the evidence, the groups
    ['time', timeVerdict(), 3],
  ])('draws what a verdict about %s has', async (_, one, count) => {
    const html = await htmlReport(one);
    expect(plots(html)).toBe(count);
    expect(/NaN|Infinity|undefined|\[object/.exec(html)).toBeNull();
    expect(wellFormed(html)).toBe(true);
  });

  test('without anything to draw has no plot', async () => {
    const html = await htmlReport(verdict({ rows: 3 }));
    expect(plots(html)).toBe(0);
    expect(html).toContain('Nothing was checked.');
  });

  test('is one file that runs and fetches nothing', async () => {
    for (const one of [dataVerdict(), modelVerdict(), timeVerdict()]) {
      const html = await htmlReport(one);
      expect(/<script|<link|<iframe|<img|@import|url\(|https?:|\son\w+=/i.exec(html)).toBeNull();
      expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
      expect(html).toContain('prefers-color-scheme: dark');
    }
  });

  test('lets nothing out of its place, wherever it stands', async () => {
    for (const one of [dataVerdict(), modelVerdict(), timeVerdict()]) {
      const html = await htmlReport(poisoned(one));
      expect(escaped(html)).toBe(true);
    }
    const names = JSON.parse(JSON.stringify(dataVerdict().measures.columns)) as JsonObject;
    const columns = Object.fromEntries(Object.entries(names).map(([name, value]) => [HOSTILE + name, value]));
    const html = await htmlReport(
      verdict({
        columns,
        [HOSTILE]: { [HOSTILE]: 1 },
        history: { [HOSTILE]: [{ at: '2026-01-01', value: 1 }] },
      }),
    );
    expect(escaped(html)).toBe(true);
  });

  test('is the same for the same verdict', async () => {
    const [first, second] = [await htmlReport(dataVerdict()), await htmlReport(dataVerdict())];
    expect(first === second).toBe(true);
  });

  test('has the values at fault only if the verdict has them', async () => {
    const at = (value?: string): Check => ({
      id: 'x',
      status: 'fail',
      message: 'one value',
      locations: [{ file: 'a.csv', line: 2, column: 3, ...(value === undefined ? {} : { value }) }],
    });
    expect(await htmlReport(verdict({}, [at('forty')]))).toContain('a.csv:2:3 <code>forty</code>');
    expect(await htmlReport(verdict({}, [at()]))).not.toContain('<summary>values');
  });

  test('draws odd evidence and single points without harm', async () => {
    const odd: Check[] = [
      { estimate: 0, interval: [0, 0] as const },
      { estimate: 5, interval: [null, null] as const },
      { estimate: 1e300, interval: [-1e300, 1e300] as const },
      { estimate: 1e-12, interval: [0, 1e-11] as const, margin: 1e90 },
    ].map((evidence, index) => ({ id: `odd.${index}`, status: 'inconclusive', message: '', evidence }));
    const html = await htmlReport(
      verdict(
        {
          history: { mae: [{ at: '2026-01-01', value: 1 }], limit: 2 },
          rollout: [{ at: '2026-01-01', weight: 5 }],
          columns: { a: { current: { categories: [{ name: 'x', share: 0 }] } } },
        },
        odd,
      ),
    );
    expect(plots(html)).toBe(6);
    expect(/NaN|Infinity|undefined/.exec(html)).toBeNull();
  });
});

describe('the index of stages', () => {
  const entries = [dataVerdict(), modelVerdict()].map((one) => ({
    verdict: one,
    href: `${one.action}/report.html`,
  }));

  test('links each stage and shows what did not pass', () => {
    const html = combinedHtml(entries);
    expect(html).toContain('2 stages: 1 fail, 1 inconclusive');
    expect(html).toContain('<a href="validate-data/report.html">validate-data</a>');
    expect(html).toContain('7 values of registered are not integers');
    expect(html).not.toContain('r2 is at least 0.5');
    expect(wellFormed(html)).toBe(true);
  });

  test('links paths only', () => {
    for (const href of [
      'javascript:alert(1)',
      '//evil.example',
      'https://evil.example',
      ' data:text/html,x',
      '\\\\evil',
    ])
      expect(combinedHtml([{ verdict: modelVerdict(), href }])).not.toContain('<a ');
    expect(combinedHtml([{ verdict: modelVerdict(), href: 'a"><script>.html' }])).not.toContain('<script');
  });

  test('lists the stages that ended in an error first, and counts them', () => {
    const problems = [{ what: 'ended with exit code 1', where: 'input predict', fix: 'see the log' }];
    const html = combinedHtml(entries, { broken: [{ action: 'check-drift', name: 'demand', problems }] });
    expect(html).toContain('3 stages: 1 error, 1 fail, 1 inconclusive');
    const rows = [...html.matchAll(/class="status (\w+)"/g)].map(([, status]) => status);
    expect(rows.slice(0, 4)).toEqual(['error', 'error', 'fail', 'inconclusive']);
    expect(html).toContain('<h2>check-drift · demand</h2>');
    for (const part of ['ended with exit code 1', '<code>input predict</code>', 'see the log'])
      expect(html.indexOf(part)).toBeGreaterThan(0);
    expect(wellFormed(html)).toBe(true);
  });

  test('takes no text of an error for markup', () => {
    const html = combinedHtml(entries, {
      broken: [
        poisoned({ action: 'a', name: 'n', problems: [{ what: 'w', where: 'x', fix: 'f' }, { what: 'v' }] }),
      ],
    });
    expect(escaped(html)).toBe(true);
  });

  test('says when no stage ran', () => {
    expect(combinedHtml([])).toContain('no stage ran');
  });
});
