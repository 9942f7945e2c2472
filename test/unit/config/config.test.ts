import { describe, expect, test } from '@jest/globals';
import { loadConfig, UNNAMED } from '../../../shared/config/config.ts';
import { COMMON_INPUTS } from '../../../shared/inputs/common.ts';
import { share, text, textList } from '../../../shared/inputs/kinds.ts';
import { parseInputs } from '../../../shared/inputs/parse.ts';
import { defaulted, optional, required } from '../../../shared/inputs/table.ts';
import { UserError } from '../../../shared/problem/problem.ts';

const tables = {
  'validate-data': {
    ...COMMON_INPUTS,
    data: required(textList(), 'The data.'),
    margin: defaulted(share(), '0.05', 'The margin.'),
  },
  'check-drift': {
    ...COMMON_INPUTS,
    labels: optional(text(), 'The labels.'),
    margin: optional(share(), 'The margin.', { from: 'validate-data' }),
  },
  'register-model': { ...COMMON_INPUTS },
};
const load = (yaml: string) => loadConfig(yaml, 'ml-loop.yml', tables, COMMON_INPUTS);

describe('ml-loop.yml', () => {
  test('a model has a section per action, whose keys are the inputs', () => {
    const config = load('models:\n  demand:\n    validate-data: { data: data/*.csv, margin: 2% }\n');
    expect(config.models).toEqual(['demand']);
    expect(config.stages('demand')).toEqual(['validate-data']);
    const inputs = parseInputs(tables['validate-data'], config.layers('demand', 'validate-data'));
    expect(inputs).toMatchObject({ data: ['data/*.csv'], margin: 0.02 });
  });

  test('the registry of all actions is that of the section that registers models, else auto', () => {
    const registryOf = (yaml: string) => {
      const layers = load(yaml).layers(UNNAMED, 'check-drift');
      return parseInputs(tables['check-drift'], layers).registry;
    };
    expect(registryOf('check-drift: {}\n')).toBeUndefined();
    expect(registryOf('check-drift: {}\nregister-model: {}\n')).toBe('auto');
    expect(registryOf('check-drift: {}\nregister-model: { registry: dir:a }\n')).toBe('dir:a');
    expect(registryOf('check-drift: { registry: dir:b }\nregister-model: { registry: dir:a }\n')).toBe(
      'dir:b',
    );
    expect(registryOf('defaults: { registry: dir:c }\ncheck-drift: {}\nregister-model: {}\n')).toBe('dir:c');
  });

  test('a repository with one model leaves `models` out', () => {
    const config = load('name: demand\nvalidate-data: { data: [a.csv, "b,c.csv"] }\n');
    expect(config.models).toEqual([UNNAMED]);
    const inputs = parseInputs(tables['validate-data'], config.layers(UNNAMED, 'validate-data'));
    expect(inputs).toMatchObject({ data: ['a.csv', 'b,c.csv'], name: 'demand' });
  });

  test('the model’s section wins over its common inputs, those over the defaults', () => {
    const config = load(
      'defaults: { samples: show, fail-on: warn }\nmodels: { m: { samples: hide, validate-data: { data: x, fail-on: never } } }',
    );
    const inputs = parseInputs(tables['validate-data'], config.layers('m', 'validate-data'));
    expect(inputs).toMatchObject({ samples: 'hide', 'fail-on': 'never' });
  });

  test('anchors, aliases and empty sections are read', () => {
    const config = load('defaults: &d { samples: show }\nmodels:\n  a: *d\n  b:\n');
    expect(config.layers('a', 'validate-data')[0]?.values).toEqual({ samples: 'show' });
    expect(config.models).toEqual(['a', 'b']);
  });

  test('all problems are reported at once, each with its line and the nearest name', () => {
    const yaml =
      'modles: {}\nmodels:\n  m:\n    validate-dta: {}\n    check-drift:\n      lables: x\n    validate-data: 3\n';
    expect(() => load(yaml)).toThrow(UserError);
    try {
      load(yaml);
    } catch (error) {
      const { problems } = error as UserError;
      expect(problems.map((problem) => problem.where)).toEqual([
        'ml-loop.yml:1',
        'ml-loop.yml:4',
        'ml-loop.yml:6',
        'ml-loop.yml:7',
      ]);
      expect(problems[1]?.fix).toContain('did you mean validate-data');
    }
  });

  test('an alias without its anchor is a problem of the file, as a value and as a section', () => {
    expect(() => load('name: *nowhere\n')).toThrow(UserError);
    expect(() => load('name: *nowhere\n')).toThrow(/ml-loop\.yml:1: Unresolved alias/);
    expect(() => load('\nvalidate-data: *nowhere\n')).toThrow(/ml-loop\.yml:2: validate-data must be a map/);
  });

  test('a YAML error names its line', () => {
    expect(() => load('models:\n  a: [1,\n  b: 2')).toThrow(/ml-loop\.yml:\d/);
  });

  test('an input may come from another action’s section, with its line, if its own does not give it', () => {
    const margin = (yaml: string) =>
      parseInputs(tables['check-drift'], load(yaml).layers(UNNAMED, 'check-drift')).margin;
    const data = 'validate-data: { data: a.csv, margin: 0.1 }\n';
    expect(margin(`${data}check-drift: {}\n`)).toBe(0.1);
    expect(margin(`${data}check-drift: { margin: 0.2 }\n`)).toBe(0.2);
    expect(margin(`defaults: { ${data.trim()} }\n`)).toBe(0.1);
    expect(margin('validate-data: { data: a.csv }\n')).toBeUndefined();
    expect(() => margin('validate-data:\n  data: a.csv\n  margin: 7\n')).toThrow(/ml-loop\.yml:3 margin/);
  });

  test('a value that is not allowed is reported with the line of the file', () => {
    const config = load('validate-data:\n  data: a.csv\n  margin: 7\n');
    expect(() => parseInputs(tables['validate-data'], config.layers(UNNAMED, 'validate-data'))).toThrow(
      /ml-loop\.yml:3 margin: "7" is not allowed: it must be a share/,
    );
  });
});

describe('allow-missing', () => {
  test('names the actions whose files may be missing, in defaults', () => {
    expect(load('validate-data: { data: x }').allowMissing).toEqual([]);
    expect(load('defaults: { allow-missing: [check-drift] }').allowMissing).toEqual(['check-drift']);
    expect(load('defaults:\n  allow-missing:\n').allowMissing).toEqual([]);
    expect(load('defaults: { samples: show, allow-missing: validate-data }').allowMissing).toEqual([
      'validate-data',
    ]);
    expect(load('defaults: { allow-missing: [check-drift] }').layers(UNNAMED, 'check-drift')).toEqual([]);
  });

  test.each([
    ['validate-dta', /ml-loop\.yml:2: there is no stage "validate-dta" → did you mean validate-data/],
    ['[Check-Drift]', /no stage "Check-Drift"/],
    ['[all]', /no stage "all" → use one of: validate-data, check-drift/],
    ['true', /allow-missing must be a list/],
    ['{ validate-data: true }', /allow-missing must be a list/],
    ['[[validate-data]]', /allow-missing must be a list of texts/],
    ['*nowhere', /ml-loop\.yml:2: Unresolved alias/],
  ])('%s is an error', (value, message) => {
    expect(() => load(`defaults:\n  allow-missing: ${value}\n`)).toThrow(message);
  });

  test.each([
    'allow-missing: [validate-data]',
    'models: { m: { allow-missing: [validate-data] } }',
    'validate-data: { allow-missing: true }',
  ])('stands nowhere else: %s', (yaml) => {
    expect(() => load(yaml)).toThrow(/there is no "allow-missing" here → write it below `defaults:`/);
  });
});

describe('names of models', () => {
  test('are as they are written, numbers too', () => {
    expect(load('models: { 1.10: {}, 007: {}, 1e3: {}, true: {} }').models).toEqual([
      '1.10',
      '007',
      '1e3',
      'true',
    ]);
  });

  test.each([
    'models: { a: { name: b, check-drift: {} } }',
    'models: { a: { check-drift: { name: b } } }',
    'models: { a: { check-drift: {} } }\ndefaults: { name: b }',
    'models: { a: { check-drift: {} } }\ndefaults: { check-drift: { name: A } }',
  ])('are their keys: %s', (yaml) => {
    expect(() => load(yaml)).toThrow(/is not the model's name, which is its key a → remove `name`/);
  });

  test('may be said again', () => {
    expect(load('models: { a: { name: a, check-drift: { name: " a " } } }').models).toEqual(['a']);
  });
});
