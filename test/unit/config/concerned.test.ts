import { expect, test } from '@jest/globals';
import { TABLES } from '../../../actions/catalog.ts';
import { concerned, modelPaths } from '../../../shared/config/concerned.ts';
import { type Config, loadConfig } from '../../../shared/config/config.ts';
import { COMMON_INPUTS } from '../../../shared/inputs/common.ts';

const TEXT = `models:
  demand:
    validate-data: { data: data/demand/*.csv, contract: ./contracts/demand.yml }
    validate-model: { predict: [python, predict.py, "{model}", "{data}", "{out}"], model: [model/demand/], test-data: test.csv }
    deploy-canary: { router: file:r.json, metrics: "log:*.jsonl", promotion: .ml-loop/promotions/demand.json }
  price:
    validate-data: { data: [data/price/**/*.parquet] }
    validate-model: { predict: [python, predict.py, "{model}", "{data}", "{out}"], model: s3://bucket/price/ }
  plan: { validate-data: { data: data/plan.csv } }
`;
const config = loadConfig(TEXT, 'ml-loop.yml', TABLES, COMMON_INPUTS);
const of = (changed: readonly string[] | null, models = config.models, file: Config = config) =>
  Object.fromEntries(concerned(file, models, changed));

test.each([
  ['a file that one names', ['data/demand/a.csv'], ['demand']],
  ['a file below a folder that one names', ['model/demand/deep/weights.bin'], ['demand']],
  ['a path with `./` in the configuration', ['contracts/demand.yml'], ['demand']],
  ['a pattern through folders', ['data/price/2026/11/a.parquet', 'data/price/b.parquet'], ['price']],
  ['a program that two name', ['predict.py'], ['demand', 'price']],
  ['code that no one names', ['features.py'], ['demand', 'price', 'plan']],
  ['a name that only looks alike', ['data/demand/a.csv.bak'], ['demand', 'price', 'plan']],
  ['the configuration', ['ml-loop.yml', 'data/plan.csv'], ['demand', 'price', 'plan']],
  ['a promotion, which asks for a release and not for a training', ['.ml-loop/promotions/demand.json'], []],
  ['nothing', [], []],
])('%s', (_, changed, models) => {
  expect(Object.keys(of(changed)).sort()).toEqual([...models].sort());
});

test('each model has the files that concern it', () => {
  expect(of(['data/plan.csv', 'features.py'], ['plan', 'demand'])).toEqual({
    plan: ['data/plan.csv', 'features.py'],
    demand: ['features.py'],
  });
});

test('a change that is not known concerns all models that are asked for', () => {
  expect(of(null)).toEqual({ demand: null, price: null, plan: null });
  expect(of(null, ['price'])).toEqual({ price: null });
});

test('a model that is asked for and not concerned is left out', () => {
  expect(of(['data/plan.csv'], ['demand'])).toEqual({});
});

test('any file but a promotion concerns the only model', () => {
  const only = loadConfig('validate-data: { data: data/*.csv }\n', 'ml-loop.yml', TABLES, COMMON_INPUTS);
  expect(of(['README.md'], [''], only)).toEqual({ '': ['README.md'] });
});

test('the paths of a model’s files, which it does not have if they stay in a store', () => {
  expect(config.models.map((model) => modelPaths(config, model))).toEqual(['model/demand/', '', '']);
});
