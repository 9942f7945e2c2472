import type { RepositoryTree } from '../../cli/init/tree.ts';
import type { ColumnProfile, Profile } from '../../shared/profile/profile.ts';

/** A repository in memory. */
export function memoryTree(
  files: Readonly<Record<string, string>>,
  { ignored = [], git = true }: { readonly ignored?: readonly string[]; readonly git?: boolean } = {},
): RepositoryTree {
  const names = Object.keys(files).sort();
  const text = (path: string) => files[path] ?? '';
  return {
    files: names.filter((name) => !ignored.includes(name)),
    ignored,
    git,
    text,
    head: (path) => text(path).split('\n')[0] ?? '',
  };
}

/** The profile of a table of whole rows, as far as `init` reads it. */
export function profileOf(rows: number, columns: Readonly<Record<string, Partial<ColumnProfile>>>): Profile {
  return {
    schema: 'ml-loop/profile@1',
    rows,
    samples: 'hide',
    columns: Object.entries(columns).map(([name, given]) => ({
      ...{
        name,
        type: 'number',
        count: rows,
        nulls: 0,
        types: {},
        distinct: Math.ceil(rows / 3),
        distinctExact: true,
        top: [],
      },
      cells: { kind: 'cuts', cuts: [], counts: [rows] },
      ...given,
    })) as ColumnProfile[],
  };
}
