import { createProfiler } from '../../../shared/profile/profiler.ts';
import type { Batch, Cell } from '../../../shared/read/batch.ts';
import type { Check } from '../../../shared/verdict/verdict.ts';
import { createIntegrity, type IntegrityFindings, type IntegrityOptions } from '../../oracle/integrity.ts';

export type Columns = Readonly<Record<string, readonly Cell[]>>;

/** Columns as a batch, whose rows start at line 2. */
export function batch(columns: Columns, file = 'a.csv', from = 2): Batch {
  const names = Object.keys(columns);
  const rows = (columns[names[0] ?? ''] ?? []).map((_cell, i) =>
    names.map((name) => columns[name]?.[i] ?? null),
  );
  return { file, columns: names, rows, lines: rows.map((_row, i) => from + i) };
}

export function profileOf(...batches: readonly Batch[]) {
  const profiler = createProfiler();
  for (const one of batches) profiler.add(one);
  return profiler.finish().profile;
}

export interface Judged extends IntegrityFindings {
  of(name: string): Check[];
  status(name: string): string | undefined;
}

export const NOW = new Date('2026-02-01T00:00:00Z');

/** The findings of some data beside the rows of a reference, if there is one. */
export async function judge(
  data: Columns | readonly Batch[],
  options: Partial<IntegrityOptions> = {},
  reference?: Columns,
): Promise<Judged> {
  const batches: readonly Batch[] = Array.isArray(data) ? data : [batch(data as Columns)];
  const rows = reference === undefined ? undefined : batch(reference, 'reference.csv');
  const integrity = createIntegrity({
    maxLocations: 20,
    samples: 'hide',
    now: NOW,
    referenceColumns: rows?.columns,
    ...options,
  });
  for (const one of batches) integrity.add(one);
  if (rows !== undefined) integrity.addReference(rows);
  const found = await integrity.finish(
    profileOf(...batches),
    rows === undefined ? undefined : profileOf(rows),
  );
  const of = (name: string) => found.checks.filter(({ id }) => id === `integrity.${name}`);
  return { ...found, of, status: (name) => of(name)[0]?.status };
}

export const texts = (n: number, of: (i: number) => string | number): string[] =>
  Array.from({ length: n }, (_value, i) => String(of(i)));
