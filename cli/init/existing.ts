/** What a repository that is set up already says: it wins over guesses. */
import { parse } from 'yaml';
import type { Inputs } from './inputs.ts';

/** Where `ml-loop.yml` has what a flag says. */
const PLACES: Readonly<Record<string, readonly (readonly [section: string, key: string])[]>> = {
  data: [['validate-data', 'data']],
  label: [
    ['validate-model', 'label'],
    ['validate-data', 'label'],
  ],
  timestamp: [['validate-data', 'timestamp']],
  id: [['validate-model', 'id']],
  'test-data': [['validate-model', 'test-data']],
  predict: [['validate-model', 'predict']],
  candidate: [['validate-model', 'candidate']],
  metric: [['validate-model', 'metric']],
  margin: [['validate-model', 'margin']],
  model: [
    ['register-model', 'model'],
    ['validate-model', 'model'],
  ],
};
const LISTS = ['data', 'predict'];

/** The flags, and below them what the file says; a file with several models, or one that is not YAML, says nothing. */
export function withExisting(inputs: Inputs, config: string): Inputs {
  const said = config === '' ? undefined : parsed(config);
  if (said === undefined) return inputs;
  const values = Object.entries(PLACES).flatMap(([flag, places]) => {
    const found = places
      .map(([section, key]) => said[section]?.[key])
      .find((value) => value !== undefined && value !== null);
    if (found === undefined) return [];
    const list = [found].flat().map(String);
    return [[flag, LISTS.includes(flag) ? list : list[0]]];
  });
  const given = Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== undefined));
  return { ...inputs, ...Object.fromEntries(values), ...given };
}

/** The sections that the file has. */
export function configSections(config: string): readonly string[] {
  return Object.keys((config === '' ? undefined : parsed(config)) ?? {});
}

type Said = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;

function parsed(config: string): Said | undefined {
  try {
    const value = parse(config) as unknown;
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Said) : undefined;
  } catch {
    return undefined;
  }
}
