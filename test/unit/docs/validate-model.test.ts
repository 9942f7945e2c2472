import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { ACTIONS } from '../../../actions/catalog.ts';
import { runStage } from '../../../shared/host/run-stage.ts';
import type { Action, StageResult } from '../../../shared/host/stage.ts';
import type { Surface } from '../../../shared/host/surface.ts';
import { parseFlags, terminalSurface } from '../../../shared/host/terminal.ts';
import { messageOf } from '../../../shared/problem/problem.ts';
import { plainSummary } from '../../../shared/report/text.ts';
import { randomFrom } from '../../../shared/stats/random.ts';
import type { Status } from '../../../shared/verdict/status.ts';
import { csv } from '../model/helpers.ts';

const PAGE = 'docs/validate-model.md';
const action = ACTIONS['validate-model'] as Action;

interface Block {
  /** The nearest heading above, and which of its examples it is. */
  readonly name: string;
  readonly language: string;
  readonly text: string;
  /** The file that the line above names, for blocks that are files. */
  readonly file?: string;
  /** What the page says that the example prints. */
  readonly prints?: string;
}

function blocksOf(page: string): Block[] {
  const found: Block[] = [];
  let heading = '';
  const parts = page.matchAll(/^#+ (.+)$|(?:`(\w[\w/-]*\.\w+)`:\n\n)?^```(\w+)\n([\s\S]*?)^```$/gm);
  for (const [, title, file, language = '', text = ''] of parts) {
    if (title !== undefined) heading = title;
    else if (language === 'text') found.push({ ...(found.pop() as Block), prints: text });
    else {
      const name = `${heading}, ${found.filter((block) => block.name.startsWith(`${heading}, `)).length + 1}`;
      found.push({ name, language, text, ...(file === undefined ? {} : { file }) });
    }
  }
  return found;
}

const blocks = blocksOf(await readFile(PAGE, 'utf8'));
const files = blocks.filter(({ file }) => file !== undefined);
const examples = blocks.filter(({ language, file }) => file === undefined && language !== 'ebnf');

/** What each example comes to; all others pass. */
const STATUSES: Readonly<Record<string, Status>> = {
  'The first gate that helps, 1': 'inconclusive',
  'Metrics files, 2': 'warn',
};

/** Customers, of whom two models and an anchor say how likely they are to leave. */
function customers(n: number) {
  const random = randomFrom(11);
  const noise = (spread: number) => spread * (2 * random.uniform() - 1);
  return Array.from({ length: n }, (_, i) => {
    const logit = 8 * random.uniform() - 4;
    const probability = (x: number) => Number((1 / (1 + Math.exp(-x))).toFixed(4));
    const about = logit + noise(0.5);
    return {
      row: {
        id: `c${i}`,
        region: ['north', 'south', 'west'][i % 3] ?? '',
        sex: (i >> 1) % 2 === 0 ? 'f' : 'm',
        age: 18 + ((i * 7) % 60),
        time: `2026-01-${String(2 + (i % 28)).padStart(2, '0')}`,
        weight: 1 + (i % 2),
        label: random.uniform() < probability(logit) ? 1 : 0,
      },
      candidate: probability(about),
      production: probability(about + noise(0.7)),
      anchor: probability(about + noise(0.7)),
    };
  });
}

type Role = 'candidate' | 'production' | 'anchor';

function filesOf(all: ReturnType<typeof customers>): Record<Role | 'test', string> {
  const predictions = (role: Role) =>
    csv(all.map((each) => ({ id: each.row.id, prediction: each[role] >= 0.5 ? 1 : 0, score: each[role] })));
  return {
    test: csv(all.map(({ row }) => row)),
    candidate: predictions('candidate'),
    production: predictions('production'),
    anchor: predictions('anchor'),
  };
}

/** Rows as lm-evaluation-harness writes them with `--log_samples`. */
function samples(share: number): string {
  const random = randomFrom(5);
  return Array.from({ length: 800 }, (_, doc_id) => {
    const acc = random.uniform() < share ? 1 : 0;
    const sample = { doc_id, doc: { question: '…' }, target: 'A', filter: 'none', metrics: ['acc'], acc };
    return `${JSON.stringify(sample)}\n`;
  }).join('');
}

let made: string;
const write = async (folder: string, path: string, text: string) => {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
};

beforeAll(async () => {
  made = await mkdtemp(join(tmpdir(), 'ml-loop-page-'));
  const all = customers(2000);
  for (const [folder, some] of [
    ['.', all],
    ['small', all.slice(-300)],
  ] as const) {
    for (const [name, text] of Object.entries(filesOf(some)))
      await write(made, `${folder}/${name}.csv`, text);
  }
  const scored = customers(300).map(({ row, candidate }) => {
    return JSON.stringify({ customer: row.id, churn: row.label === 1 ? 'yes' : 'no', p: candidate });
  });
  await write(made, 'scores.jsonl', `${scored.join('\n')}\n`);
  await write(made, 'samples_new.jsonl', samples(0.71));
  await write(made, 'samples_old.jsonl', samples(0.69));
  await write(made, 'model/weights.json', '{ "weight": 1 }');
  await write(made, 'production/weights.json', '{ "weight": 1.01 }');
  const earlier = customers(50).map(({ row }) => ({ ...row, id: `t${row.id}`, age: row.age + 60 }));
  await write(made, 'train/2025.csv', csv(earlier));
  for (const { file = '', text } of files) await write(made, file, text);
});
afterAll(() => rm(made, { recursive: true, force: true }));

/** Runs the example in a folder of its own. */
async function run(values: Readonly<Record<string, unknown>>, event?: string): Promise<StageResult> {
  const folder = await mkdtemp(join(tmpdir(), 'ml-loop-example-'));
  try {
    await cp(made, folder, { recursive: true });
    return await runIn(folder, values, event);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function runIn(
  folder: string,
  values: Readonly<Record<string, unknown>>,
  event?: string,
): Promise<StageResult> {
  const terminal = terminalSurface({ values, outputs: false }, {});
  const surface: Surface = {
    ...terminal,
    log: { info: () => {} },
    runner: { ...terminal.runner, ...(event === undefined ? {} : { event }) },
  };
  const where = (name: string) => name;
  return runStage(action, {
    surface,
    env: process.env,
    // Fewer draws than the default, for time.
    layers: [{ values: { ...values, draws: 400, 'working-directory': folder }, where }],
  });
}

/** The arguments of a command over one or more lines. */
function argumentsOf(command: string): string[] {
  return command.replaceAll('\\\n', ' ').trim().split(/\s+/);
}

function inputsOf({ language, text }: Block): Readonly<Record<string, unknown>> {
  if (language === 'yaml') {
    const { 'validate-model': inputs } = parse(text) as Record<string, Record<string, unknown>>;
    return inputs ?? {};
  }
  const [node, bundle, command, ...flags] = argumentsOf(text);
  expect([node, bundle, command]).toEqual(['node', 'dist/cli.mjs', 'validate-model']);
  return parseFlags(flags, action.definition.inputs).values;
}

function verdictOf(result: StageResult) {
  if (result.kind !== 'verdict') throw new Error(messageOf(result.error));
  return result.verdict;
}

describe(PAGE, () => {
  test('every block is an example, a file, the grammar, or what an example prints', () => {
    expect(new Set(blocks.map(({ language }) => language))).toEqual(
      new Set(['sh', 'yaml', 'js', 'json', 'ebnf']),
    );
    expect(files.map(({ file }) => file)).toEqual(['predict.mjs', 'report.json', 'cost.mjs']);
    expect(examples.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(STATUSES)));
  });

  const judged = examples.filter(({ text }) => !text.includes('record-use'));
  test.each(judged.map((block) => [block.name, block] as const))('%s', async (name, block) => {
    const verdict = verdictOf(await run(inputsOf(block)));
    const failing = verdict.checks.filter(({ status }) => status !== 'pass' && status !== 'warn');
    const expected = STATUSES[name];
    if (expected === undefined) expect(failing).toEqual([]);
    else expect(verdict.status).toBe(expected);
    const listed = verdict.checks.map(({ status, id, message }) => `${status} ${id}: ${message}`);
    const printed = [...plainSummary(verdict).split('\n'), ...listed].map((line) => line.trim());
    for (const line of (block.prints ?? '').split('\n').filter((each) => each.trim() !== ''))
      expect(printed).toContain(line.trim());
  });

  test('a use on a pull request is counted by its own command, once', async () => {
    const [block] = examples.filter(({ text }) => text.includes('record-use'));
    if (block === undefined) throw new Error('the page has no such example');
    const folder = await mkdtemp(join(tmpdir(), 'ml-loop-example-'));
    try {
      await cp(made, folder, { recursive: true });
      const [example] = judged.filter(({ text }) => text.includes('ledger: strict'));
      if (example === undefined) throw new Error('the page has no example of a ledger');
      const asked = { ...inputsOf(example), 'report-directory': 'report' };
      const first = verdictOf(await runIn(folder, asked, 'pull_request'));
      const recorded = [];
      for (const _ of [1, 2]) {
        const result = await runIn(folder, { ...inputsOf(block), 'report-id': 'record' });
        recorded.push(verdictOf(result).checks.map(({ message }) => message));
      }
      const again = verdictOf(await runIn(folder, asked, 'pull_request'));
      expect(recorded).toEqual([
        ['the use of the test set is counted'],
        ['this use of the test set was counted before'],
      ]);
      expect(first.measures.test_set).toMatchObject({ use: 1, budget_left: 19 });
      expect(again.checks.find(({ id }) => id === 'test-set.reuse')?.message).toContain('not charged again');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
