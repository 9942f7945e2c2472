import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { inputs as table } from '../../../../cli/init/inputs.ts';
import { initPlan } from '../../../../cli/init/plan.ts';
import type { RepositoryTree } from '../../../../cli/init/tree.ts';
import { parseInputs } from '../../../../shared/inputs/parse.ts';
import { problemLine, UserError } from '../../../../shared/problem/problem.ts';
import type { Profile } from '../../../../shared/profile/profile.ts';
import { memoryTree, profileOf } from '../../../support/memory-tree.ts';

const UNIQUE = { type: 'integer', distinct: 600 } as const;
const CLASSES = {
  type: 'integer',
  distinct: 2,
  cells: { kind: 'values', values: [0, 1], counts: [0, 500, 0, 100, 0] },
} as const;
const ORDERS = profileOf(600, { order: UNIQUE, distance: {}, late: CLASSES });

const TRAIN = `import pandas as pd
df = pd.read_csv("data/orders.csv")
X, y = df.drop(columns=["late"]), df["late"]
joblib.dump(model.fit(X, y), "model.joblib")
test.to_csv("test.csv")
`;
const PREDICT = '"""Usage: python predict.py MODEL DATA OUT"""\nimport sys\n';
const PROJECT = {
  'data/orders.csv': 'order,distance,late\n',
  'train.py': TRAIN,
  'predict.py': PREDICT,
  'requirements.txt': 'scikit-learn\n',
};

async function planned(
  tree: RepositoryTree,
  flags: Record<string, unknown> = {},
  profiles: Record<string, Profile> = {},
) {
  const values = parseInputs(table, [{ values: flags, where: (name) => `--${name}` }]);
  const { guesses, files } = await initPlan(tree, values, {
    describe: async (data) => ({
      profile: profiles[data.join()] ?? ORDERS,
      profileText: '{}\n',
      faults: [],
      contract:
        'type: object\nproperties:\n  order: { type: integer, minimum: 0, maximum: 9 }\nx-ml-loop:\n  rows: { min: 1 }\n',
    }),
    template: (name) =>
      `name: ${name}\non:\n  pull_request:\njobs:\n  ci:\n    uses: ml-loop/ml-loop/.github/workflows/${name}.yml@v0\n    with:\n      train: python example.py # yours\n`,
    python: '3.13',
    ref: { value: 'v0', why: 'it follows the newest release' },
  });
  const text = (path: string) => files.find((file) => file.path === path)?.text ?? '';
  return {
    config: parse(text('ml-loop.yml')) as Record<string, Record<string, unknown>>,
    told: Object.fromEntries(guesses.told.map(({ flag, value }) => [flag, value])),
    why: Object.fromEntries(guesses.told.map(({ flag, why }) => [flag, why])),
    notes: guesses.notes.join('\n'),
    paths: files.map(({ path }) => path),
    text,
    ci: (parse(text('.github/workflows/ml-ci.yml')) as { jobs: { ci: { with?: Record<string, string> } } })
      .jobs.ci,
  };
}

async function refusals(tree: RepositoryTree, flags: Record<string, unknown> = {}): Promise<string[]> {
  const error = await planned(tree, flags).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof UserError)) throw error ?? new Error('nothing was refused');
  return error.problems.map(problemLine);
}

describe('the version of ml-loop', () => {
  const CI = '.github/workflows/ml-ci.yml';
  const other = '.github/workflows/checks.yml';
  const step =
    'jobs: {a: {steps: [\n  {\n    uses: ml-loop/ml-loop/actions/validate-data@0123abc # v0.2.0\n  }]}}\n';

  test('is the one that the workflows of the repository name, or that you give', async () => {
    const { text, why } = await planned(memoryTree({ ...PROJECT, [other]: step }));
    expect(text(CI)).toContain('/ml-ci.yml@0123abc\n');
    expect(why.ref).toBe(`${other} names it`);
    const given = await planned(memoryTree({ ...PROJECT, [other]: step }), { ref: 'v0.3.0' });
    expect(given.text(CI)).toContain('/ml-ci.yml@v0.3.0\n');
  });
});

describe('a project that trains and predicts', () => {
  test('gets a gate for data and model, with names that its files tell', async () => {
    const { config, ci, paths, why, text } = await planned(memoryTree(PROJECT));
    expect(config).toEqual({
      mode: 'observe',
      'validate-data': {
        data: 'data/orders.csv',
        contract: 'contract.yml',
        reference: 'reference.json',
        label: 'late',
      },
      'validate-model': {
        predict: ['python', 'predict.py', '{model}', '{data}', '{out}'],
        model: ['model.joblib'],
        'test-data': 'test.csv',
        id: 'order',
        label: 'late',
        metric: 'accuracy',
        margin: 0.04,
        'first-release': 'allow',
      },
      'register-model': { model: ['model.joblib'], profile: 'ml-loop-report/validate-data/profile.json' },
    });
    expect(ci.with).toEqual({
      train: 'python train.py',
      'python-version': '3.13',
      requirements: 'requirements.txt',
    });
    expect(text('.github/workflows/ml-ci.yml')).toContain('/ml-ci.yml@v0\n');
    expect(paths).toEqual([
      'ml-loop.yml',
      'contract.yml',
      'reference.json',
      '.gitignore',
      '.github/workflows/ml-ci.yml',
    ]);
    expect(why).toMatchObject({
      label: 'train.py names it as the target',
      id: 'the first column that has another value in each of 600 rows',
    });
    expect(parse(text('contract.yml'))).toMatchObject({
      properties: { order: { type: 'integer', 'x-ml-loop': { drift: false } } },
      'x-ml-loop': { key: ['order'] },
    });
    expect(text('.gitignore')).toBe('# Reports and local state of ml-loop\n/ml-loop-report/\n/.ml-loop/\n');
  });

  test('is asked for by flags, which win over guesses', async () => {
    const { config, ci } = await planned(memoryTree(PROJECT), {
      label: 'distance',
      margin: '3%',
      train: 'make model',
      mode: 'enforce',
      router: 'file:/srv/router.json',
      predictions: ['logs/*.jsonl'],
    });
    expect(config['validate-model']).toMatchObject({ label: 'distance', metric: 'mae', margin: '3%' });
    expect(config).not.toHaveProperty('mode');
    expect(config['deploy-canary']).toMatchObject({ router: 'file:/srv/router.json' });
    expect(config['check-drift']).toMatchObject({ predictions: 'logs/*.jsonl', dispatch: 'ml-retrain' });
    expect(ci.with).toMatchObject({ train: 'make model' });
  });

  test('keeps what its ml-loop.yml says', async () => {
    const existing = 'validate-model: { label: distance, id: order, margin: 0.5 }\n';
    const { config } = await planned(memoryTree({ ...PROJECT, 'ml-loop.yml': existing }));
    expect(config['validate-model']).toMatchObject({ label: 'distance', margin: 0.5 });
    const later = `${existing}deploy-canary: { router: "exec:" }\ncheck-drift: { predictions: logs.jsonl }\n`;
    const { paths } = await planned(memoryTree({ ...PROJECT, 'ml-loop.yml': later }));
    expect(paths).toEqual(
      expect.arrayContaining(
        ['ml-cd', 'ml-drift-check', 'ml-retrain'].map((name) => `.github/workflows/${name}.yml`),
      ),
    );
  });

  test('has tests or none, of unittest or of pytest', async () => {
    const pytest = { ...PROJECT, 'tests/test_model.py': 'import pytest\ndef test_it(): pass\n' };
    const unittest = { ...PROJECT, 'tests/test_model.py': 'import unittest\n' };
    expect((await planned(memoryTree(PROJECT))).ci.with).not.toHaveProperty('test');
    expect((await planned(memoryTree(pytest))).ci.with).toMatchObject({
      test: 'python -m pip install pytest && python -m pytest',
    });
    expect((await planned(memoryTree(unittest))).ci.with).toMatchObject({
      test: 'python -m unittest discover tests',
    });
  });
});

describe('what init finds in', () => {
  test('a repository with nothing but a CSV: a gate for the data, and what is missing for the model', async () => {
    const { config, notes, ci, paths } = await planned(memoryTree({ 'orders.csv': '' }));
    expect(Object.keys(config)).toEqual(['mode', 'validate-data']);
    expect(notes).toContain('Only the data are checked');
    expect(ci.with).toBeUndefined();
    expect(paths).toContain('.github/workflows/ml-ci.yml');
  });

  test('a repository that trains and predicts nothing: no job trains a model that no gate judges', async () => {
    const { 'predict.py': _, ...rest } = PROJECT;
    const plan = await planned(memoryTree(rest));
    expect(plan.ci.with).toBeUndefined();
    expect(plan.notes).toContain('does not train');
    const { 'requirements.txt': __, ...bare } = rest;
    expect((await planned(memoryTree(bare))).ci.with).toBeUndefined();
    const tested = { ...rest, 'test_model.py': 'import unittest\n' };
    expect((await planned(memoryTree(tested))).ci.with).toEqual({
      ...{ 'python-version': '3.13', requirements: 'requirements.txt' },
      test: 'python -m unittest discover .',
    });
    const asked = await planned(memoryTree(rest), { train: 'make model' });
    expect(asked.ci.with).toMatchObject({ train: 'make model', requirements: 'requirements.txt' });
  });

  test('usage lines: options of training, and places of prediction', async () => {
    const train =
      '"""Trains: python train.py --data data/orders.csv --out model --test test.csv"""\nadd("--data", required=True)\nmodel.fit(x, [row["late"] for row in rows])\n';
    const predict = '"""python predict.py model test.csv predictions.csv"""\n';
    const { config, ci } = await planned(
      memoryTree({ ...PROJECT, 'train.py': train, 'predict.py': predict }),
    );
    expect(ci.with?.train).toBe('python train.py --data data/orders.csv --out model --test test.csv');
    expect(config['validate-model']).toMatchObject({
      model: ['model'],
      'test-data': 'test.csv',
      label: 'late',
      predict: ['python', 'predict.py', '{model}', '{data}', '{out}'],
    });
  });

  test.each([
    [
      'argparse',
      'parser.add_argument("--model")\nparser.add_argument("--input")\nparser.add_argument("--output")\n',
      ['--model', '{model}', '--input', '{data}', '--output', '{out}'],
    ],
    ['sys.argv', 'model_path, data_path, out_path = sys.argv[1:]\n', ['{model}', '{data}', '{out}']],
    [
      'main(*argv)',
      'def main(folder, data, out):\n  pass\nmain(*sys.argv[1:])\n',
      ['{model}', '{data}', '{out}'],
    ],
    [
      'single arguments',
      'out = sys.argv[3]\ndata = sys.argv[2]\nmodel = sys.argv[1]\n',
      ['{model}', '{data}', '{out}'],
    ],
  ])('the arguments of predict.py: %s', async (_, text, words) => {
    const { config } = await planned(memoryTree({ ...PROJECT, 'predict.py': text }));
    expect(config['validate-model']?.predict).toEqual(['python', 'predict.py', ...words]);
  });

  test('whether predict.py wants the model’s folder or its file', async () => {
    const train = TRAIN.replace('"model.joblib"', '"out/model.joblib"');
    const joins = 'm, d, out = sys.argv[1:]\njoblib.load(os.path.join(m, "model.joblib"))\n';
    const modelOf = async (predict: string) =>
      (await planned(memoryTree({ ...PROJECT, 'train.py': train, 'predict.py': predict }))).told.model;
    expect(await modelOf(joins.replace('m, d', 'model, data'))).toBe('out');
    for (const path of ['model + "/model.joblib"', 'f"{model}/model.joblib"', "'%s/model.joblib' % model"])
      expect(await modelOf(`model, data, out = sys.argv[1:]\njoblib.load(${path})\n`)).toBe('out');
    expect(
      await modelOf('model, data, out = sys.argv[1:]\nwas = "out/model.joblib"\njoblib.load(model)\n'),
    ).toBe('out/model.joblib');
    expect(await modelOf('model, data, out = sys.argv[1:]\njoblib.load(model)\n')).toBe('out/model.joblib');
    expect(await modelOf('# python predict.py artefacts/model test.csv out.csv\n')).toBe('artefacts/model');
  });

  test('a PyTorch project with a pyproject and a src folder', async () => {
    const { config, ci } = await planned(
      memoryTree({
        'data/orders.parquet': '',
        'pyproject.toml': '[project]\nrequires-python = ">=3.11"\n',
        'src/shop/train.py':
          'df = pd.read_parquet("data/orders.parquet")\ntarget = "late"\ntorch.save(net.state_dict(), "checkpoints/net.pt")\ndf.to_csv("holdout.csv")\n',
        'src/shop/predict.py':
          'p.add_argument("--checkpoint")\np.add_argument("--data")\np.add_argument("--predictions")\n',
      }),
    );
    expect(config['validate-data']?.data).toBe('data/orders.parquet');
    expect(config['validate-model']).toMatchObject({
      model: ['checkpoints/net.pt'],
      'test-data': 'holdout.csv',
    });
    expect(ci.with).toEqual({
      train: 'python src/shop/train.py',
      'python-version': '3.11',
      install: 'python -m pip install .',
    });
  });

  test('training and test data in two files; a test set without labels judges nothing', async () => {
    const files = {
      'data/train.csv': '',
      'data/test.csv': '',
      'train.py': 'pd.read_csv("data/train.csv")\ny = df.pop("late")\n"m.pkl"\n',
      'predict.py': PREDICT,
    };
    const both = await planned(memoryTree(files));
    expect(both.config['validate-data']?.data).toBe('data/train.csv');
    expect(both.config['validate-model']).toMatchObject({ 'test-data': 'data/test.csv', margin: 0.035 });
    const unlabelled = await planned(
      memoryTree(files),
      {},
      { 'data/test.csv': profileOf(600, { order: UNIQUE, distance: {} }) },
    );
    expect(unlabelled.config).not.toHaveProperty('validate-model');
    expect(unlabelled.notes).toContain('the test set data/test.csv has no column late');
  });

  test('several files of the same columns: one table', async () => {
    const { config } = await planned(
      memoryTree({ 'data/2024.csv': 'a,b\n1,2', 'data/2025.csv': 'a,b\n3,4' }),
    );
    expect(config['validate-data']?.data).toBe('data/*.csv');
  });

  test('data that DVC keeps: they are pulled in the job', async () => {
    const files = {
      ...PROJECT,
      'data/orders.csv.dvc': 'outs:\n',
      '.dvc/config': '[\'remote "s"\']\n    url = s3://bucket/x\n',
    };
    const { ci, notes } = await planned(memoryTree(files, { ignored: ['data/orders.csv'] }));
    expect(ci.with?.install).toBe('python -m pip install "dvc[s3]" && dvc pull data/orders.csv');
    expect(notes).toContain('give it the remote’s login');
    const { 'data/orders.csv': _, ...away } = files;
    expect(await refusals(memoryTree(away))).toContainEqual(
      expect.stringMatching(/kept by DVC and is not on this disk → run `dvc pull data\/orders\.csv` first/),
    );
  });

  test('a notebook, a Makefile, package.json', async () => {
    const cell = {
      cells: [{ cell_type: 'code', source: ['df = pd.read_csv("data/orders.csv")\n', 'y = df["late"]'] }],
    };
    const { 'train.py': _, ...rest } = PROJECT;
    const notebook = await planned(memoryTree({ ...rest, 'train.ipynb': JSON.stringify(cell) }), {
      model: 'm.pkl',
    });
    expect(notebook.told).toMatchObject({
      label: 'late',
      train: 'jupyter nbconvert --to notebook --execute --inplace train.ipynb',
    });
    const make = await planned(memoryTree({ ...PROJECT, Makefile: 'train:\n\tpython train.py\n' }));
    expect(make.told.train).toBe('make train');
    const node = await planned(
      memoryTree({ ...PROJECT, 'package.json': '{"scripts": {"train": "node t.mjs"}}' }),
    );
    expect(node.told.train).toBe('npm run train');
  });

  test('predictions or metrics that training writes, if nothing predicts', async () => {
    const { 'predict.py': _, ...rest } = PROJECT;
    const written = await planned(
      memoryTree({ ...rest, 'train.py': `${TRAIN}p.to_csv("predictions.csv")\n` }),
    );
    expect(written.config['validate-model']).toMatchObject({
      candidate: 'predictions.csv',
      id: 'order',
      label: 'late',
    });
    const metrics = await planned(
      memoryTree({ ...rest, 'train.py': `${TRAIN}json.dump(m, open("metrics.json", "w"))\n` }),
    );
    expect(metrics.config['validate-model']).toEqual({
      candidate: 'metrics.json',
      model: ['model.joblib'],
      'first-release': 'allow',
    });
  });
});

describe('what init cannot know', () => {
  test('is an error that names the flag, all at once', async () => {
    const files = {
      'a.csv': 'x',
      'b.csv': 'y',
      'train.py': 'parser.add_argument("--data", required=True)\n',
      'predict.py': 'print("?")\n',
    };
    expect(await refusals(memoryTree(files))).toEqual([
      expect.stringMatching(
        /^--data: there are 2 tables, and nothing says which one .* → name one of: a\.csv, b\.csv$/,
      ),
      expect.stringMatching(
        /^--train: train\.py needs arguments, and no usage line shows them → give the command, such as --train "python train\.py --data data\.csv"/,
      ),
      expect.stringMatching(
        /^--predict: nothing shows how predict\.py takes the model, .* or --predict none$/,
      ),
    ]);
  });

  test('columns that nothing tells: the label, the id', async () => {
    const profile = profileOf(600, { a: {}, b: {} });
    const tree = memoryTree({
      ...PROJECT,
      'train.py': 'pd.read_csv("data/orders.csv")\n"m.pkl"\nd.to_csv("test.csv")',
    });
    const error = await planned(tree, {}, { 'data/orders.csv': profile }).catch((thrown: UserError) =>
      thrown.problems.map(problemLine),
    );
    expect(error).toEqual([
      '--label: nothing says which column the model predicts → name one of: a, b',
      expect.stringMatching(/^--id: no column identifies a row/),
    ]);
    expect(await refusals(memoryTree(PROJECT), { label: 'lat' })).toEqual([
      '--label: the data have no column lat → name one of: order, distance, late',
    ]);
  });

  test('how R gets onto the runner', async () => {
    const files = {
      'orders.csv': '',
      'train.R':
        'd <- read.csv("orders.csv")\nm <- lm(late ~ ., d)\nsaveRDS(m, "model.rds")\nwrite.csv(t, "test.csv")\n',
      'predict.R': '# Rscript predict.R MODEL DATA OUT\n',
    };
    expect(await refusals(memoryTree(files))).toEqual([
      expect.stringMatching(/^--container: training needs R, .*rocker\/r-ver/),
    ]);
    const { config, ci, told } = await planned(memoryTree(files), { container: 'rocker/r-ver:4.4.1' });
    expect(told).toMatchObject({ train: 'Rscript train.R', label: 'late', model: 'model.rds' });
    expect(config['validate-model']?.predict).toEqual(['Rscript', 'predict.R', '{model}', '{data}', '{out}']);
    expect(ci.with).toEqual({ train: 'Rscript train.R', container: 'rocker/r-ver:4.4.1' });
  });

  test('which packages a job installs', async () => {
    const { 'requirements.txt': _, ...bare } = PROJECT;
    const files = { ...bare, 'train.py': `import os\nfrom sklearn import tree\n${TRAIN}` };
    expect(await refusals(memoryTree(files))).toEqual([
      '--requirements: train.py imports sklearn and pandas, and nothing says which packages a job installs → write requirements.txt, or give --install "python -m pip install scikit-learn pandas"; give --requirements none if the runner has them',
    ]);
    for (const given of [
      { requirements: 'none' },
      { install: 'python -m pip install pandas' },
      { container: 'acme/python:3' },
    ])
      expect((await planned(memoryTree(files), given)).ci.with).toMatchObject({ train: 'python train.py' });
    expect((await planned(memoryTree({ ...files, 'pyproject.toml': '' }))).told.install).toContain('pip');
    const setUp = { ...files, '.github/ml-loop/setup/action.yml': '' };
    expect((await planned(memoryTree(setUp))).ci.with).toMatchObject({ train: 'python train.py' });
  });

  test('whether a job has the data and the model', async () => {
    const ignored = await planned(memoryTree(PROJECT, { ignored: ['data/orders.csv'], git: false }));
    expect(ignored.notes).toMatch(/not a git repository[\s\S]*git ignores data\/orders\.csv/);
    const { 'train.py': _, ...rest } = PROJECT;
    const untrained = await planned(memoryTree({ ...rest, 'test.csv': '' }), {
      model: 'm.pkl',
      label: 'late',
    });
    expect(untrained.notes).toContain('git does not have m.pkl: a job has no model to judge');
  });

  test('a workflow that there is not', async () => {
    expect(await refusals(memoryTree(PROJECT), { workflows: ['ml-cl'] })).toEqual([
      expect.stringMatching(/^--workflows: there is no workflow "ml-cl" → did you mean ml-ci/),
    ]);
  });
});
