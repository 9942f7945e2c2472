import { expect, test } from '@jest/globals';
import { type CardInput, modelCard } from '../../../shared/report/card.ts';
import { modelVerdict } from '../../support/models.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const input = (parts: Partial<CardInput> = {}): CardInput => ({
  name: 'demand',
  version: '1.2.0',
  digest: DIGEST,
  createdAt: '2026-01-02T00:00:00.000Z',
  files: [
    { path: 'a', size: 1200, sha256: '' },
    { path: 'b', size: 34, sha256: '' },
  ],
  metadata: { commit: 'abc' },
  verdicts: [
    modelVerdict(DIGEST, {
      subjects: [
        { role: 'model', name: 'model', digest: DIGEST },
        { role: 'data', name: 'test.csv', digest: `sha256:${'b'.repeat(64)}`, rows: 2922 },
      ],
      compared: {
        binding: 'bound',
        production: { name: 'model:demand@1.1.0', digest: `sha256:${'c'.repeat(64)}` },
        anchor: null,
      },
      checks: [
        {
          id: 'comparison.mae',
          status: 'pass',
          message: 'mae: the candidate is better',
          evidence: { estimate: 3.5, interval: [2, 5], margin: 1, n: 2922 },
        },
        { id: 'predictions.ids', status: 'pass', message: 'all ids match' },
      ],
    }),
  ],
  attested: 'no: unsigned',
  ...parts,
});

test('says what the version is, against what it was judged, on which data, and with what result', () => {
  const card = modelCard(input());
  expect(card).toMatch(/^# demand 1\.2\.0\n/);
  for (const part of [
    `| Digest | \`${DIGEST}\` |`,
    '| Size | 2 files, 1234 bytes |',
    '| Compared with | `model:demand@1.1.0` |',
    'bound: ml-loop made the predictions',
    '`comparison.mae`',
    '3.5 &#91;2, 5&#93;',
    '| data | `test.csv` | 2922 |',
    '| `commit` | abc |',
    '| Attested | no: unsigned |',
  ])
    expect(card).toContain(part);
  expect(card).not.toContain('predictions.ids');
});

test('says that nothing was compared, and that evidence was declared', () => {
  const verdicts = [
    modelVerdict(DIGEST, { compared: { binding: 'declared', production: null, anchor: null } }),
  ];
  const card = modelCard(input({ verdicts, metadata: {} }));
  expect(card).toContain('nothing: a first release');
  expect(card).toContain('declared: the predictions were supplied');
  expect(card).not.toContain('## Metadata');
  expect(card).not.toContain('## Data');
});

test('a data set that several verdicts name is told once', () => {
  const [verdict] = input().verdicts;
  if (verdict === undefined) throw new Error('no verdict');
  const card = modelCard(input({ verdicts: [verdict, { ...verdict, action: 'validate-data' }] }));
  expect(card.split('test.csv')).toHaveLength(2);
});

test('nothing from outside has structure of its own', () => {
  const hostile = 'x | y\n# z <img src=x> [a](http://b.c) @team `code` ![i](j)';
  const [verdict] = input().verdicts;
  if (verdict === undefined) throw new Error('no verdict');
  const checks = verdict.checks.map((check) => ({ ...check, message: hostile }));
  const card = modelCard(
    input({
      attested: hostile,
      name: hostile,
      metadata: { [hostile]: hostile },
      verdicts: [{ ...verdict, summary: hostile, checks }],
    }),
  );
  expect(card).not.toMatch(/<img|\]\(http|@team\b|!\[/);
  expect(card.split('\n').filter((line) => line.startsWith('# '))).toHaveLength(1);
  for (const line of card.split('\n').filter((text) => text.startsWith('|')))
    expect(line).toMatch(/^\|( [^|]*\|)+$/);
});
