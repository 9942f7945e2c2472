import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mainLoop } from '../../../shared/host/loop.ts';
import { main } from '../../../shared/host/main.ts';
import { type Action, failure } from '../../../shared/host/stage.ts';
import type { Start, Surface } from '../../../shared/host/surface.ts';
import { commonInputs } from '../../../shared/inputs/common.ts';
import { text, textList } from '../../../shared/inputs/kinds.ts';
import { defaulted, type InputTable, optional } from '../../../shared/inputs/table.ts';
import { verdictOf } from '../../../shared/verdict/verdict.ts';

const inputs: InputTable = { ...commonInputs('fail'), word: optional(text(), 'A word.') };
/** Says its word in its verdict; the word `broken` is a defect, `missing` one whose files are not there. */
const ACTION: Action = {
  definition: {
    name: 'validate-data',
    title: 'T',
    description: 'D.',
    icon: 'check',
    inputs,
    outputs: {},
  },
  load: async () => async (given, ports) => {
    const word = String(given.word);
    if (word === 'broken') throw new Error('a defect');
    if (word === 'missing') await ports.files.glob(['later/*.csv']);
    return {
      verdict: verdictOf({
        action: 'validate-data',
        name: String(given.name),
        subjects: [],
        checks: [{ id: 'x.y', status: 'pass', message: word }],
        createdAt: ports.clock.now(),
      }),
      outputs: {},
    };
  },
};

let folder: string;
let outputs: Record<string, string>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'main-'));
  outputs = {};
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (path: string, content: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
};
const has = (path: string) => existsSync(join(folder, path));
const wordOf = (path: string) =>
  (JSON.parse(readFileSync(join(folder, path), 'utf8')) as { checks: { message: string }[] }).checks[0]
    ?.message;

function start(values: Record<string, string>): Start {
  const surface: Surface = {
    log: { info: () => {} },
    runner: { github: false, hosted: false, event: 'push' },
    given: () => ({
      values: { 'working-directory': folder, ...values },
      where: (name) => `input ${name}`,
    }),
    mask: () => {},
    annotate: () => {},
    summarise: async () => {},
    output: (name, value) => {
      outputs[name] = value;
    },
  };
  return { surface, env: {}, tables: async () => ({ 'validate-data': inputs }) };
}

describe('a stale pass does not survive', () => {
  const old = () => {
    put('ml-loop-report/validate-data/verdict.json', '{}');
    put('ml-loop-report/validate-data/report.html', 'all passed');
  };
  const isGone = () =>
    !has('ml-loop-report/validate-data/verdict.json') && !has('ml-loop-report/validate-data/report.html');

  test('an input that is not allowed', async () => {
    old();
    expect(await main(ACTION, start({ 'fail-on': 'sometimes' }))).toBe(2);
    expect(isGone()).toBe(true);
  });

  test('a configuration file that cannot be read', async () => {
    old();
    put('ml-loop.yml', 'validate-dta: {}');
    expect(await main(ACTION, start({}))).toBe(2);
    expect(outputs.status).toBe('error');
    expect(isGone()).toBe(true);
  });

  test('under an id that YAML takes for a number', async () => {
    put('ml-loop.yml', 'report-id: 2024\nvalidate-data: {word: broken}');
    put('ml-loop-report/validate-data-2024/verdict.json', '{}');
    expect(await main(ACTION, start({}))).toBe(3);
    expect(has('ml-loop-report/validate-data-2024/verdict.json')).toBe(false);
  });
});

describe('the root', () => {
  const stage = defaulted(textList(), 'auto', 'S.');
  const loop = {
    definition: { ...ACTION.definition, name: 'root' as const, inputs: { ...inputs, stage } },
    actions: { 'validate-data': ACTION },
    auto: { push: ['validate-data'] },
    acting: [],
    alone: {},
  };
  const TWO = 'models:\n  a: {validate-data: {word: one}}\n  b: {validate-data: {word: two}}\n';

  test('keeps the reports of several models apart, also under an id of the step', async () => {
    put('ml-loop.yml', TWO);
    expect(await mainLoop(loop, start({ 'report-id': 'linux' }))).toBe(0);
    expect(wordOf('ml-loop-report/validate-data-linux-a/verdict.json')).toBe('one');
    expect(wordOf('ml-loop-report/validate-data-linux-b/verdict.json')).toBe('two');
    expect(await mainLoop(loop, start({}))).toBe(0);
    expect(wordOf('ml-loop-report/validate-data-a/verdict.json')).toBe('one');
  });

  test('writes its index beside the reports, wherever the file has them', async () => {
    put('ml-loop.yml', `defaults: {report-directory: out}\n${TWO}`);
    expect(await mainLoop(loop, start({}))).toBe(0);
    expect(outputs).toMatchObject({ status: 'pass', report: 'out/index.html', stages: 'out/stages.json' });
    expect(readFileSync(join(folder, 'out/index.html'), 'utf8')).toContain('validate-data-b/report.html');
  });

  test('a report folder that cannot be written is the user’s to fix', async () => {
    put('ml-loop.yml', TWO);
    put('taken', '');
    expect(await mainLoop(loop, start({ 'report-directory': 'taken' }))).toBe(2);
    expect(outputs.status).toBe('error');
  });
});

test.each(['ENOSPC', 'EDQUOT', 'EFBIG'])(
  'a full disk (%s) is the user’s to fix, wherever it is met',
  (code) => {
    const error = Object.assign(new Error(`${code}: no space left on device, write`), { code });
    expect(failure(error)).toMatchObject({
      kind: 'refused',
      exit: 2,
      error: {
        problems: [{ what: `a disk is full: ${error.message}`, fix: expect.stringMatching(/free space/) }],
      },
    });
  },
);
