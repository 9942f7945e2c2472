/** Every example of ml-loop.yml, and of a step of ours, says what the actions understand. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { ACTIONS, TABLES } from '../../../actions/catalog.ts';
import { definition as root } from '../../../actions/root/inputs.ts';
import { loadConfig } from '../../../shared/config/config.ts';
import { COMMON_INPUTS } from '../../../shared/inputs/common.ts';
import { parseInputs } from '../../../shared/inputs/parse.ts';
import type { InputTable } from '../../../shared/inputs/table.ts';

const PAGES = [
  'README.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  ...Object.keys(ACTIONS).map((name) => `actions/${name}/README.md`),
  'actions/root/README.md',
];

interface Example {
  readonly at: string;
  readonly text: string;
  readonly value: unknown;
}

function examplesOf(page: string): Example[] {
  const content = readFileSync(page, 'utf8');
  return [...content.matchAll(/^ *```ya?ml\n([\s\S]*?)^ *```$/gm)].map(({ 1: text = '', index }) => ({
    at: `${page}:${content.slice(0, index).split('\n').length}`,
    text,
    value: parse(text),
  }));
}

const examples = PAGES.flatMap(examplesOf);
const keysOf = (value: unknown) => (value !== null && typeof value === 'object' ? Object.keys(value) : []);

const configs = examples.filter(({ value }) =>
  keysOf(value).some((key) => key === 'models' || Object.hasOwn(ACTIONS, key)),
);
test.each(configs)('$at is an ml-loop.yml', ({ at, text }) => {
  const config = loadConfig(text, at, TABLES, COMMON_INPUTS);
  expect(config.models.length).toBeGreaterThan(0);
});

interface Step {
  readonly at: string;
  readonly action: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** Steps wherever they stand in an example. */
function stepsIn(value: unknown, at: string): Step[] {
  if (value === null || typeof value !== 'object') return [];
  const { uses, with: inputs = {} } = value as { uses?: unknown; with?: Readonly<Record<string, unknown>> };
  const [, action = 'root'] = /^ml-loop\/ml-loop(?:\/actions\/([\w-]+))?@/.exec(String(uses)) ?? ['', ''];
  const own = action === '' ? [] : [{ at, action, inputs }];
  return [...own, ...Object.values(value).flatMap((inner) => stepsIn(inner, at))];
}

const steps = examples.flatMap(({ at, value }) => stepsIn(value, at));
test.each(steps)('$at: the step of $action has inputs of that action', ({ action, inputs, at }) => {
  const table: InputTable = action === 'root' ? root.inputs : (TABLES[action] as InputTable);
  const known = Object.entries(inputs).map(([name]) => Object.hasOwn(table, name) || `${name} is not known`);
  expect(known.filter((one) => one !== true)).toEqual([]);
  // What an expression stands for is known to GitHub alone.
  const given = Object.entries(inputs).filter(([, value]) => !String(value).includes('${{'));
  const partial = Object.fromEntries(given.map(([name]) => [name, { ...table[name], required: false }]));
  parseInputs(partial as InputTable, [{ values: Object.fromEntries(given), where: () => at }]);
});
