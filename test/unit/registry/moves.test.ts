import { describe, expect, test } from '@jest/globals';
import { garbageOf } from '../../../shared/registry/garbage.ts';
import { namedUntil, versionBefore } from '../../../shared/registry/moves.ts';
import type { ModelVersion } from '../../../shared/registry/registry.ts';

const moves = (...versions: (string | null)[]) =>
  versions.map((version, k) => ({ version, at: `2026-01-${String(k + 1).padStart(2, '0')}T00:00:00.000Z` }));

describe('the version before', () => {
  test.each([
    ['is the one that was left', ['1', '2'], '1'],
    ['is further back the second time', ['1', '2', '3', '2'], '1'],
    ['and then there is none', ['1', '2', '3', '2', '1'], null],
    ['is not the one that was left by going back', ['1', '2', '1', '3'], '1'],
    ['looks past times without a version', ['1', null, '2'], '1'],
    ['is none at first', ['1'], null],
    ['is none without a move', [], null],
    ['is none if the alias names nothing', ['1', '2', null], null],
  ])('%s', (_, named, expected) => {
    expect(versionBefore(moves(...named))).toBe(expected);
  });
});

test('a version was named until the next move', () => {
  const made = moves('1', '2', '1', null);
  expect(namedUntil(made, '1')).toBe('2026-01-04T00:00:00.000Z');
  expect(namedUntil(made, '2')).toBe('2026-01-03T00:00:00.000Z');
  expect(namedUntil(moves('1', '2'), '2')).toBeNull();
  expect(namedUntil(made, '3')).toBeUndefined();
});

describe('garbage', () => {
  const made = (version: string, createdAt: string): ModelVersion => ({
    ...{ name: 'demand', version, createdAt, digest: `sha256:${version}`, uri: '' },
    ...{ files: [], metadata: {}, evidence: [] },
  });
  const versions = [
    made('1.0.0', '2025-12-01T00:00:00.000Z'),
    made('1.1.0', '2025-12-02T00:00:00.000Z'),
    made('1.2.0', '2026-03-01T00:00:00.000Z'),
  ];
  const before = new Date('2026-02-01T00:00:00Z');
  const found = (named: Parameters<typeof garbageOf>[1], kept: string[] = []) =>
    garbageOf(versions, named, kept, before).map(({ version, since }) => `${version.version} ${since}`);

  test('is what is old and was never named, or not for long', () => {
    expect(found([])).toEqual(['1.0.0 2025-12-01T00:00:00.000Z', '1.1.0 2025-12-02T00:00:00.000Z']);
    expect(found([moves('1.0.0', '1.2.0')])).toEqual([
      '1.0.0 2026-01-02T00:00:00.000Z',
      '1.1.0 2025-12-02T00:00:00.000Z',
    ]);
  });

  test('is not what an alias names, or named until lately', () => {
    expect(found([moves('1.1.0', '1.0.0')])).toEqual(['1.1.0 2026-01-02T00:00:00.000Z']);
    const lately = [
      { version: '1.1.0', at: '2026-01-01T00:00:00Z' },
      { version: '1.2.0', at: '2026-02-02T00:00:00Z' },
    ];
    expect(found([lately])).toEqual(['1.0.0 2025-12-01T00:00:00.000Z']);
  });

  test('is not what a rollout names', () => {
    expect(found([], ['sha256:1.0.0'])).toEqual(['1.1.0 2025-12-02T00:00:00.000Z']);
  });
});
