import { expect } from '@jest/globals';
import { createPorts } from '../../shared/host/ports.ts';
import { productionNow } from '../../shared/registry/compared.ts';
import { openRegistry } from '../../shared/registry/open.ts';
import { NODES, type StepOptions, type StepRun } from './bundle.ts';
import { modelVerdict } from './models.ts';
import type { Workspace } from './workspace.ts';

/** A user's command: hourly demand is 100 and 5 an hour, and a model is how far it is off. */
const PREDICT = `
import { readFileSync, writeFileSync } from 'node:fs';
const [model, data, out] = process.argv.slice(2);
const { off } = JSON.parse(readFileSync(model + '/weights.json', 'utf8'));
const rows = readFileSync(data, 'utf8').trim().split('\\n').slice(1).map((line) => line.split(','));
const predicted = rows.map(([id, hour], i) => id + ',' + (100 + 5 * hour + off * (((i * 31) % 17) / 8 - 1)));
writeFileSync(out, ['id,prediction', ...predicted, ''].join('\\n'));
`;

/** `predict` as a step is given it. */
export const PREDICT_COMMAND = JSON.stringify([NODES[24], 'predict.mjs', '{model}', '{data}', '{out}']);

export const NAME = 'demand';
export const STORES = { state: 'dir:state', registry: 'dir:registry' } as const;
/** When the stories begin; they hand `now` on, so that nothing waits. */
export const START = Date.parse('2026-01-05T12:00:00Z');

/** ISO 8601, some minutes after the start. */
export function at(minutes: number): string {
  return new Date(START + minutes * 60_000).toISOString();
}

/** A user's repository with a training script's remains: test data, a command that predicts, and models. */
export function writeProject(space: Workspace): void {
  space.write('predict.mjs', PREDICT);
  const rows = Array.from(
    { length: 400 },
    (_, i) => `r${i},${i % 24},${100 + 5 * (i % 24) + ((i * 7919) % 13) - 6}`,
  );
  space.write('test.csv', ['id,hour,label', ...rows]);
}

export function writeModel(space: Workspace, folder: string, off: number): void {
  space.write(`${folder}/weights.json`, JSON.stringify({ off }));
}

/** The inputs of validate-model for a model of `writeModel`. */
export function validation(model: string): Record<string, string> {
  return {
    name: NAME,
    ...STORES,
    predict: PREDICT_COMMAND,
    model,
    'test-data': 'test.csv',
    metric: 'mae',
    margin: '2%',
    conditions: 'mae <= 20',
  };
}

/** Judges and registers a model, so that it is `candidate`. */
export async function release(
  space: Workspace,
  {
    model,
    off,
    now = at(0),
    ...options
  }: { model: string; off: number; now?: string } & Partial<StepOptions>,
): Promise<StepRun> {
  writeModel(space, model, off);
  const judged = await space.step('validate-model', { ...validation(model), now }, options);
  expect(judged).toMatchObject({ exit: 0, stderr: '' });
  return space.step('register-model', { name: NAME, ...STORES, model, now }, options);
}

/** Puts a judged version into the registry without a run, under an alias and with whatever else is attached to it. */
export async function registerVersion(
  space: Workspace,
  {
    version,
    alias,
    off = 4,
    evidence = [],
    metadata = {},
  }: {
    readonly version: string;
    readonly alias: string;
    readonly off?: number;
    readonly evidence?: readonly { readonly name: string; readonly content: string }[];
    readonly metadata?: Readonly<Record<string, string>>;
  },
): Promise<string> {
  writeModel(space, `models/${version}`, off);
  const ports = createPorts({
    workingDirectory: space.folder,
    reportFolder: 'unused',
    now: new Date(at(-60)),
  });
  const registry = await openRegistry(
    { ...STORES, 'registry-timeout': 60_000, 'state-persistent': false },
    ports,
  );
  const bundle = await ports.files.bundle([`models/${version}`]);
  const { champion } = await productionNow(registry, NAME);
  const production =
    champion === null ? null : { name: `model:${NAME}@${champion.version}`, digest: champion.digest };
  const verdict = modelVerdict(bundle.digest, { compared: { binding: 'bound', production, anchor: null } });
  await registry.create({
    name: NAME,
    version,
    bundle,
    file: bundle.source,
    metadata,
    evidence: [{ name: 'verdicts/validate-model.json', content: JSON.stringify(verdict) }, ...evidence],
    createdAt: ports.clock.now(),
  });
  await registry.setAlias(NAME, alias, version);
  return bundle.digest;
}

/** The inputs of deploy-canary for what `release` registered. */
export const DEPLOYMENT: Readonly<Record<string, string>> = {
  name: NAME,
  ...STORES,
  router: 'file:router.json',
  metrics: 'log:logs/*.jsonl',
  steps: '[{weight: 10, at-least: 5m, requests: 100}, {weight: 50, at-least: 5m, requests: 100}]',
};

/** What a server has logged: some requests a version, of which some failed, a millisecond apart. */
export function logLines(
  minute: number,
  versions: Readonly<Record<string, { readonly requests: number; readonly errors: number }>>,
): string[] {
  return Object.entries(versions).flatMap(([model, { requests, errors }]) =>
    Array.from({ length: requests }, (_, index) =>
      JSON.stringify({
        id: `${model}-${minute}-${index}`,
        timestamp: new Date(START + minute * 60_000 + index).toISOString(),
        model,
        status: index < errors ? 500 : 200,
        latency_ms: 5,
      }),
    ),
  );
}
