import { compareValues, shownName } from '../read/value-names.ts';
import type { JsonObject } from '../verdict/verdict.ts';
import type { CategoricalComparison, ColumnComparison } from './counts.ts';
import { histogramsOf } from './histogram.ts';

/** Both samples of a column as a report draws them: `histogram: {edges, counts, …}` or `categories: [{name, share}]`. */
export interface DrawnDistribution {
  readonly reference: JsonObject;
  readonly current: JsonObject;
}

const CATEGORIES = 20;

/** Histograms, or the most frequent categories. With `samples: hide`, those are numbered in the order of their values. */
export function distributionOf(comparison: ColumnComparison, samples: 'hide' | 'show'): DrawnDistribution {
  return comparison.kind === 'ordered' ? histogramsOf(comparison, samples) : categories(comparison, samples);
}

function categories(comparison: CategoricalComparison, samples: 'hide' | 'show'): DrawnDistribution {
  const { referenceRows: m, currentRows: n } = comparison;
  if (m === 0 || n === 0) return { reference: {}, current: {} };
  const drawn = comparison.categories
    .map((value, i) => ({
      value,
      reference: comparison.reference[i] ?? 0,
      current: comparison.current[i] ?? 0,
    }))
    .sort((a, b) => b.reference / m + b.current / n - a.reference / m - a.current / n)
    .slice(0, CATEGORIES);
  const inOrder = drawn.map(({ value }) => value).sort(compareValues);
  const naming = { showValues: samples === 'show', noun: 'category' };
  const side = (key: 'reference' | 'current', rows: number) => ({
    categories: drawn.map((category) => ({
      name: shownName(category.value, inOrder.indexOf(category.value) + 1, naming),
      share: category[key] / rows,
    })),
  });
  return { reference: side('reference', m), current: side('current', n) };
}
