import { describe, expect, test } from '@jest/globals';
import { type Production, productionNow, staleness } from '../../../shared/registry/compared.ts';
import { evidenceChecks, isStronger } from '../../../shared/registry/evidence.ts';
import type { Baseline } from '../../../shared/verdict/verdict.ts';
import { MemoryRegistry } from '../../support/memory.ts';
import { modelVerdict } from '../../support/models.ts';

const registry = new MemoryRegistry();
const [one, two, three] = ['1.0.0', '1.1.0', '1.2.0'].map((version) =>
  registry.add('demand', version, { model: version }),
);
if (one === undefined || two === undefined || three === undefined) throw new Error('no versions');
const versions = [one, two, three];

const JUDGED_AT = '2026-01-01T00:00:00.000Z';
const since = (time: string | null): Production => ({ champion: two, since: time, versions });
const nowIs = (champion: Production['champion']): Production => ({ champion, since: JUDGED_AT, versions });
const of = (production: Baseline | null) => ({
  createdAt: JUDGED_AT,
  compared: { binding: 'bound' as const, production, anchor: null },
});
const against = (digest: string | null, name = 'p.csv') => of({ name, digest });

describe('a verdict on 1.2.0 holds', () => {
  test.each([
    ['against the champion that it was compared with', against(two.digest), nowIs(two)],
    ['as a first release if there is no champion', of(null), nowIs(null)],
    [
      'against a model that was never registered, if there is no champion',
      against(`sha256:${'9'.repeat(64)}`),
      nowIs(null),
    ],
    ['if 1.2.0 is the champion itself, whatever it was compared with', of(null), nowIs(three)],
    [
      'with predictions of production that is the same since before',
      against(null),
      since('2025-12-31T23:00:00.000Z'),
    ],
  ])('%s', (_, verdict, production) => {
    expect(staleness(verdict, three.digest, production)).toBeUndefined();
  });
});

describe('a verdict on 1.2.0 does not hold', () => {
  test.each([
    [
      'against a newer champion',
      against(one.digest),
      nowIs(two),
      /compared it with demand 1\.0\.0, and demand 1\.1\.0 is production now/,
    ],
    [
      'against an older champion, which came back',
      against(two.digest),
      nowIs(one),
      /with demand 1\.1\.0, and demand 1\.0\.0 is production now/,
    ],
    [
      'as a first release if there is a champion',
      of(null),
      nowIs(two),
      /with nothing \(a first release\), and demand 1\.1\.0/,
    ],
    [
      'against a registered version if production is gone',
      against(two.digest),
      nowIs(null),
      /no version is production now/,
    ],
    [
      'against a model outside of the registry',
      against(`sha256:${'9'.repeat(64)}`, 'old/'),
      nowIs(two),
      /with old\/, and demand 1\.1\.0/,
    ],
    [
      'with predictions of production that has changed since',
      against(null),
      since('2026-01-01T00:00:01.000Z'),
      /do not name a version.*since 2026-01-01T00:00:01/,
    ],
    ['with predictions if no one knows since when', against(null), since(null), /since an unknown time/],
    ['if it says nothing', { createdAt: JUDGED_AT }, nowIs(two), /with nothing/],
  ])('%s', (_, verdict, production, message) => {
    expect(staleness(verdict, three.digest, production)).toMatch(message);
  });
});

test('production is what the alias names', async () => {
  expect(await productionNow(registry, 'demand')).toEqual({ champion: null, since: null, versions });
  await registry.setAlias('demand', 'champion', '1.1.0');
  expect(await productionNow(registry, 'demand')).toEqual({ champion: two, since: JUDGED_AT, versions });
});

describe('the checks of a door', () => {
  const judged = { name: 'demand', digest: three.digest };
  const file = (verdict = against(two.digest), binding: 'bound' | 'declared' = 'bound') => ({
    file: 'v.json',
    verdict: modelVerdict(three.digest, { compared: { ...verdict.compared, binding } }),
  });
  const open = { production: nowIs(two), weaker: () => [] };
  const statuses = (checks: ReturnType<typeof evidenceChecks>) =>
    checks.map(({ id, status }) => [id, status]);

  test('one verdict must meet all demands', () => {
    expect(statuses(evidenceChecks(judged, [file()], open))).toEqual([['register.evidence', 'pass']]);
    const stale = evidenceChecks(judged, [file(against(one.digest))], open);
    expect(statuses(stale)).toEqual([
      ['register.evidence', 'pass'],
      ['register.compared', 'warn'],
    ]);
    expect(stale[1]?.fix).toContain('run validate-model again');
    expect(statuses(evidenceChecks(judged, [file(against(one.digest)), file()], open))).toHaveLength(1);
    // The current one is weak, and the strong one is stale.
    const mixed = {
      ...open,
      weaker: ({ compared }: { compared?: unknown }) =>
        JSON.stringify(compared).includes(two.digest) ? ['margin 0.05'] : [],
    };
    expect(statuses(evidenceChecks(judged, [file(against(one.digest)), file()], mixed))).toEqual([
      ['register.evidence', 'pass'],
      ['register.compared', 'warn'],
    ]);
  });

  test('weaker settings fail, each named', () => {
    const checks = evidenceChecks(judged, [file()], { ...open, weaker: () => ['margin 0.05', 'no cluster'] });
    expect(checks[1]).toMatchObject({
      id: 'register.weaker',
      status: 'fail',
      observed: ['margin 0.05', 'no cluster'],
    });
    expect(checks[1]?.message).toContain('margin 0.05; no cluster (v.json)');
  });

  test('declared evidence is told', () => {
    const [declared] = evidenceChecks(judged, [file(against(two.digest), 'declared')], open);
    expect(declared).toMatchObject({ status: 'pass', evidence: { binding: 'declared' } });
    expect(declared?.message).toContain('the evidence is only declared');
    const [bound] = evidenceChecks(judged, [file(against(two.digest), 'declared'), file()], open);
    expect(bound).toMatchObject({ evidence: { binding: 'bound' } });
    expect(bound?.message).not.toContain('declared');
  });

  test('evidence is stronger if it opens more, or is bound', () => {
    const checks = (...files: Parameters<typeof evidenceChecks>[1]) => evidenceChecks(judged, files, open);
    const [current, stale, declared] = [
      checks(file()),
      checks(file(against(one.digest))),
      checks(file(against(two.digest), 'declared')),
    ];
    expect(isStronger(current, stale)).toBe(true);
    expect(isStronger(stale, current)).toBe(false);
    expect(isStronger(current, declared)).toBe(true);
    expect(isStronger(declared, current)).toBe(false);
    expect(isStronger(current, current)).toBe(false);
    expect(isStronger(declared, checks())).toBe(true);
  });
});
