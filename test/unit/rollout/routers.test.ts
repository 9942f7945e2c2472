import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { UserError } from '../../../shared/problem/problem.ts';
import { execRouter } from '../../../shared/rollout/exec-router.ts';
import { fileRouter } from '../../../shared/rollout/file-router.ts';
import { openMetrics, openRouter } from '../../../shared/rollout/open.ts';
import type { Weights } from '../../../shared/rollout/router.ts';
import { MemoryClock, MemoryCommands, memoryPorts } from '../../support/memory.ts';

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const WEIGHTS: Weights = {
  stable: { weight: 90, version: '1.0.0', digest: digest('a') },
  canary: { weight: 10, version: '1.1.0', digest: digest('b') },
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'router-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('file:', () => {
  test('writes the published format, reads it back, and leaves nothing else', async () => {
    const path = join(folder, 'deep', 'router.json');
    const router = fileRouter(path, new MemoryClock());
    expect(await router.read()).toBeNull();
    await router.write(WEIGHTS);
    expect(await router.read()).toEqual(WEIGHTS);
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
    expect(content).toEqual({
      schema: 'ml-loop/router@1',
      ...WEIGHTS,
      updatedAt: '2026-01-05T12:00:00.000Z',
    });
    const schema: object = JSON.parse(readFileSync('schemas/router.schema.json', 'utf8'));
    const ajv = addFormats.default(new Ajv2020({ strict: true }));
    expect(ajv.validate(schema, content)).toBe(true);
    expect(ajv.validate(schema, { schema: 'ml-loop/router@1', stable: WEIGHTS.stable })).toBe(false);
    expect(readdirSync(join(folder, 'deep'))).toEqual(['router.json']);
  });

  test('keeps the old file whole until the new one is', async () => {
    const path = join(folder, 'router.json');
    const router = fileRouter(path, new MemoryClock());
    await router.write(WEIGHTS);
    const reads: string[] = [];
    const writing = (async () => {
      for (let i = 0; i < 50; i += 1) await router.write({ ...WEIGHTS, canary: null });
    })();
    for (let i = 0; i < 200; i += 1) {
      reads.push(readFileSync(path, 'utf8'));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writing;
    expect(reads.map((text) => (JSON.parse(text) as { schema: string }).schema)).toEqual(
      reads.map(() => 'ml-loop/router@1'),
    );
  });

  test.each([
    '',
    '{',
    'null',
    '{"name": "package"}',
    '{"schema":"ml-loop/router@1","stable":{"weight":-1},"canary":null}',
  ])('does not write over a file that is not its own: %j', async (text) => {
    const path = join(folder, 'package.json');
    writeFileSync(path, text);
    await expect(fileRouter(path, new MemoryClock()).read()).rejects.toThrow('is not a router file');
  });

  test('that cannot be written is an error that names it', async () => {
    writeFileSync(join(folder, 'file'), '');
    const path = join(folder, 'file', 'router.json');
    await expect(fileRouter(path, new MemoryClock()).write(WEIGHTS)).rejects.toThrow(path);
  });
});

describe('exec:', () => {
  test('gives the weights in the environment', async () => {
    const commands = new MemoryCommands();
    const router = execRouter({ command: ['route', '--now'], timeoutMs: 5000 }, commands, { info: () => {} });
    await router.write({ ...WEIGHTS, canary: null });
    expect(commands.runs).toEqual([
      {
        argv: ['route', '--now'],
        options: {
          timeoutMs: 5000,
          env: {
            ML_LOOP_STABLE_WEIGHT: '90',
            ML_LOOP_STABLE_VERSION: '1.0.0',
            ML_LOOP_STABLE_DIGEST: digest('a'),
            ML_LOOP_CANARY_WEIGHT: '0',
            ML_LOOP_CANARY_VERSION: '',
            ML_LOOP_CANARY_DIGEST: '',
          },
        },
      },
    ]);
    expect(await router.read()).toBeNull();
  });

  test.each([
    [{ exitCode: 3, stderr: '::error::no\nsecond' }, 'ended with exit code 3'],
    [{ exitCode: 1, timedOut: true }, 'did not end within 5 s'],
  ])('a command that fails is an error, and what it printed is in the log alone', async (result, words) => {
    const lines: string[] = [];
    const log = { info: (line: string) => void lines.push(line) };
    const router = execRouter({ command: ['route'], timeoutMs: 5000 }, new MemoryCommands(() => result), log);
    const failure = await router.write(WEIGHTS).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UserError);
    expect(String(failure)).toMatch(words);
    expect(String(failure)).not.toMatch('::error::');
    expect(lines.every((line) => line.startsWith('router: '))).toBe(true);
  });
});

test('inputs that do not fit the router or the metrics are refused', () => {
  const ports = memoryPorts();
  const timeout = { 'router-timeout': 1000 };
  expect(() => openRouter({ router: 'exec:', 'router-command': undefined, ...timeout }, ports)).toThrow(
    'router-command',
  );
  expect(() => openRouter({ router: 'file:r.json', 'router-command': ['x'], ...timeout }, ports)).toThrow(
    'exec: only',
  );
  expect(() =>
    openMetrics({ metrics: 'log:x', queries: { a: 'b' }, maxUnreadable: 0 }, false, ports),
  ).toThrow('prometheus');
  expect(() =>
    openMetrics({ metrics: 'prometheus+http://h', queries: undefined, maxUnreadable: 0 }, false, ports),
  ).toThrow('stable-errors');
});
