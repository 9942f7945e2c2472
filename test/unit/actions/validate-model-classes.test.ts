import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { definition } from '../../../actions/validate-model/inputs.ts';
import { run } from '../../../actions/validate-model/run.ts';
import { createPorts, type MachinePorts } from '../../../shared/host/ports.ts';
import { parseInputs } from '../../../shared/inputs/parse.ts';
import { csv } from '../model/helpers.ts';

let folder: string;
let ports: MachinePorts;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'validate-model-classes-'));
  const now = new Date('2026-02-01T00:00:00Z');
  ports = createPorts({ workingDirectory: folder, reportFolder: 'report/validate-model', now });
});

afterEach(async () => {
  await ports.close();
  await rm(folder, { recursive: true, force: true });
});

async function validate(values: Record<string, unknown>) {
  const given = { ledger: 'off', 'test-data': 'test.csv', candidate: 'candidate.csv', ...values };
  const inputs = parseInputs(definition.inputs, [{ values: given, where: (name) => `input ${name}` }]);
  const { verdict, outputs } = await run(inputs, ports);
  const check = (id: string) => verdict.checks.find((one) => one.id === id);
  return { verdict, outputs, check };
}

const write = (path: string, text: string) => writeFile(join(folder, path), text);

type Spelling = (positive: boolean) => string | number;
const N = 1000;
const isPositive = (i: number) => (i * 7) % 5 < 2;

/** Labels, a candidate that is right in 80 % and a production that is right in 95 %, each in its spelling. */
async function files(label: Spelling, candidate: Spelling, production: Spelling): Promise<void> {
  const predictions = (spelled: Spelling, wrong: (i: number) => boolean) =>
    csv(Array.from({ length: N }, (_, id) => ({ id, prediction: spelled(isPositive(id) !== wrong(id)) })));
  await write('test.csv', csv(Array.from({ length: N }, (_, id) => ({ id, label: label(isPositive(id)) }))));
  await write(
    'candidate.csv',
    predictions(candidate, (i) => (i * 31) % 5 === 0),
  );
  await write(
    'production.csv',
    predictions(production, (i) => (i * 31) % 20 === 0),
  );
}

const digit: Spelling = (positive) => (positive ? 1 : 0);
const python: Spelling = (positive) => (positive ? 'True' : 'False');
const numpy: Spelling = (positive) => (positive ? '1.' : '0.');
const savetxt: Spelling = (positive) => (positive ? '1.000000000000000000e+00' : '0.000000000000000000e+00');
const words: Spelling = (positive) => (positive ? 'yes' : 'no');
const capitals: Spelling = (positive) => (positive ? 'Yes' : 'No');

const COMPARED = { production: 'production.csv', metric: 'accuracy', margin: 0.02 };

describe('a worse model is seen to be worse, whatever program wrote the classes', () => {
  test.each([
    ['both write True and False', digit, python, python],
    ['only production does', digit, digit, python],
    ['the labels do', python, digit, numpy],
    ['both are NumPy’s', digit, numpy, numpy],
    ['labels and candidate come from savetxt', savetxt, savetxt, digit],
  ])('%s', async (_name, label, candidate, production) => {
    await files(label, candidate, production);
    const { verdict, outputs } = await validate(COMPARED);
    expect([verdict.status, outputs.comparison]).toEqual(['fail', 'worse']);
    expect(verdict.measures).toMatchObject({ candidate: { accuracy: 0.8 }, production: { accuracy: 0.95 } });
  });
});

describe('predictions that are none of the classes fail', () => {
  test('both models’, if they are spelled otherwise; nothing is compared', async () => {
    await files(words, capitals, capitals);
    const { verdict, outputs, check } = await validate(COMPARED);
    expect([verdict.status, outputs.comparison]).toEqual(['fail', 'unknown']);
    expect(check('predictions.values')).toMatchObject({ status: 'fail', observed: 2 * N });
    expect(check('predictions.values')?.message).toMatch(
      /candidate\.csv: "prediction" has "Yes", which is none of the classes of the labels: did you mean "yes"\?/,
    );
    expect(check('predictions.values')?.message).toContain('production.csv: "prediction" has "Yes"');
    expect(check('comparison.accuracy')).toBeUndefined();
    expect(verdict.measures).toEqual({});
  });

  test('production’s alone, and the anchor’s', async () => {
    await files(words, words, capitals);
    expect((await validate(COMPARED)).check('predictions.values')).toMatchObject({
      status: 'fail',
      observed: N,
    });
    const anchored = await validate({ anchor: 'production.csv', conditions: ['accuracy > 0.5'] });
    expect(anchored.check('predictions.values')).toMatchObject({ status: 'fail', observed: N });
  });

  test('as probabilities do in the column of predictions', async () => {
    const probability: Spelling = (positive) => (positive ? 0.83 : 0.21);
    await files(digit, probability, probability);
    const { verdict, check } = await validate(COMPARED);
    expect(verdict.status).toBe('fail');
    expect(check('predictions.values')?.message).toContain('these look like probabilities');
    expect(check('predictions.values')?.fix).toContain('`score: prediction`');
    // What the fix says works.
    const scored = await validate({
      production: 'production.csv',
      score: 'prediction',
      metric: 'roc_auc',
      margin: 0.02,
    });
    expect([scored.verdict.status, scored.outputs.comparison]).toEqual(['fail', 'worse']);
    expect(scored.check('predictions.values')?.status).toBe('pass');
  });

  test('as logits do if probabilities are judged: no condition is met on the rows that happen to fit', async () => {
    const rows = (score: (i: number) => number) =>
      csv(
        Array.from({ length: N }, (_, id) => ({ id, prediction: digit(isPositive(id)), score: score(id) })),
      );
    await files(digit, digit, digit);
    const logit = (i: number) => (isPositive(i) ? 0.9 : i % 2 === 0 ? 0.1 : -3);
    await write('candidate.csv', rows(logit));
    for (const metric of ['brier', 'log_loss', 'ece']) {
      const { verdict, check } = await validate({ conditions: [`${metric} < 0.9`] });
      expect(verdict.status).toBe('fail');
      expect(check('predictions.values')?.message).toContain(
        'lies outside of [0, 1], so its values are not probabilities',
      );
      expect(check(`condition.${metric}`)).toBeUndefined();
    }
    await write('production.csv', rows(logit));
    await write(
      'candidate.csv',
      rows((i) => (isPositive(i) ? 0.9 : 0.1)),
    );
    const compared = await validate({ production: 'production.csv', metric: 'brier', margin: 0.02 });
    expect([compared.verdict.status, compared.outputs.comparison]).toEqual(['fail', 'unknown']);
    // Metrics of order take them as they are; of a group whose logits happen to fit, no loss of probabilities is told.
    await write(
      'test.csv',
      csv(Array.from({ length: N }, (_, id) => ({ id, label: digit(isPositive(id)), half: id % 2 }))),
    );
    const { verdict } = await validate({
      production: 'production.csv',
      metric: 'roc_auc',
      margin: 0.02,
      sensitive: ['half'],
      slices: ['half'],
    });
    expect(verdict.measures).toMatchObject({
      candidate: { brier: expect.any(Number) },
      production: { roc_auc: 1 },
    });
    expect(JSON.stringify(verdict.measures.production)).not.toMatch(/brier|log_loss|ece|calibration/);
  });
});

describe('classes that the test set lacks', () => {
  const three: Spelling = (positive) => (positive ? 'cat' : 'dog');
  const rare: Spelling = (positive) => (positive ? 'cat' : 'ant');

  test('are known from `classes`, which must not be empty', async () => {
    await files(three, rare, three);
    expect((await validate(COMPARED)).check('predictions.values')?.status).toBe('fail');
    const listed = await validate({ ...COMPARED, classes: ['ant', 'cat', 'dog'] });
    expect(listed.check('predictions.values')?.status).toBe('pass');
    expect(listed.outputs.comparison).toBe('worse');
    expect(listed.verdict.measures).toMatchObject({ confusion: { classes: ['ant', 'cat', 'dog'] } });
    for (const classes of ['[]', [], ['cat', ''], ' [ ] '])
      await expect(validate({ ...COMPARED, classes })).rejects.toThrow(/must name all classes|empty text/);
  });

  test('or from the contract’s enum', async () => {
    await files(three, rare, three);
    const contract = (values: string) => `type: object\nproperties: { label: { enum: ${values} } }\n`;
    await write('contract.yml', contract('[cat, dog, ant, null]'));
    const known = await validate({ ...COMPARED, contract: 'contract.yml' });
    expect(known.check('predictions.values')?.status).toBe('pass');
    expect(known.verdict.measures).toMatchObject({ confusion: { classes: ['ant', 'cat', 'dog'] } });
    await write('contract.yml', contract('[1, 2]'));
    const other = await validate({ ...COMPARED, contract: 'contract.yml' });
    expect(other.check('predictions.values')?.message).toContain('none of the 2 classes of the labels');
    await write('contract.yml', contract('[Cat, dog]'));
    const cased = await validate({ ...COMPARED, contract: 'contract.yml' });
    expect(cased.check('predictions.values')?.message).toContain('none of the 2 classes of the labels');
    await files(three, (positive) => (positive ? 'CAT' : 'dog'), three);
    await write('contract.yml', contract('[cat, dog]'));
    const paired = await validate({ ...COMPARED, contract: 'contract.yml' });
    expect(paired.check('predictions.values')?.message).toContain('has "CAT"');
  });
});
