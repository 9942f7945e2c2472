import { expect, test } from '@jest/globals';
import { isFailedRequest, readPredictionLog } from '../../../shared/read/prediction-log.ts';
import { gzipped, sourceOf } from './sources.ts';

const line = (fields: object) =>
  `${JSON.stringify({ id: 'a', timestamp: '2026-01-01T00:00:00Z', ...fields })}\n`;

test('CSV and JSON Lines give the same typed rows', async () => {
  const json = line({
    model: '1.2.0',
    variant: 'canary',
    prediction: 5,
    score: 0.5,
    status: 200,
    latency_ms: 3,
    temp: '7',
  });
  const text =
    'id,timestamp,model,variant,prediction,score,status,latency_ms,temp\na,2026-01-01T00:00:00Z,1.2.0,canary,5,0.5,200,3,7\n';
  const fromJson = (await readPredictionLog([sourceOf('l.jsonl', json)])).rows[0];
  const fromCsv = (await readPredictionLog([sourceOf('l.csv', text)])).rows[0];
  expect(fromJson).toEqual({
    id: 'a',
    at: Date.UTC(2026, 0, 1),
    model: '1.2.0',
    variant: 'canary',
    prediction: 5,
    score: 0.5,
    status: 200,
    latencyMs: 3,
    features: { temp: '7' },
  });
  expect(fromCsv).toEqual({ ...fromJson, prediction: '5' });
});

test('the period keeps its first instant and leaves out its last', async () => {
  const log = ['00', '01', '02'].map((hour) => line({ timestamp: `2026-01-01T${hour}:00:00Z` })).join('');
  const found = await readPredictionLog([sourceOf('l.jsonl', log)], {
    since: Date.UTC(2026, 0, 1, 1),
    until: Date.UTC(2026, 0, 1, 2),
  });
  expect(found.rows.map(({ at }) => new Date(at).getUTCHours())).toEqual([1]);
  expect(found.outside).toBe(2);
});

test('a last line that is still being written is counted, not an error', async () => {
  const log = line({}) + line({}).slice(0, 20);
  const { rows, torn } = await readPredictionLog([sourceOf('l.jsonl', log)]);
  expect([rows.length, torn]).toEqual([1, 1]);
});

test('a log without rows is not a fault', async () => {
  expect(
    (await readPredictionLog([sourceOf('a.jsonl', ''), sourceOf('b.csv', 'id,timestamp\n')])).rows,
  ).toEqual([]);
});

test('every unusable row is located, and none is dropped silently', async () => {
  const log = `${line({ id: null }) + line({ timestamp: 'yesterday' }) + line({ variant: 'blue' })}{"id":\n${line({ score: 'high', status: 'fine' })}`;
  const reading = readPredictionLog([sourceOf('l.jsonl', log)]);
  await expect(reading).rejects.toThrow(
    /l.jsonl:4: the line is not JSON[\s\S]*l.jsonl:1:1: id[\s\S]*l.jsonl:2:2: timestamp[\s\S]*l.jsonl:3:3: variant[\s\S]*l.jsonl:5:\d: status[\s\S]*l.jsonl:5:\d: score/,
  );
});

test('a file that is not a prediction log is named with its header', async () => {
  await expect(readPredictionLog([sourceOf('l.csv.gz', gzipped('time,x\n1,2\n'))])).rejects.toThrow(
    /l.csv.gz: a prediction log needs the column id and the column timestamp → the header has: time, x/,
  );
});

test('failures are server errors', () => {
  expect([{ status: 200 }, { status: 503 }, { status: 'error' as const }, {}].map(isFailedRequest)).toEqual([
    false,
    true,
    true,
    undefined,
  ]);
});
