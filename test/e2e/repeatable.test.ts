/** With `now` given, two runs on the same inputs write the same bytes: in another folder, under another Node. */
import { describe, expect, test } from '@jest/globals';
import type { StepRun } from '../support/bundle.ts';
import {
  at,
  DEPLOYMENT,
  logLines,
  NAME,
  PREDICT_COMMAND,
  STORES,
  validation,
  writeModel,
  writeProject,
} from '../support/project.ts';
import { Workspace } from '../support/workspace.ts';

interface World {
  readonly node: 24 | 20;
  /** Files are made in another order, which a folder's listing may follow. */
  readonly backwards: boolean;
}

const rows = (from: number, count: number) =>
  Array.from(
    { length: count },
    (_, i) => `r${from + i},${10 + (((from + i) * 7919) % 101) / 10},${'abc'[i % 3]}`,
  );

const LOOP = `
defaults: { state: "dir:loop-state", registry: "dir:registry", now: "${at(90)}" }
models:
  ${NAME}:
    validate-data: { data: "data/*.csv" }
    validate-model: { predict: ${PREDICT_COMMAND}, model: [models/1], test-data: test.csv, conditions: ["mae <= 20"], metric: mae, margin: 2% }
`;

function writeInputs(space: Workspace, { backwards }: World): void {
  const write: (() => void)[] = [
    () => writeProject(space),
    ...['a', 'b', 'c', 'd'].map(
      (name, i) => () => space.write(`data/${name}.csv`, ['id,temp,kind', ...rows(i * 300, 300)]),
    ),
    () => space.write('ml-loop.yml', LOOP),
    () => writeModel(space, 'models/1', 4),
    () => writeModel(space, 'models/2', 3),
    () => space.write('models/2/notes/z.txt', 'z'),
    () => space.write('models/2/notes/a.txt', 'a'),
    ...[21, 31, 32, 33].map(
      (minute) => () =>
        space.write(
          `logs/${minute}.jsonl`,
          logLines(minute, { '1.0.0': { requests: 300, errors: 3 }, '1.1.0': { requests: 150, errors: 1 } }),
        ),
    ),
  ];
  for (const each of backwards ? write.reverse() : write) each();
}

/** The whole loop; returns all that the steps said. */
async function story(space: Workspace, world: World): Promise<StepRun[]> {
  writeInputs(space, world);
  const runs: StepRun[] = [];
  const step = async (bundle: string, inputs: Record<string, string>) => {
    const run = await space.step(bundle, { name: NAME, ...inputs }, { node: world.node });
    expect([bundle, run.stderr]).toEqual([bundle, '']);
    if (run.exit > 1) throw new Error(`${bundle} ended with ${run.exit}: ${run.summary}`);
    runs.push(run);
  };
  await step('validate-data', { data: 'data/*.csv', now: at(0), state: 'dir:state' });
  for (const model of ['models/1', 'models/2']) {
    await step('validate-model', { ...validation(model), now: at(1), sensitive: 'hour' });
    await step('register-model', { ...STORES, model, now: at(2) });
    const deploy = { ...DEPLOYMENT, model: `model:${NAME}@candidate` };
    if (model === 'models/1') {
      const steps = '[{weight: 100, at-least: 0s, requests: 1}]';
      await step('deploy-canary', {
        ...deploy,
        steps,
        'max-error-rate': '5%',
        now: at(20),
        operation: 'start',
      });
      await step('deploy-canary', {
        ...deploy,
        steps,
        'max-error-rate': '5%',
        now: at(25),
        operation: 'advance',
      });
    } else {
      await step('deploy-canary', { ...deploy, now: at(30), operation: 'start' });
      const wait = { interval: '100ms', budget: '300ms' };
      await step('deploy-canary', { ...deploy, ...wait, now: at(34), operation: 'run' });
    }
  }
  await step('check-drift', {
    ...STORES,
    ...{ reference: 'data/a.csv', current: 'data/b.csv', now: at(60) },
  });
  const loop = await space.step('root', {}, { node: world.node });
  if (loop.exit > 1) throw new Error(`root ended with ${loop.exit}: ${loop.summary}`);
  return [...runs, loop];
}

async function written(world: World) {
  const space = new Workspace();
  space.create();
  try {
    const runs = await story(space, world);
    const files = space.files().map((file) => [file, space.read(file)] as const);
    return { runs, files: Object.fromEntries(files) };
  } finally {
    space.remove();
  }
}

describe('two runs at one time', () => {
  test('write and say the same, whatever the folder, the Node version and the order of its listing', async () => {
    const one = await written({ node: 24, backwards: false });
    const other = await written({ node: 20, backwards: true });
    expect(Object.keys(other.files)).toEqual(Object.keys(one.files));
    for (const name of [
      'report.html',
      'verdict.json',
      'profile.json',
      'contract.yml',
      'index.html',
      'rollout.json',
    ]) {
      expect([name, Object.keys(one.files).some((file) => file.endsWith(name))]).toEqual([name, true]);
    }
    for (const [file, text] of Object.entries(one.files))
      expect([file, other.files[file]]).toEqual([file, text]);
    expect(other.runs).toEqual(one.runs);
  });
});
