import type { CategoricalComparison, ColumnComparison } from '../profile/compare.ts';
import type { JsonObject } from '../verdict/verdict.ts';
import { histogramsOf } from './histogram.ts';

/** Both samples of a column as a report draws them: `histogram: {edges, counts, …}` or `categories: [{name?, share}]`. */
export interface Distribution {
  readonly reference: JsonObject;
  readonly current: JsonObject;
}

const CATEGORIES = 20;

/** Histograms, or the most frequent categories. With `samples: hide`, categories have no names. */
export function distributionOf(comparison: ColumnComparison, samples: 'hide' | 'show'): Distribution {
  return comparison.kind === 'ordered' ? histogramsOf(comparison, samples) : categories(comparison, samples);
}

function categories(comparison: CategoricalComparison, samples: 'hide' | 'show'): Distribution {
  const { referenceRows: m, currentRows: n } = comparison;
  if (m === 0 || n === 0) return { reference: {}, current: {} };
  const order = comparison.categories
    .map((name, i) => ({
      name,
      reference: comparison.reference[i] ?? 0,
      current: comparison.current[i] ?? 0,
    }))
    .sort((a, b) => b.reference / m + b.current / n - a.reference / m - a.current / n)
    .slice(0, CATEGORIES);
  const side = (key: 'reference' | 'current', rows: number) => ({
    categories: order.map((category) => ({
      ...(samples === 'show' ? { name: category.name } : {}),
      share: category[key] / rows,
    })),
  });
  return { reference: side('reference', m), current: side('current', n) };
}
