/** A verdict opens only the door that it was made for: through the loop, from the bundles. */
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { StepRun } from '../support/bundle.ts';
import {
  at,
  DEPLOYMENT,
  NAME,
  release,
  STORES,
  validation,
  writeModel,
  writeProject,
} from '../support/project.ts';
import { useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();
beforeEach(() => writeProject(space));

const champion = () =>
  space.json<{ value: { version: string } }>('registry/demand/aliases/champion.json').value.version;
const deploy = (minute: number, operation: string, inputs: Record<string, string> = {}): Promise<StepRun> =>
  space.step('deploy-canary', { ...DEPLOYMENT, now: at(minute), operation, ...inputs });

/** A version in production: started and promoted by a person. */
async function promote(minute: number, version: string): Promise<void> {
  const started = await deploy(minute, 'start', { model: `model:${NAME}@${version}` });
  expect(started).toMatchObject({ exit: 0, outputs: { phase: 'step' } });
  expect((await deploy(minute + 1, 'promote')).outputs.phase).toBe('promoted');
  expect(champion()).toBe(version);
}

async function bringToProduction(): Promise<void> {
  expect(await release(space, { model: 'one', off: 6 })).toMatchObject({ exit: 0 });
  await promote(1, '1.0.0');
}

const kept = mkdtempSync(join(tmpdir(), 'in-production-'));
afterAll(() => rmSync(kept, { recursive: true }));

/** 1.0.0 in production: a copy of the repository in which the first test that asked brought it there. */
async function inProduction(): Promise<void> {
  const copy = join(kept, 'repository');
  if (existsSync(copy)) return cpSync(copy, space.folder, { recursive: true });
  await bringToProduction();
  cpSync(space.folder, copy, { recursive: true });
}

test('a version that was judged against an older champion waits until it is judged again', async () => {
  await inProduction();
  await release(space, { model: 'two', off: 4, now: at(10) });
  await release(space, { model: 'three', off: 3, now: at(11) });
  await promote(20, '1.1.0');
  const old = await deploy(30, 'start', { model: `model:${NAME}@1.2.0` });
  expect(old).toMatchObject({ exit: 1, outputs: { status: 'fail', phase: '' } });
  expect(old.summary).toContain('compared it with demand 1.0.0, and demand 1.1.0 is production now');
  expect(old.summary).toContain('run validate-model again');
  expect(champion()).toBe('1.1.0');
  const again = await release(space, { model: 'three', off: 3, now: at(40) });
  expect(again).toMatchObject({ exit: 0, outputs: { version: '1.2.0', created: 'false', status: 'pass' } });
  await promote(50, '1.2.0');
});

test('supplied predictions that name no version hold until the champion changes', async () => {
  await inProduction();
  const predictions = (off: number) => [
    'id,prediction',
    ...Array.from({ length: 400 }, (_, i) => `r${i},${100 + 5 * (i % 24) + off * (((i * 31) % 17) / 8 - 1)}`),
  ];
  space.write('old.csv', predictions(6));
  const { registry: _, predict: __, ...rest } = validation('');
  for (const [model, off, minute] of [
    ['two', 4, 10],
    ['three', 3, 11],
  ] as const) {
    writeModel(space, model, off);
    space.write('new.csv', predictions(off));
    const given = { ...rest, model, candidate: 'new.csv', production: 'old.csv', now: at(minute) };
    expect(await space.step('validate-model', given)).toMatchObject({ exit: 0 });
    const registered = await space.step('register-model', { name: NAME, ...STORES, model, now: at(minute) });
    expect(registered).toMatchObject({ exit: 0, outputs: { status: 'pass' } });
    expect(registered.summary).toContain('declared');
  }
  await promote(20, '1.1.0');
  expect(space.verdict('deploy-canary').checks.find(({ id }) => id === 'rollout.evidence')).toMatchObject({
    status: 'pass',
    message: expect.stringContaining('declared'),
    evidence: { binding: 'declared' },
  });
  const old = await deploy(30, 'start', { model: `model:${NAME}@1.2.0` });
  expect(old).toMatchObject({ exit: 1 });
  expect(old.summary).toContain('do not name a version');
  expect(champion()).toBe('1.1.0');
});

describe('no production is not what', () => {
  test.each([
    ['a missing name', { name: '' }, 'input name'],
    ['a name in another case', { name: 'Demand' }, 'did you mean|write name: demand'],
    ['a misspelled name', { name: 'demnad' }, 'write name: demand'],
    ['a misspelled registry', { registry: 'dir:regstry' }, 'write registry: dir:registry'],
    [
      'a registry elsewhere',
      { registry: 'dir:new/registry' },
      'the last rollout made demand 1.0.0 the champion',
    ],
    ['a lost alias', {}, 'the last rollout made demand 1.0.0 the champion'],
    ['a lost version', {}, 'champion of demand names 1.0.0'],
  ])('%s gives', async (what, inputs, words) => {
    await inProduction();
    if (what === 'a lost version') space.discard('registry/demand/versions/1.0.0');
    if (what === 'a lost alias') space.discard('registry/demand/aliases/champion.json');
    writeModel(space, 'bad', 12);
    const judged = await space.step('validate-model', { ...validation('bad'), ...inputs, now: at(10) });
    expect(judged).toMatchObject({ exit: 2, outputs: { status: 'error' } });
    expect(judged.summary).toMatch(new RegExp(words));
    expect(await deploy(20, 'start', inputs)).toMatchObject({ exit: 2, outputs: { status: 'error' } });
    // No rollout of another name is not no rollout.
    if (what.includes('name')) expect((await deploy(21, 'advance', inputs)).exit).toBe(2);
  });
});

test('a first-release verdict opens no door if there is a champion', async () => {
  await inProduction();
  writeModel(space, 'bad', 12);
  const { registry: _, ...alone } = validation('bad');
  expect(await space.step('validate-model', { ...alone, now: at(10) })).toMatchObject({ exit: 0 });
  const registered = await space.step('register-model', { name: NAME, ...STORES, model: 'bad', now: at(10) });
  expect(registered).toMatchObject({ exit: 0, outputs: { version: '1.1.0', status: 'warn' } });
  expect(registered.summary).toContain('compared it with nothing (a first release)');
  expect(await deploy(20, 'start')).toMatchObject({ exit: 1, outputs: { phase: '' } });
  expect(champion()).toBe('1.0.0');
});

test('a file that was added to a registered version is served by no rollout', async () => {
  await inProduction();
  await release(space, { model: 'two', off: 4, now: at(10) });
  expect((await deploy(20, 'start')).outputs.phase).toBe('step');
  space.write('registry/demand/versions/1.1.0/files/extra.py', 'print(1)\n');
  const promoted = await deploy(21, 'promote');
  expect(promoted).toMatchObject({ exit: 2 });
  expect(promoted.summary).toContain('was not registered with this version');
  expect(champion()).toBe('1.0.0');
});

test('settings that are weaker than those of the base branch open no door', async () => {
  const file = (margin: string) =>
    `models: { demand: { validate-model: { metric: mae, margin: ${margin}, require-bound: true } } }\n`;
  space.write('ml-loop.yml', file('2%'));
  await bringToProduction();
  writeModel(space, 'two', 4);
  await space.step('validate-model', { ...validation('two'), margin: '50%', now: at(10) });
  const weak = await space.step('register-model', { name: NAME, ...STORES, model: 'two', now: at(10) });
  expect(weak).toMatchObject({ exit: 1, outputs: { version: '' } });
  expect(weak.summary).toContain('margin 50% of mae, but 2% is asked for');
  expect(await release(space, { model: 'two', off: 4, now: at(11) })).toMatchObject({ exit: 0 });
  // The base branch asks for more by now.
  space.write('ml-loop.yml', file('1%'));
  const late = await deploy(20, 'start');
  expect(late).toMatchObject({ exit: 1 });
  expect(late.summary).toContain('margin 2% of mae, but 1% is asked for');
});
