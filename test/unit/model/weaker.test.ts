import { describe, expect, test } from '@jest/globals';
import { definition } from '../../../actions/validate-model/inputs.ts';
import { loadConfig } from '../../../shared/config/config.ts';
import { configuredBy } from '../../../shared/host/configured.ts';
import type { Start } from '../../../shared/host/main.ts';
import { COMMON_INPUTS } from '../../../shared/inputs/common.ts';
import { implies } from '../../../shared/model/conditions/implies.ts';
import { parseConditions } from '../../../shared/model/conditions/parse.ts';
import { weakerThan } from '../../../shared/model/weaker.ts';
import type { ComparedSubjects, JsonObject } from '../../../shared/verdict/verdict.ts';

const tables = { 'validate-model': definition.inputs };

/** What the configuration file asks of validate-model for demand. */
async function asked(config: string) {
  const start = { tables: async () => tables, env: {}, surface: {} } as unknown as Start;
  const { asked } = configuredBy(
    loadConfig(config, 'ml-loop.yml', tables, COMMON_INPUTS),
    { kind: 'none' },
    start,
  );
  return (await asked?.('validate-model', 'demand')) ?? null;
}

const production = { name: 'model:demand@1.0.0', digest: null };
const BOUND: ComparedSubjects = { binding: 'bound', production, anchor: null };

async function weaker(section: string, configuration: JsonObject, compared: ComparedSubjects = BOUND) {
  const settings = await asked(`validate-model: ${section}`);
  if (settings === null) throw new Error('nothing is asked');
  return weakerThan(settings, { configuration, compared });
}

/** What validate-model writes by itself. */
const DEFAULTS = {
  ...{ 'min-slice-size': 30, 'min-group-size': 30, 'group-difference': 'equalized_odds_difference' },
  ...{ ledger: 'warn', 'first-release': 'require-thresholds', 'require-bound': false },
};

describe('as strict as asked', () => {
  test.each<[string, JsonObject]>([
    ['{}', {}],
    ['{ metric: mae, margin: 2% }', { metric: 'mae', margin: '2%' }],
    ['{ metric: mae, margin: 7% }', { metric: 'mae', margin: `${0.07 * 100}%` }],
    ['{ metric: mae, margin: 2% }', { metric: 'recall', margin: 0.01, margins: { mae: '1%' } }],
    ['{ metric: accuracy, margin: 0.01 }', { metric: 'accuracy', margin: 0.005 }],
    ['{ conditions: ["candidate.mae <= 120"] }', { conditions: ['mae <= 100'] }],
    ['{ conditions: "accuracy >= 0.8" }', { conditions: ['accuracy >= 0.8 and recall > 0.5'] }],
    ['{ slices: [region, "age >= 60"] }', { slices: ['age >= 60', 'sex', 'region'] }],
    ['{ sensitive: sex, max-group-difference: 0.1 }', { sensitive: ['sex'], 'max-group-difference': 0.05 }],
    ['{ min-group-ratio: 0.8 }', { 'min-group-ratio': 0.9, 'group-ratio': 'demographic_parity_ratio' }],
    ['{ ledger: warn }', { ledger: 'strict' }],
    ['{ ledger: warn }', { ledger: 'off' }],
    ['{ cluster: day }', { cluster: 'day' }],
    // If something was compared, the policy of first releases had no effect.
    ['{ first-release: refuse }', { 'first-release': 'allow' }],
  ])('%s is met by %j', async (section, used) => {
    expect(await weaker(section, { ...DEFAULTS, ...used })).toEqual([]);
  });

  test('require-bound is met by evidence that is bound', async () => {
    expect(await weaker('{ require-bound: true }', DEFAULTS)).toEqual([]);
  });
});

describe('weaker than asked', () => {
  test.each<[string, JsonObject, string]>([
    ['{ metric: mae, margin: 2% }', { metric: 'mae', margin: '5%' }, 'margin 5% of mae, but 2% is asked for'],
    ['{ metric: mae, margin: 2% }', { metric: 'mae', margin: 0.02 }, 'margin 0.02 of mae, but 2%'],
    ['{ metric: mae, margin: 2% }', { metric: 'rmse', margin: '2%' }, 'no margin of mae'],
    ['{ metric: mae, margin: 2% }', {}, 'no margin of mae'],
    ['{ margins: { recall: 0.02 } }', { margins: { recall: 0.03 } }, 'margin 0.03 of recall'],
    [
      '{ conditions: "mae <= 100" }',
      { conditions: ['mae <= 120'] },
      'the condition mae <= 100 was not checked',
    ],
    ['{ conditions: "mae <= 100" }', {}, 'the condition mae <= 100'],
    ['{ slices: region }', {}, 'slices without region'],
    ['{ min-slice-size: 20 }', {}, 'min-slice-size 30, but 20'],
    ['{ sensitive: sex, max-group-difference: 0.1 }', { sensitive: ['sex'] }, 'no max-group-difference'],
    ['{ max-group-difference: 0.1 }', { 'max-group-difference': 0.2 }, 'max-group-difference 0.2, but 0.1'],
    [
      '{ min-group-ratio: 0.8 }',
      { 'min-group-ratio': 0.7, 'group-ratio': 'demographic_parity_ratio' },
      'min-group-ratio 0.7',
    ],
    [
      '{ max-group-difference: 0.1, group-difference: demographic_parity_difference }',
      { 'max-group-difference': 0.1 },
      'group-difference equalized_odds_difference, but demographic_parity_difference',
    ],
    [
      '{ ledger: strict }',
      { 'when-spent': 'refuse', disclosure: 'full', passes: 5 },
      'ledger warn, but strict',
    ],
    ['{ cluster: day }', {}, 'no cluster, but day'],
    ['{ anchor: a.csv }', { anchor: 'a.csv' }, 'nothing was compared with the anchor'],
    ['{ training-data: t.csv }', {}, 'the training data were not compared'],
  ])('%s is not met by %j', async (section, used, words) => {
    const found = await weaker(section, { ...DEFAULTS, ...used });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(words);
  });

  test('require-bound is not met by supplied predictions', async () => {
    const compared: ComparedSubjects = { ...BOUND, binding: 'declared' };
    expect(await weaker('{ require-bound: true }', DEFAULTS, compared)).toEqual([
      'the predictions were supplied, and require-bound is asked for',
    ]);
  });

  test('the policy of first releases counts if nothing was compared', async () => {
    const compared: ComparedSubjects = { ...BOUND, production: null };
    const allowed = { ...DEFAULTS, 'first-release': 'allow' };
    expect(await weaker('{}', allowed, compared)).toEqual([
      'first-release allow, but require-thresholds is asked for',
    ]);
  });

  test('all that is weaker is told, and an empty configuration meets nothing', async () => {
    expect(
      await weaker('{ metric: mae, margin: 2%, conditions: "mae < 9", ledger: strict }', {}),
    ).toHaveLength(8);
  });
});

test('what is asked is of this model, or of the unnamed one; without a section nothing is', async () => {
  const values = async (config: string) => (await asked(config))?.values.margin;
  expect(await values('validate-model: { margin: 2% }')).toEqual({ kind: 'relative', value: 0.02 });
  expect(await values('models: { demand: { validate-model: { margin: 0.1 } } }')).toMatchObject({
    value: 0.1,
  });
  expect(await values('defaults: { validate-model: { margin: 0.1 } }\nmodels: { demand: {} }')).toMatchObject(
    { value: 0.1 },
  );
  expect(await asked('models: { churn: { validate-model: {} } }')).toBeNull();
  expect(await asked('models: { demand: {} }')).toBeNull();
});

describe('a condition implies', () => {
  const expression = (text: string) => parseConditions([text]).map((each) => each.expression);
  const holds = (held: string, wanted: string) => implies(expression(held), expression(wanted)[0] as never);
  test.each([
    ['accuracy >= 0.8', 'candidate.accuracy >= 0.8'],
    ['accuracy > 0.8', 'accuracy >= 0.8'],
    ['0.8 <= accuracy', 'accuracy >= 0.8'],
    ['2 * accuracy >= 1.6', 'accuracy >= 0.8'],
    ['candidate.auc - production.auc > -0.005', 'production.auc - candidate.auc < 0.01'],
    ['not accuracy < 0.8', 'accuracy >= 0.8'],
    ['not (accuracy < 0.8 or recall < 0.5)', 'recall >= 0.4'],
    ['a > 1 and b > 2 and c > 3', 'b > 2 and a > 1'],
    ['a > 1 or b > 2', 'a > 1 or b > 2'],
  ])('%s ⇒ %s', (held, wanted) => {
    expect(holds(held, wanted)).toBe(true);
  });

  test.each([
    ['accuracy >= 0.8', 'accuracy > 0.8'],
    ['accuracy >= 0.8', 'accuracy <= 0.9'],
    ['accuracy >= 0.8', 'production.accuracy >= 0.8'],
    ['accuracy >= 0.8', 'accuracy >= 0.8 and recall >= 0.5'],
    ['a > 1 or b > 2', 'a > 1'],
    ['slice(region).recall.min > 0.7', 'recall > 0.7'],
    ['candidate.mae / production.mae < 1.1', 'candidate.mae - 1.1 * production.mae < 0'],
  ])('%s ⇏ %s', (held, wanted) => {
    expect(holds(held, wanted)).toBe(false);
  });
});
