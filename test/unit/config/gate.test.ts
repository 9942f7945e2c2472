import { describe, expect, test } from '@jest/globals';
import { TABLES } from '../../../actions/catalog.ts';
import { loadConfig, UNNAMED } from '../../../shared/config/config.ts';
import { gatedConfig } from '../../../shared/config/gate.ts';
import { COMMON_INPUTS } from '../../../shared/inputs/common.ts';
import { type InputLayer, parseInputs } from '../../../shared/inputs/parse.ts';

const load = (yaml: string | null) =>
  yaml === null ? null : loadConfig(yaml, 'ml-loop.yml', TABLES, COMMON_INPUTS);
const NOTHING: InputLayer = { values: {}, where: (name) => `input ${name}` };

/** The change's file and the base branch's, put together. */
function gated(head: string | null, base: string | null) {
  const config = gatedConfig(load(head), load(base), TABLES);
  if (config === null) throw new Error('neither has a file');
  return {
    config,
    values: (model: string, action = 'validate-model', given = NOTHING) =>
      parseInputs(TABLES[action] ?? {}, [given, ...config.layers(model, action)]) as Record<string, unknown>,
    words: (model: string, action = 'validate-model', given = NOTHING) =>
      config.changes(model, action, given).map(({ what }) => what),
  };
}

const file = (values: string) => `models: { demand: { validate-model: { ${values} } } }`;

describe('what decides how strict a gate is', () => {
  test('comes from the base branch, and what is judged from the change', () => {
    const { values, config } = gated(
      file('metric: mae, margin: 50%, test-data: new.csv, fail-on: never'),
      file('metric: mae, margin: 2%, test-data: old.csv'),
    );
    expect(values('demand')).toMatchObject({
      margin: { value: 0.02 },
      'test-data': 'new.csv',
      'fail-on': 'inconclusive',
    });
    expect(config.changes('demand', 'validate-model', NOTHING)).toEqual([
      {
        what: 'fail-on inconclusive (the default) → never: counts once it is merged',
        place: { file: 'ml-loop.yml', line: 1 },
      },
      {
        what: 'test-data old.csv → new.csv: this change’s is judged',
        place: { file: 'ml-loop.yml', line: 1 },
      },
      { what: 'margin 2% → 50%: counts once it is merged', place: { file: 'ml-loop.yml', line: 1 } },
    ]);
  });

  test('also if the change leaves it out, or adds it', () => {
    const { values, words } = gated(file('metric: mae'), file('metric: mae, margin: 2%'));
    expect(values('demand').margin).toBeDefined();
    expect(words('demand')).toEqual(['margin 2% → not given: counts once it is merged']);
    const added = gated(file('metric: mae, conditions: ["mae < 9"]'), file('metric: mae'));
    expect(added.values('demand').conditions).toBeUndefined();
    expect(added.words('demand')).toEqual(['conditions not given → ["mae < 9"]: counts once it is merged']);
  });

  test('wherever the file says it: in defaults, for the model, in a section that is borrowed from', () => {
    const { values, words } = gated(
      'defaults: { samples: show }\nmodels: { demand: { fail-on: never, validate-data: { data: a, contract: b.yml }, validate-model: {} } }',
      'models: { demand: { validate-data: { data: a, contract: a.yml }, validate-model: {} } }',
    );
    expect(values('demand')).toMatchObject({ samples: 'hide', 'fail-on': 'inconclusive', contract: 'a.yml' });
    expect(words('demand')).toHaveLength(3);
  });

  test('is not changed by another spelling of it', () => {
    expect(
      gated(file('margin: 0.02, slices: a'), file('slices: [a], margin: "0.020"')).words('demand'),
    ).toEqual([]);
  });

  test('is the step’s, if the step gives it', () => {
    const given = { ...NOTHING, values: { margin: '7%' } };
    const { values, words } = gated(file('margin: 50%'), file('margin: 2%'));
    expect(values('demand', 'validate-model', given).margin).toMatchObject({ value: 0.07 });
    expect(words('demand', 'validate-model', given)).toEqual([]);
  });

  test('a value of the base branch that cannot be read does not block its correction', () => {
    const { values, words } = gated(file('margin: 2%'), file('margin: lots'));
    expect(values('demand').margin).toMatchObject({ value: 0.02 });
    expect(words('demand')).toEqual([
      expect.stringMatching(/^margin lots → 2%: the base branch’s is not allowed/),
    ]);
  });

  test('messages name the base branch’s line as such', () => {
    const { values } = gated(file('metric: mae'), file('conditions: ["mae <"]'));
    expect(values('demand').conditions).toEqual(['mae <']);
    const [layer] = gated(file('metric: mae'), file('margin: 2%')).config.layers('demand', 'validate-model');
    expect(layer?.where('margin')).toBe('ml-loop.yml:1 margin on the base branch');
  });

  test('of an action without a section there, that the step calls with its own inputs', () => {
    const { values, words } = gated('defaults: { fail-on: never }', 'defaults: { fail-on: warn }');
    expect(values(UNNAMED)).toMatchObject({ 'fail-on': 'warn' });
    expect(words(UNNAMED)).toEqual(['fail-on warn → never: counts once it is merged']);
  });
});

describe('models and sections', () => {
  const TWO =
    'models: { demand: { validate-data: { data: a }, validate-model: { margin: 2% } }, churn: { validate-data: { data: c } } }';

  test('that the change removes are still expected, as the base branch has them', () => {
    const { config, values, words } = gated('models: { churn: { validate-data: { data: c } } }', TWO);
    expect(config.models).toEqual(['churn', 'demand']);
    expect(config.stages('demand')).toEqual(['validate-data', 'validate-model']);
    expect(values('demand').margin).toMatchObject({ value: 0.02 });
    expect(words('demand')).toEqual([
      'the section validate-model of demand is removed: it counts until this is merged',
    ]);
    expect(words('churn', 'validate-data')).toEqual([]);
    expect(
      gated('models: { demand: { validate-data: { data: a } }, churn: {} }', TWO).config.stages('churn'),
    ).toEqual(['validate-data']);
  });

  test('that it adds are its own', () => {
    const { config, values, words } = gated(
      TWO.replace('}, churn', '}, new: { validate-model: { margin: 9% } }, churn'),
      TWO,
    );
    expect(config.isNew('new', 'validate-model')).toBe(true);
    expect(config.isNew('demand', 'validate-model')).toBe(false);
    expect(values('new').margin).toMatchObject({ value: 0.09 });
    expect(words('new')).toEqual([]);
  });

  test('the whole file, too', () => {
    const removed = gated(null, TWO);
    expect(removed.config.models).toEqual(['demand', 'churn']);
    expect(removed.words('churn', 'validate-data')).toEqual([
      'the section validate-data of churn is removed: it counts until this is merged',
    ]);
    const added = gated(TWO, null);
    expect(added.config.isNew('demand', 'validate-data')).toBe(true);
    expect(added.values('demand').margin).toMatchObject({ value: 0.02 });
    expect(gated('defaults: { fail-on: warn }', null).values(UNNAMED)).toMatchObject({ 'fail-on': 'warn' });
    expect(gatedConfig(null, null, TABLES)).toBeNull();
  });

  test.each([
    [
      'gets a name',
      'models: { demand: { validate-model: { margin: 50% } } }',
      'validate-model: { margin: 2% }',
      'demand',
      'the model without a name is demand now',
    ],
    [
      'loses its name',
      'validate-model: { margin: 50% }',
      file('margin: 2%'),
      UNNAMED,
      'the model demand is without a name now',
    ],
    [
      'is renamed',
      'models: { sales: { validate-model: { margin: 50% } } }',
      file('margin: 2%'),
      'sales',
      'the model demand is sales now',
    ],
  ])('the only model that %s takes its gate along', (_, head, base, model, words) => {
    const both = gated(head, base);
    expect(both.config.models).toEqual([model]);
    expect(both.values(model).margin).toMatchObject({ value: 0.02 });
    expect(both.words(model)).toEqual([words, 'margin 2% → 50%: counts once it is merged']);
  });

  test('one of several that is renamed is one removed and one added', () => {
    const { config } = gated(TWO.replace('demand', 'sales'), TWO);
    expect(config.models).toEqual(['sales', 'churn', 'demand']);
    expect(config.isNew('sales', 'validate-model')).toBe(true);
  });

  test('several that were one without a name have its gate', () => {
    const head = 'models: { a: { validate-model: { margin: 50% } }, b: { validate-model: {} } }';
    const { config, values } = gated(head, 'validate-model: { margin: 2% }');
    expect(config.models).toEqual(['a', 'b']);
    for (const model of config.models) expect(values(model).margin).toMatchObject({ value: 0.02 });
  });
});

test('allow-missing is a part of the gate', () => {
  const lenient = `defaults: { allow-missing: [validate-model] }\n${file('margin: 2%')}`;
  expect(gated(lenient, file('margin: 2%')).words('demand')).toEqual([
    'allow-missing: validate-model is added: it counts once it is merged',
  ]);
  expect(gated(file('margin: 2%'), lenient).words('demand')).toEqual([
    'allow-missing: validate-model is removed: it counts until this is merged',
  ]);
});
