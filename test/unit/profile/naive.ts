import { instantMs } from '../../../shared/inputs/kinds.ts';
import type { ColumnProfile, ColumnType } from '../../../shared/profile/profile.ts';
import type { Cell } from '../../../shared/read/batch.ts';

/** What a cell is read as, by the words of the documentation. */
export function readNaively(cell: Cell): { type: ColumnType; value: number | string | boolean } | null {
  if (cell === null) return null;
  if (typeof cell === 'boolean') return { type: 'boolean', value: cell };
  const text = String(cell);
  const number = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(text) ? Number(text) : Number.NaN;
  const code = /^\s*[+-]?0\d/.test(text) && typeof cell === 'string';
  const identifier = /^\s*[+-]?\d+\s*$/.test(text) && Math.abs(number) > 2 ** 53 - 1;
  if (Number.isFinite(number) && !code && !(identifier && typeof cell === 'string'))
    return { type: Number.isInteger(number) ? 'integer' : 'number', value: number + 0 };
  if (['true', 'True', 'TRUE', 'false', 'False', 'FALSE'].includes(text))
    return { type: 'boolean', value: /t/i.test(text) };
  const date = /^\d{4}-\d{2}-\d{2}/.test(text) ? instantMs(text) : Number.NaN;
  if (!Number.isNaN(date)) return { type: text.length === 10 ? 'date' : 'datetime', value: date };
  return { type: 'string', value: text };
}

const iso = (at: number) => new Date(Math.round(at)).toISOString().replace('T00:00:00.000Z', '');

/** The profile of a column by sorting all of its values: exact, slow, and written apart from what it checks. */
export function naiveColumn(name: string, cells: readonly Cell[]): ColumnProfile {
  const read = cells.map(readNaively).filter((one) => one !== null);
  const types: Record<string, number> = {};
  for (const type of ['integer', 'number', 'boolean', 'date', 'datetime', 'string'] as const) {
    const count = read.filter((one) => one.type === type).length;
    if (count > 0) types[type] = count;
  }
  // 1.0 and 1e2 are real numbers, though they are whole.
  const real = cells.some((cell) => {
    const own = typeof cell === 'string' ? readNaively(cell) : null;
    return own?.type === 'integer' && /[.eE]/.test(String(cell));
  });
  if (real && types.integer !== undefined && types.number === undefined) {
    types.number = types.integer;
    delete types.integer;
  }
  const among = (...allowed: string[]) => Object.keys(types).every((type) => allowed.includes(type));
  const type: ColumnType =
    read.length === 0
      ? 'empty'
      : among('integer')
        ? 'integer'
        : among('integer', 'number')
          ? 'number'
          : among('date')
            ? 'date'
            : among('date', 'datetime')
              ? 'datetime'
              : among('boolean')
                ? 'boolean'
                : 'string';
  const common = { name, type, count: read.length, nulls: cells.length - read.length, types };
  if (type === 'string' || type === 'empty') {
    const names = read.map(({ type: own, value }) =>
      own === 'date' || own === 'datetime' ? iso(Number(value)) : String(value),
    );
    const counts = Object.entries(countsOf(names)).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    const lengths = read.filter((one) => one.type === 'string').map(({ value }) => String(value).length);
    return {
      ...common,
      distinct: counts.length,
      distinctExact: true,
      top: counts.slice(0, 10).map(([value, count]) => ({ value, count })),
      ...(lengths.length === 0
        ? {}
        : { lengths: { min: Math.min(...lengths), max: Math.max(...lengths), mean: meanOf(lengths) } }),
      cells: {
        kind: 'categories',
        categories: counts.map(([category]) => category),
        counts: counts.map(([, count]) => count),
        other: 0,
        complete: true,
      },
    };
  }
  const sorted = read.map(({ value }) => Number(value)).sort((a, b) => a - b);
  const different = [...new Set(sorted)];
  const countOf = (value: number) => sorted.filter((one) => one === value).length;
  const isDate = type === 'date' || type === 'datetime';
  const shown = (value: number) => (isDate ? iso(value) : value);
  const top = different
    .map((value) => ({ value, count: countOf(value) }))
    .sort((a, b) => b.count - a.count || a.value - b.value)
    .slice(0, 10);
  const cells_ =
    different.length <= 64
      ? {
          kind: 'values' as const,
          values: different,
          counts: [0, ...different.flatMap((value) => [countOf(value), 0])],
        }
      : cutsOf(sorted);
  if (type === 'boolean') {
    return {
      ...common,
      distinct: different.length,
      distinctExact: true,
      top: top.map(({ value, count }) => ({ value: value === 1, count })),
      mean: meanOf(sorted),
      cells: cells_,
    };
  }
  const sd = Math.sqrt(
    sorted.reduce((sum, value) => sum + (value - meanOf(sorted)) ** 2, 0) / (sorted.length - 1),
  );
  const quantiles = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99].map((p) => {
    const at = (sorted.length - 1) * p;
    const [low, high] = [sorted[Math.floor(at)] ?? 0, sorted[Math.ceil(at)] ?? 0];
    return [String(p), shown(low * (1 - (at % 1)) + high * (at % 1))] as const;
  });
  return {
    ...common,
    distinct: different.length,
    distinctExact: true,
    top: top.map(({ value, count }) => ({ value: shown(value), count })),
    min: shown(sorted[0] ?? 0),
    max: shown(sorted.at(-1) ?? 0),
    ...(isDate ? {} : { mean: meanOf(sorted), ...(sorted.length > 1 ? { sd } : {}) }),
    quantiles: Object.fromEntries(quantiles),
    cells: cells_,
  };
}

function countsOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = Object.create(null);
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value / values.length, 0);
}

/** A cut wherever a further n-th of the rows is reached, n groups of at least five rows; never the largest if rare. */
function cutsOf(sorted: readonly number[]) {
  const n = Math.min(64, Math.max(1, Math.floor(sorted.length / 5)));
  const upTo = (value: number) => sorted.filter((one) => one <= value).length;
  const cuts = new Set<number>();
  for (let group = 1; group < n; group++) {
    const cut = sorted[Math.ceil((group * sorted.length) / n) - 1] ?? 0;
    const rare = cut === sorted.at(-1) && sorted.filter((one) => one === cut).length < 20;
    if (!rare) cuts.add(cut);
  }
  const points = [...cuts];
  const ends = [...points.map(upTo), sorted.length];
  return { kind: 'cuts' as const, cuts: points, counts: ends.map((end, i) => end - (ends[i - 1] ?? 0)) };
}
