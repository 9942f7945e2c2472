import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { requestedBy } from '../../../shared/host/dispatched.ts';

const folder = mkdtempSync(join(tmpdir(), 'requested-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const digest = (character: string) => `sha256:${character.repeat(64)}`;
const PAYLOAD = {
  schema: 'ml-loop/retrain@1',
  name: 'demand',
  champion: { digest: digest('a'), version: '1.0.0' },
  compared: { reference: digest('1'), current: digest('2') },
  reasons: ['drift'],
  'requested-at': '2026-01-05T00:00:00.000Z',
  'dedupe-key': digest('0'),
};

function file(content: unknown): string {
  const path = join(folder, 'payload.json');
  writeFileSync(path, JSON.stringify(content));
  return path;
}
const event = (client_payload: unknown, name = 'repository_dispatch') => ({
  GITHUB_EVENT_NAME: name,
  GITHUB_EVENT_PATH: file({ client_payload }),
});

describe('the retrain that a run answers', () => {
  const { name, champion, compared, reasons } = PAYLOAD;
  const REQUESTED = {
    ...{ name, champion, compared, reasons },
    dedupeKey: digest('0'),
    requestedAt: PAYLOAD['requested-at'],
  };

  test('is that of the dispatch, or of the file that a command was given', async () => {
    expect(await requestedBy(event(PAYLOAD))).toEqual(REQUESTED);
    expect(await requestedBy({ ML_LOOP_PAYLOAD: file(PAYLOAD) })).toEqual(REQUESTED);
  });

  test('is known by its key if training elsewhere has ended', async () => {
    const trained = { schema: 'ml-loop/trained@1', name, model: 's3://models/a/', digest: digest('b') };
    expect(await requestedBy(event({ ...trained, 'dedupe-key': digest('0') }))).toEqual({
      name,
      dedupeKey: digest('0'),
    });
    expect(await requestedBy(event(trained))).toBeUndefined();
  });

  test('is none on other events, and with payloads of others', async () => {
    expect(await requestedBy(event(PAYLOAD, 'push'))).toBeUndefined();
    expect(await requestedBy(event({ any: 'thing' }))).toBeUndefined();
    expect(await requestedBy({})).toBeUndefined();
  });

  test('is an error if it cannot be read', async () => {
    await expect(requestedBy({ ML_LOOP_PAYLOAD: join(folder, 'gone') })).rejects.toThrow(/cannot be read/);
    await expect(requestedBy(event({ ...PAYLOAD, champion: 'x' }))).rejects.toThrow(/champion/);
  });
});
