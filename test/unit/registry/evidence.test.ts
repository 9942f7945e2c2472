import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { UserError } from '../../../shared/problem/problem.ts';
import { verdictAttachments } from '../../../shared/registry/attachments.ts';
import { type Door, evidenceChecks } from '../../../shared/registry/evidence.ts';
import { readVerdicts } from '../../../shared/registry/verdicts.ts';
import type { Status } from '../../../shared/verdict/status.ts';
import type { Check } from '../../../shared/verdict/verdict.ts';
import { modelVerdict, newVersion } from '../../support/models.ts';

const DIGEST = newVersion({ model: 'a' }).bundle.digest;
const OTHER = newVersion({ model: 'b' }).bundle.digest;
const ANY: Door = { production: null, weaker: () => [] };
const check = (status: Status): Check => ({ id: 'comparison.mae', status, message: 'm' });
const file = (digest: string, parts: Parameters<typeof modelVerdict>[1] = {}) => ({
  file: 'v.json',
  verdict: modelVerdict(digest, parts),
});
const statuses = (...files: ReturnType<typeof file>[]) =>
  Object.fromEntries(
    evidenceChecks({ name: 'demand', digest: DIGEST }, files, ANY).map(({ id, status }) => [id, status]),
  );

describe('bytes are registered', () => {
  test('when a passing verdict of validate-model names them as model or candidate', () => {
    expect(statuses(file(DIGEST))).toEqual({ 'register.evidence': 'pass' });
    expect(statuses(file(DIGEST, { checks: [check('warn')] }))).toEqual({ 'register.evidence': 'pass' });
    expect(statuses(file(DIGEST, { subjects: [{ role: 'candidate', name: 'm', digest: DIGEST }] }))).toEqual({
      'register.evidence': 'pass',
    });
  });

  test('also if they were the baseline of a candidate that failed, or their registration did', () => {
    const baseline = {
      subjects: [{ role: 'production', name: 'm', digest: DIGEST } as const],
      checks: [check('fail')],
    };
    expect(statuses(file(DIGEST), file(OTHER, baseline))).toEqual({ 'register.evidence': 'pass' });
    expect(
      statuses(file(DIGEST), file(DIGEST, { action: 'register-model', checks: [check('fail')] })),
    ).toEqual({
      'register.evidence': 'pass',
    });
  });

  test('also if a rollout of them was taken back or waits: they were judged before it', () => {
    const rollout = file(DIGEST, { action: 'deploy-canary', checks: [check('inconclusive')] });
    expect(statuses(file(DIGEST), rollout)).toEqual({ 'register.evidence': 'pass' });
  });
});

describe('bytes are refused', () => {
  test.each([
    ['without verdicts', []],
    ['when the verdict names other bytes', [file(OTHER)]],
    [
      'when they are only compared with',
      [file(DIGEST, { subjects: [{ role: 'production', name: 'm', digest: DIGEST }] })],
    ],
    ['when another action names them', [file(DIGEST, { action: 'validate-data' })]],
    ['when another model’s verdict names them', [file(DIGEST, { name: 'churn' })]],
    [
      'when the verdict names the model by default: that stands in for no name',
      [file(DIGEST, { name: 'default' })],
    ],
    ['when only their registration passed', [file(DIGEST, { action: 'register-model' })]],
  ])('%s', (_, files) => {
    expect(statuses(...files)).toEqual({ 'register.evidence': 'fail' });
  });

  test.each<Status>(['inconclusive', 'fail'])('when any verdict that names them is %s', (status) => {
    const against = file(DIGEST, { checks: [check(status)] });
    expect(statuses(against)).toEqual({ 'register.evidence': 'fail', 'register.contradicted': 'fail' });
    expect(statuses(file(DIGEST), against)).toEqual({
      'register.evidence': 'pass',
      'register.contradicted': 'fail',
    });
  });

  test('and the message says whose verdict it was', () => {
    const [first] = evidenceChecks(
      { name: 'demand', digest: DIGEST },
      [file(DIGEST, { name: 'churn' })],
      ANY,
    );
    expect(first?.message).toContain('v.json is about the model churn, not demand');
  });

  test('and the message says which bytes were judged instead', () => {
    expect(evidenceChecks({ name: 'demand', digest: DIGEST }, [file(OTHER)], ANY)[0]?.message).toContain(
      OTHER,
    );
  });
});

describe('verdict files', () => {
  const text = (change: Record<string, unknown>) => JSON.stringify({ ...modelVerdict(DIGEST), ...change });
  const read = (...texts: string[]) =>
    readVerdicts(texts.map((content, i) => ({ file: `v${i}.json`, text: content })));

  test('of ml-loop are read as they were written', () => {
    expect(read(text({}))).toEqual([{ file: 'v0.json', verdict: modelVerdict(DIGEST) }]);
  });

  test('all their problems are told at once, each with its place', () => {
    const reading = () =>
      read(
        '{"half',
        '',
        text({ schema: 'ml-loop/verdict@2' }),
        text({ subjects: [{ role: 'model', name: 'm', digest: 'md5:1' }], createdAt: 'yesterday' }),
        text({ checks: [{ id: 'x.y', status: 'ok', message: 'm' }] }),
      );
    expect(reading).toThrow(UserError);
    for (const place of [
      /v0\.json: is not JSON/,
      /v1\.json/,
      /v2\.json#\/schema/,
      /v3\.json#\/subjects\/0\/digest/,
      /v3\.json#\/createdAt/,
      /v4\.json#\/checks\/0\/status/,
    ]) {
      expect(reading).toThrow(place);
    }
  });

  test('a status better than its checks is refused', () => {
    expect(() => read(text({ checks: [check('fail')] }))).toThrow(
      /v0\.json#\/status: says pass, but its checks say fail/,
    );
    expect(() => read(text({ checks: [] }))).toThrow(/says pass, but its checks say inconclusive/);
  });

  test('cell values stay out of attachments unless samples are shown', () => {
    const locations = [{ file: 'd.csv', line: 2, column: 1, value: 'Jane Doe' }];
    const verdict = modelVerdict(DIGEST, { checks: [{ ...check('warn'), locations }] });
    const files = [
      { file: 'a', verdict },
      { file: 'b', verdict },
    ];
    const hidden = verdictAttachments(files, 'hide');
    expect(hidden.map(({ name }) => name)).toEqual([
      'verdicts/validate-model.json',
      'verdicts/validate-model-2.json',
    ]);
    expect(hidden[0]?.content).not.toContain('Jane');
    expect(hidden[0]?.content).toContain('"line": 2');
    expect(verdictAttachments(files, 'show')[0]?.content).toContain('Jane');
  });
});

test.each(['verdict', 'model-manifest', 'state'])('the published schema of %s is a valid one', (name) => {
  const schema = JSON.parse(readFileSync(`schemas/${name}.schema.json`, 'utf8'));
  expect(new Ajv2020({ strict: true, allowUnionTypes: true }).validateSchema(schema)).toBe(true);
});
