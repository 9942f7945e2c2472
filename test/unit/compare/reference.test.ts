import { describe, expect, test } from '@jest/globals';
import { compareProfiles } from '../../../shared/compare/counts.ts';
import { effectOf } from '../../../shared/compare/effect.ts';
import { featureChecks } from '../../../shared/compare/features.ts';
import { readReference } from '../../../shared/compare/reference.ts';
import { printProfile } from '../../../shared/profile/file.ts';
import type { Profile } from '../../../shared/profile/profile.ts';
import { profileTable } from '../../../shared/profile/profiler.ts';
import type { Batch, Cell } from '../../../shared/read/batch.ts';
import { MemoryFiles } from '../../support/memory.ts';

const noRegistry = () => Promise.reject(new Error('there is no registry'));

function batchOf(cells: readonly Cell[]): Batch {
  return {
    file: 'a.csv',
    columns: ['x'],
    rows: cells.map((cell) => [cell]),
    lines: cells.map((_cell, i) => i + 2),
  };
}

async function profileOf(cells: readonly Cell[]): Promise<Profile> {
  return (await profileTable([batchOf(cells)])).profile;
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_value, i) => from + i);

describe('a reference of several profiles', () => {
  test('is that of all their rows', async () => {
    const files = new MemoryFiles({
      'profiles/january.json': printProfile(await profileOf(range(0, 500)), 'hide'),
      'profiles/february.json': printProfile(await profileOf(range(300, 900)), 'hide'),
    });
    const { profile, subject } = await readReference(['profiles/*.json'], files, noRegistry);
    expect(profile).toMatchObject({ rows: 1100, columns: [{ name: 'x', type: 'integer', count: 1100 }] });
    expect(subject).toMatchObject({ role: 'reference', name: 'profiles/*.json', rows: 1100 });
    expect(subject.digest).toBe(
      (await files.bundle(['profiles/february.json', 'profiles/january.json'])).digest,
    );
  });

  test('is refused with the faults of each', async () => {
    const files = new MemoryFiles({
      'a.json': '{',
      'b.json': '{}',
      'c.json': printProfile(await profileOf([1]), 'show'),
    });
    await expect(readReference(['a.json', 'b.json', 'c.json'], files, noRegistry)).rejects.toThrow(
      /a\.json: is not JSON[\s\S]*b\.json#\/schema: is missing/,
    );
  });

  test('is not mixed with data', async () => {
    const files = new MemoryFiles({
      'a.json': printProfile(await profileOf([1]), 'show'),
      'b.csv': 'x\n1\n',
    });
    await expect(readReference(['a.json', 'b.csv'], files, noRegistry)).rejects.toThrow(
      /profiles \(a\.json\) cannot be mixed with data files/,
    );
  });

  test('without rows in any is refused', async () => {
    const empty = printProfile(await profileOf([]), 'show');
    const files = new MemoryFiles({ 'a.json': empty, 'b.json': empty });
    await expect(readReference(['a.json', 'b.json'], files, noRegistry)).rejects.toThrow(/no rows/);
  });

  test('widens the bounds of a distance by what is open about its counts', async () => {
    const files = new MemoryFiles({
      'a.json': printProfile(await profileOf(range(0, 2000)), 'show'),
      'b.json': printProfile(await profileOf(range(1000, 3000).map((n) => n + 0.5)), 'show'),
    });
    const cells = [...range(0, 2000), ...range(1000, 3000).map((n) => n + 0.5)];
    const { profile: merged } = await readReference(['a.json', 'b.json'], files, noRegistry);
    const effects = await Promise.all(
      [merged, await profileOf(cells)].map(async (reference) => {
        const [comparison] = compareProfiles(reference, await profileTable([batchOf(cells)], { reference }));
        if (comparison === undefined) throw new Error('there is nothing to compare');
        const [check] = featureChecks([comparison], { alpha: 0.05, margin: 0.05 }).checks;
        return {
          error: comparison.referenceError,
          method: check?.evidence?.method,
          ...effectOf(comparison, 1, 0.05),
        };
      }),
    );
    const [merge, whole] = effects;
    expect(whole?.error).toBe(0);
    expect(whole?.method).not.toContain('estimated');
    expect(merge?.method).toContain('because the reference’s counts are estimates');
    expect(merge?.error).toBeGreaterThan(0);
    expect(merge?.error).toBeLessThan(0.02);
    expect(merge?.estimate).toBeLessThanOrEqual(merge?.error ?? 0);
    expect(merge?.upper).toBeCloseTo((merge?.estimate ?? 0) + (whole?.upper ?? 0) + (merge?.error ?? 0), 9);
  });
});
