import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { parseContract } from '../../../shared/contract/contract.ts';
import { readLabels } from '../../../shared/drift/labels.ts';
import { readDriftState } from '../../../shared/drift/state.ts';
import { readMetricsFile } from '../../../shared/model/aggregate/file.ts';
import { readJudged } from '../../../shared/model/predictions.ts';
import { readSheet } from '../../../shared/model/sheet.ts';
import { parseProfile } from '../../../shared/profile/file.ts';
import { readPredictionLog } from '../../../shared/read/prediction-log.ts';
import { readManifest } from '../../../shared/registry/manifest.ts';
import { readVerdicts } from '../../../shared/registry/verdicts.ts';
import { fileRouter } from '../../../shared/rollout/file-router.ts';
import { parseState } from '../../../shared/rollout/state.ts';
import { directoryState } from '../../../shared/state/directory.ts';
import type { Json } from '../../../shared/verdict/verdict.ts';
import { judgedOf, OPTIONS } from '../model/helpers.ts';

interface Block {
  readonly language: string;
  readonly text: string;
}

interface Section {
  readonly title: string;
  /** File names of schemas: of the document, and of its `value` if there is a second. */
  readonly schemas: readonly string[];
  readonly blocks: readonly Block[];
}

const sections = readFileSync('docs/files.md', 'utf8')
  .split(/^## /m)
  .slice(1)
  .map((text): Section => {
    return {
      title: text.slice(0, text.indexOf('\n')),
      schemas: [...text.matchAll(/\]\(\.\.\/schemas\/([^)]+)\)/g)].map(([, name]) => name ?? ''),
      blocks: [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language, block]) => ({
        language: language ?? '',
        text: block ?? '',
      })),
    };
  });

function blockOf(title: string, language: string): string {
  const section = sections.find((candidate) => candidate.title === title);
  const block = section?.blocks.find((candidate) => candidate.language === language);
  if (block === undefined) throw new Error(`docs/files.md has no ${language} example of ${title}`);
  return block.text;
}

/** The documents of an example: one, or one a line. */
function documents({ language, text }: Block): unknown[] {
  if (language === 'json') return [JSON.parse(text)];
  if (language === 'yaml') return [parse(text)];
  if (language !== 'jsonl') return [];
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

function faults(schema: string, document: unknown): unknown {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
  addFormats.default(ajv);
  const validate = ajv.compile(JSON.parse(readFileSync(`schemas/${schema}`, 'utf8')));
  return validate(document) ? [] : validate.errors;
}

const sourceOf = (name: string, text: string) => ({ name, open: () => Readable.from([Buffer.from(text)]) });

describe('docs/files.md', () => {
  test('every published schema has its section', () => {
    expect([...new Set(sections.flatMap(({ schemas }) => schemas))].sort()).toEqual(
      readdirSync('schemas').sort(),
    );
  });

  const withSchema = sections.filter(({ schemas }) => schemas.length > 0);
  test.each(withSchema.map((section) => [section.title, section] as const))(
    '%s: the examples keep the schema',
    (_, { schemas, blocks }) => {
      const examples = blocks.flatMap(documents);
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) {
        expect(faults(schemas[0] ?? '', example)).toEqual([]);
        const inner = schemas[1];
        if (inner !== undefined) expect(faults(inner, (example as { value: unknown }).value)).toEqual([]);
      }
    },
  );
});

describe('ml-loop reads the examples', () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'ml-loop-docs-'));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  test.each(['jsonl', 'csv'])('prediction log, %s', async (language) => {
    const text = blockOf('Prediction log', language);
    const { rows } = await readPredictionLog([sourceOf(`log.${language}`, text)]);
    expect(rows[1]).toMatchObject({ id: 'r-1002', model: '1.1.0', variant: 'canary', status: 200 });
    expect(Object.keys(rows[0]?.features ?? {})).toEqual(['hr', 'temp']);
  });

  test('labels: the latest holds, and what is later than now has not come', async () => {
    const sources = [sourceOf('labels.csv', blockOf('Labels', 'csv'))];
    const columns = { id: 'id', label: 'label', maxUnreadable: 0 };
    const early = await readLabels(sources, columns, new Date('2026-01-06T12:00:00Z'));
    expect([...early]).toEqual([
      ['r-1001', '199'],
      ['r-1002', '199'],
    ]);
    const late = await readLabels(sources, columns, new Date('2026-02-01T00:00:00Z'));
    expect(late.get('r-1001')).toBe('203');
  });

  test('predictions', async () => {
    const text = blockOf('Predictions to be judged', 'csv');
    const sheet = await readSheet(sourceOf('predictions.csv', text), ['instant', 'prediction']);
    expect(sheet.cells('prediction')).toEqual(['212.5', '208.1']);
  });

  test('predictions of classes with a score each, and of several labels a row', async () => {
    const section = sections.find(({ title }) => title === 'Predictions to be judged');
    const [, byClass] = section?.blocks.filter(({ language }) => language === 'csv') ?? [];
    const classes = await judgedOf(
      { candidate: byClass?.text ?? '' },
      { columns: { ...OPTIONS.columns, score: 'p_*' } },
    );
    expect(classes).toMatchObject({ n: 2, task: 'classification' });
    const lines = blockOf('Predictions to be judged', 'jsonl');
    const sheet = await readSheet(sourceOf('candidate.jsonl', lines), 'all');
    const labels = readJudged({ candidate: sheet }, { ...OPTIONS, task: 'multilabel' });
    expect(labels).toMatchObject({ n: 2, task: 'multilabel' });
  });

  test('metrics files', () => {
    const { numbers } = readMetricsFile(blockOf('Metrics files', 'json'), 'metrics.json');
    expect(numbers).toEqual({ accuracy: 0.912, 'test.mae': 43.1, 'test.rows': 2160 });
    const card = `---\n${blockOf('Metrics files', 'yaml')}---\n# reviews\n`;
    expect(readMetricsFile(card, 'README.md').numbers).toMatchObject({
      accuracy: 0.91,
      'imdb.accuracy': 0.91,
    });
  });

  test('contract', () => {
    const contract = parseContract(blockOf('Contract', 'yaml'), 'contract.yml');
    expect(contract.table).toMatchObject({ key: ['id'], rows: { min: 1 }, notCompared: ['id'] });
  });

  test('router weights', async () => {
    const path = join(root, 'router.json');
    writeFileSync(path, blockOf('Router weights', 'json'));
    const weights = await fileRouter(path, { now: () => new Date(), sleep: async () => {} }).read();
    expect(weights).toMatchObject({ stable: { weight: 90 }, canary: { weight: 10 } });
  });

  test('verdict', () => {
    const [read] = readVerdicts([{ file: 'verdict.json', text: blockOf('Verdict', 'json') }]);
    expect(read?.verdict.status).toBe('pass');
  });

  test('profile', () => {
    expect(parseProfile(blockOf('Profile', 'json'), 'profile.json').rows).toBe(60);
  });

  test('model manifest, whose digest is that of its files', () => {
    const text = blockOf('Model manifest', 'json');
    expect(readManifest(text, 'manifest.json', { name: 'demand', version: '1.1.0' }).files).toHaveLength(2);
  });

  test('drift state, in a folder', async () => {
    mkdirSync(join(root, 'demand'));
    writeFileSync(join(root, 'demand/drift.json'), blockOf('Drift state', 'json'));
    const { state } = await readDriftState(
      directoryState(root),
      'demand/drift',
      new Date('2026-02-09T06:00:00Z'),
    );
    expect(state?.retrain?.status).toBe('dispatched');
  });

  test('rollout state', () => {
    const value = JSON.parse(blockOf('Rollout state', 'json')) as Json;
    expect(parseState(value, 'demand/rollout').phase).toBe('step');
  });
});
