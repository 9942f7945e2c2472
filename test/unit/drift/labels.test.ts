import { expect, test } from '@jest/globals';
import { joinLabels, readLabels } from '../../../shared/drift/labels.ts';
import { observeLog } from '../../../shared/drift/observations.ts';
import { source } from '../model/helpers.ts';

const NOW = new Date('2026-03-02T06:00:00Z');
const WEEK = { since: NOW.getTime() - 7 * 86_400_000, until: NOW.getTime() };

test('labels are joined by the value of the id, whatever each file’s program made of the number', async () => {
  const log = ['1', '2.0', '"3"', '"007"', '9007199254740993']
    .map((id) => `{"id":${id},"timestamp":"2026-03-01T00:00:00Z","prediction":1}`)
    .join('\n');
  const watch = { window: WEEK, since: WEEK.since, now: NOW, maxUnreadable: 0 };
  const { observations } = await observeLog([source('a.jsonl', `${log}\n`)], watch, () => {});
  const text = 'id,label\n1.0,a\n2,b\n3.,c\n7,no\n9007199254740992,no\n9007199254740993.0,e\n';
  const labels = await readLabels(
    [source('labels.csv', text)],
    { id: 'id', label: 'label', maxUnreadable: 0 },
    NOW,
  );
  const { matured, labelled } = joinLabels(observations, labels, WEEK);
  expect(matured).toBe(5);
  expect(labelled.map(({ label }) => label)).toEqual(['a', 'b', 'c', 'e']);
});

test('a label of blanks has not come', async () => {
  const labels = await readLabels(
    [source('labels.csv', 'id,label\n1,"  "\n2, x\n')],
    { id: 'id', label: 'label', maxUnreadable: 0 },
    NOW,
  );
  expect([...labels.keys()]).toEqual(['2']);
});

test('NA and its like have not come among numbers, and are labels among texts', async () => {
  const ids = async (text: string) => {
    const columns = { id: 'id', label: 'label', maxUnreadable: 0 };
    return [...(await readLabels([source('labels.csv', text)], columns, NOW)).keys()];
  };
  expect(await ids('id,label\n1,NA\n2,0\n3,None\n4,1.5\n')).toEqual(['2', '4']);
  expect(await ids('id,label\n1,NA\n2,DE\n')).toEqual(['1', '2']);
  const own = ['0', 'NA', '1'].map((label, i) => ({
    ...{ id: String(i), at: NOW.getTime() - 1000, canary: false, failed: false },
    ...{ prediction: '1', score: null, label },
  }));
  const { labelled } = joinLabels(own, new Map(), WEEK);
  expect(labelled.map(({ label }) => label)).toEqual(['0', '1']);
});
