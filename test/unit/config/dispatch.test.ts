import { describe, expect, test } from '@jest/globals';
import { loadConfig, UNNAMED } from '../../../shared/config/config.ts';
import { readDispatch } from '../../../shared/config/dispatch.ts';
import { COMMON_INPUTS } from '../../../shared/inputs/common.ts';
import { UserError } from '../../../shared/problem/problem.ts';

const TABLES = {
  'validate-data': COMMON_INPUTS,
  'validate-model': COMMON_INPUTS,
  'deploy-canary': COMMON_INPUTS,
};
const payload = {
  schema: 'ml-loop/retrain@1',
  name: 'demand',
  repository: 'acme/models',
  champion: null,
  reasons: ['drift'],
  'requested-at': '2026-02-02T06:00:00.000Z',
  'dedupe-key': `sha256:${'a'.repeat(64)}`,
};
const read = (sent: unknown, yaml = 'models: { demand: {}, churn: {} }', repository?: string) =>
  readDispatch(sent, loadConfig(yaml, 'ml-loop.yml', TABLES, COMMON_INPUTS), repository ?? 'acme/models');

function problemsOf(...given: Parameters<typeof read>) {
  try {
    read(...given);
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
  throw new Error('it is read');
}

describe('a dispatch', () => {
  test('names a model of this repository', () => {
    expect(read(payload)).toMatchObject({ model: 'demand', payload: { reasons: ['drift'] } });
    expect(read({ ...payload, repository: 'Acme/Models' })?.model).toBe('demand');
    const { repository: _, ...without } = payload;
    expect(read(without)?.model).toBe('demand');
  });

  test.each([[undefined], [null], ['text'], [{}], [{ name: 'demand' }], [{ schema: 'theirs@1' }]])(
    'of another program (%j) is its workflow’s affair',
    (sent) => expect(read(sent)).toBeNull(),
  );

  test.each([
    ['name: demand\nvalidate-data: {}', 'demand'],
    ['validate-data: { name: demand }', 'demand'],
    ['validate-data: {}', 'models'],
  ])('of the only model goes by its name: %j', (yaml, name) => {
    expect(read({ ...payload, name }, yaml)?.model).toBe(UNNAMED);
    expect(problemsOf({ ...payload, name: 'other' }, yaml)).toMatchObject([
      { where: 'client_payload#/name', fix: expect.stringContaining(name) },
    ]);
  });

  test('tells all that is wrong at once', () => {
    const sent = { ...payload, name: 'x', repository: 'acme/other', stages: ['deploy-canary'] };
    expect(problemsOf(sent).map(({ where }) => where)).toEqual([
      'client_payload#/repository',
      'client_payload#/name',
      'ml-loop.yml',
    ]);
  });

  test('starts a release only if the default branch lists it', () => {
    const sent = { ...payload, stages: ['deploy-canary'] };
    const yaml = 'defaults:\n  dispatch-stages: [deploy-canary]\nmodels: { demand: {} }\n';
    expect(read(sent, yaml)?.stages).toEqual(['deploy-canary']);
    expect(problemsOf({ ...sent, stages: ['validate-data'] }, yaml)).toMatchObject([
      {
        where: 'ml-loop.yml:2 dispatch-stages',
        fix: expect.stringContaining('name the stage in the workflow'),
      },
    ]);
  });
});
