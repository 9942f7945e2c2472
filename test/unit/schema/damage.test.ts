/** Each field of each file that we read back is damaged: what its schema refuses, its reader refuses. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { TABLES } from '../../../actions/catalog.ts';
import { READ_BACK } from '../../../scripts/generate.ts';
import { loadConfig } from '../../../shared/config/config.ts';
import { readDispatch } from '../../../shared/config/dispatch.ts';
import { readDriftState } from '../../../shared/drift/state.ts';
import { COMMON_INPUTS } from '../../../shared/inputs/common.ts';
import { readLedger } from '../../../shared/model/ledger.ts';
import { readLooks } from '../../../shared/model/looks.ts';
import { UserError } from '../../../shared/problem/problem.ts';
import { parseProfile } from '../../../shared/profile/file.ts';
import { directoryRegistry } from '../../../shared/registry/directory.ts';
import { openProgram } from '../../../shared/registry/exec/program.ts';
import { execRegistry } from '../../../shared/registry/exec/registry.ts';
import { readRecord } from '../../../shared/registry/image/record.ts';
import { readManifest } from '../../../shared/registry/manifest.ts';
import { readProvenance } from '../../../shared/registry/provenance.ts';
import { readVerdicts } from '../../../shared/registry/verdicts.ts';
import { fileRouter } from '../../../shared/rollout/file-router.ts';
import { readPromotion } from '../../../shared/rollout/promotion.ts';
import { parseState } from '../../../shared/rollout/state.ts';
import { directoryState } from '../../../shared/state/directory.ts';
import { gitState } from '../../../shared/state/git.ts';
import { readAnswer } from '../../../shared/training/answer.ts';
import { parseTraining } from '../../../shared/training/state.ts';
import type { Json } from '../../../shared/verdict/verdict.ts';
import { MemoryCommands, MemoryState, memoryPorts } from '../../support/memory.ts';

const root = mkdtempSync(join(tmpdir(), 'ml-loop-damage-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The examples of docs/files.md that keep a schema, as JSON. */
function examplesOf(schema: string): Json[] {
  const sections = readFileSync('docs/files.md', 'utf8').split(/^## /m);
  return sections.flatMap((text) => {
    const named = [...text.matchAll(/\]\(\.\.\/schemas\/([^)]+)\.schema\.json\)/g)].map(([, name]) => name);
    const at = named.indexOf(schema);
    if (at < 0) return [];
    return [...text.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(([, example = '']) => {
      const document = JSON.parse(example) as { value: Json };
      return at === 0 ? (document as Json) : document.value;
    });
  });
}

function put(path: string, value: Json): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(value));
  return file;
}

async function stored(key: string, value: Json): Promise<MemoryState> {
  const store = new MemoryState();
  await store.write(key, value, null, 'damaged');
  return store;
}

const clock = { now: () => new Date('2026-03-01T00:00:00Z'), sleep: async () => {} };

/** By schema: how a value of it is read. */
const READERS: Readonly<Record<string, (value: Json) => unknown>> = {
  alias: async (value) => {
    rmSync(join(root, 'demand'), { recursive: true, force: true });
    await directoryState(root).write('demand/aliases/champion', value, null, 'damaged');
    return directoryRegistry({ root, shown: 'registry', clock }).aliases('demand');
  },
  'drift-state': async (value) => readDriftState(await stored('m/drift', value), 'm/drift', clock.now()),
  image: (value) => readRecord(JSON.stringify(value), 'image.json'),
  ledger: async (value) => {
    const testSet = `sha256:${'4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a'}`;
    return readLedger(await stored('m/ledger/4bf5122f344554c53bde2ebb8cd2b7e3', value), 'm', testSet);
  },
  looks: async (value) => {
    const candidate = `sha256:${'9c1185a5c5e9fc54612808977ee8f548b2258d31ddadef707ba62c2d4a5b8a6b'}`;
    return readLooks(await stored('m/looks/9c1185a5c5e9fc54612808977ee8f548', value), {
      name: 'm',
      candidate,
    });
  },
  'model-manifest': (value) =>
    readManifest(JSON.stringify(value), 'manifest.json', {
      name: 'demand',
      version: String((value as { version?: Json } | null)?.version),
    }),
  profile: (value) => parseProfile(JSON.stringify(value), 'profile.json'),
  promotion: (value) => readPromotion(JSON.stringify(value), 'promotion.json'),
  provenance: (value) => readProvenance(JSON.stringify(value), 'provenance.json'),
  'rollout-state': (value) => parseState(value, 'demand/rollout'),
  'registry-answer': (value) => {
    const commands = new MemoryCommands(() => ({ stdout: JSON.stringify(value) }));
    const program = openProgram({ shown: 'registry.py', timeoutMs: 1000 }, memoryPorts({ commands }));
    return execRegistry(program, memoryPorts()).versions('demand');
  },
  'retrain-payload': readPayload,
  router: (value) => fileRouter(put('router.json', value), clock).read(),
  state: (value) => {
    put('demand/drift.json', value);
    return directoryState(root).read('demand/drift');
  },
  'state-commit': (value) =>
    gitState(repositoryOf(JSON.stringify(value)), 'refs/ml-loop').read('demand/drift'),
  'trained-payload': readPayload,
  'training-answer': (value) => readAnswer(JSON.stringify(value), 'answer.json'),
  'training-state': (value) => parseTraining(value, 'demand/training'),
  verdict: (value) => readVerdicts([{ file: 'verdict.json', text: JSON.stringify(value) }]),
};

/** The reader asks what a payload is of first: one that is not ours is another's affair. */
function readPayload(value: Json): unknown {
  const config = loadConfig(
    'models: { demand: { validate-data: {} } }\n',
    'ml-loop.yml',
    TABLES,
    COMMON_INPUTS,
  );
  const dispatch = readDispatch(value, config, 'acme/models');
  if (dispatch === null)
    throw new UserError({ what: 'is not ours', where: 'client_payload', fix: 'send one' });
  return dispatch;
}

/** A repository that answers with one state.json. */
function repositoryOf(text: string): Parameters<typeof gitState>[0] {
  const data = (route: string): unknown => {
    if (route.includes('matching-refs')) return [{ ref: 'refs/ml-loop/demand/drift', object: { sha: 'c' } }];
    if (route.includes('git/trees')) return { tree: [{ path: 'state.json', sha: 'b' }] };
    return { content: Buffer.from(text).toString('base64') };
  };
  return {
    owner: 'acme',
    repo: 'models',
    apiUrl: 'https://api.github.test',
    request: async (route: string) => ({ status: 200, data: data(route), headers: {} }),
  } as unknown as Parameters<typeof gitState>[0];
}

type Path = readonly (string | number)[];

/** All places in a value, below the whole. */
function places(value: Json, path: Path = []): Path[] {
  if (value === null || typeof value !== 'object') return [path];
  const inner = Object.entries(value as Record<string, Json>).flatMap(([key, each]) =>
    places(each, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  return [path, ...inner];
}

const GONE = Symbol('gone');

/** A copy with another value at a place, or without it. */
function changed(value: Json, [key, ...rest]: Path, to: Json | typeof GONE): Json {
  if (key === undefined) return to === GONE ? null : to;
  if (Array.isArray(value)) {
    const items = value as readonly Json[];
    if (to === GONE && rest.length === 0) return items.filter((_, i) => i !== key);
    return items.map((item, i) => (i === key ? changed(item, rest, to) : item));
  }
  const fields = { ...(value as Record<string, Json>) };
  if (to === GONE && rest.length === 0) delete fields[key];
  else fields[key] = changed(fields[key] ?? null, rest, to);
  return fields;
}

function at(value: Json, path: Path): Json {
  return path.reduce<Json>((inner, key) => (inner as Record<string | number, Json>)[key] ?? null, value);
}

/** What is put in a field's place: left out, null, other types, numbers as texts, other signs, unknown fields. */
function damages(value: Json): (Json | typeof GONE)[] {
  const common = [GONE, null, true, 'true', 7, '7', 1.5, -1, 1e308, 'NaN', '', [], {}, 'none-such'];
  if (typeof value === 'number') return [...common, String(value), -value - 1, value + 0.5, 101];
  if (typeof value === 'boolean') return [...common, String(value), value ? 1 : 0];
  if (typeof value === 'string') return [...common, ` ${value}`, value.toUpperCase(), `${value}0`, [value]];
  if (Array.isArray(value)) return [...common, Object.fromEntries(value.entries()), [...value, null]];
  return value === null ? common : [...common, { ...(value as Record<string, Json>), unknown: 1 }];
}

async function refusalOf(read: () => unknown): Promise<unknown> {
  try {
    await read();
    return undefined;
  } catch (error) {
    return error;
  }
}

const ajv = new Ajv2020({ allowUnionTypes: true });
const schemaOf = (name: string) => JSON.parse(readFileSync(`schemas/${name}.schema.json`, 'utf8')) as object;

test('each schema of a file that is read back has a reader here, and an example', () => {
  expect(Object.keys(READERS).sort()).toEqual(Object.keys(READ_BACK).sort());
  for (const name of Object.keys(READERS)) expect([name, examplesOf(name).length > 0]).toEqual([name, true]);
});

describe.each(Object.entries(READERS))('%s', (name, read) => {
  const keeps = ajv.compile(schemaOf(name));
  test.each(examplesOf(name).map((example, number) => [number + 1, example] as const))(
    'what the schema refuses, the reader refuses, with the field and what to do: example %i',
    async (_, example) => {
      expect(keeps(example)).toBe(true);
      let refused = 0;
      for (const path of places(example)) {
        for (const damage of damages(at(example, path))) {
          const value = changed(example, path, damage);
          const where = `${path.join('/')} ← ${String(JSON.stringify(damage))}`;
          const error = await refusalOf(() => read(value));
          // A field may be well-formed and wrong for other reasons; a defect of ours it is never.
          if (error !== undefined && !(error instanceof UserError)) throw new Error(`${where}: ${error}`);
          if (keeps(value)) continue;
          refused++;
          if (error === undefined) throw new Error(`${where} is read, although the schema refuses it`);
          for (const problem of error.problems) {
            if (problem.where === undefined || problem.fix === undefined)
              throw new Error(`${where}: ${JSON.stringify(problem)} names no field or no fix`);
          }
        }
      }
      expect(refused).toBeGreaterThan(20);
    },
  );
});

test('an approval that is a text, not true, is not an approval', () => {
  const [state = null] = examplesOf('rollout-state');
  const asText = changed(state, ['plan', 'steps', 1, 'approval'], 'true');
  expect(() => parseState(asText, 'demand/rollout')).toThrow(
    /state demand\/rollout#\/plan\/steps\/1\/approval: must be boolean/,
  );
});

test('a step that the plan does not have is refused', () => {
  const [state = null] = examplesOf('rollout-state');
  expect(() => parseState(changed(state, ['step'], 2), 'demand/rollout')).toThrow(
    /#\/step: must be one of the plan’s 2 steps/,
  );
});
