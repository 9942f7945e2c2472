/** Forms of metrics files that other programs write: their numbers under the names that people use. */
import { isMap } from '../../schema/map.ts';

/** Numbers by name, and which of them are better the higher they are, if the file says so. */
export interface NamedNumbers {
  readonly numbers: Readonly<Record<string, number>>;
  readonly higherIsBetter: Readonly<Record<string, boolean>>;
}

/** All that a document holds of known forms. */
export function namedNumbers(document: unknown, positiveLabel: string | undefined): NamedNumbers {
  const found = [
    ofReport(document, positiveLabel),
    ofHarness(document),
    ofModelIndex(document),
    ofEvaluations(document),
  ];
  return {
    numbers: Object.assign({}, ...found.map(({ numbers }) => numbers)) as NamedNumbers['numbers'],
    higherIsBetter: Object.assign(
      {},
      ...found.map(({ higherIsBetter }) => higherIsBetter),
    ) as NamedNumbers['higherIsBetter'],
  };
}

const NOTHING: NamedNumbers = { numbers: {}, higherIsBetter: {} };

type ReportEntry = { readonly precision: number; readonly recall: number; readonly 'f1-score': number };

function reportEntry(value: unknown, key: string): ReportEntry | undefined {
  const entry = isMap(value) ? value[key] : undefined;
  const isEntry =
    isMap(entry) &&
    ['precision', 'recall', 'f1-score', 'support'].every((name) => typeof entry[name] === 'number');
  return isEntry ? (entry as ReportEntry) : undefined;
}

/** scikit-learn's `classification_report(output_dict=True)`: averages, and the positive label's own. */
function ofReport(document: unknown, positiveLabel: string | undefined): NamedNumbers {
  const entries = [
    ['_macro', reportEntry(document, 'macro avg')],
    ['_weighted', reportEntry(document, 'weighted avg')],
    ['_micro', reportEntry(document, 'micro avg')],
    ['', positiveLabel === undefined ? undefined : reportEntry(document, positiveLabel)],
  ] as const;
  const numbers = entries.flatMap(([ending, entry]) =>
    entry === undefined
      ? []
      : [
          [`precision${ending}`, entry.precision],
          [`recall${ending}`, entry.recall],
          [`f1${ending}`, entry['f1-score']],
        ],
  );
  return { ...NOTHING, numbers: Object.fromEntries(numbers) as NamedNumbers['numbers'] };
}

/**
 * lm-evaluation-harness: `results.TASK."METRIC,FILTER"` goes by `TASK.METRIC` too if the task has one filter for
 * it, and by `TASK.METRIC.FILTER`. Standard errors go by `TASK.METRIC_stderr`.
 */
function ofHarness(document: unknown): NamedNumbers {
  if (!isMap(document) || !isMap(document.results)) return NOTHING;
  const numbers: Record<string, number> = {};
  const higherIsBetter: Record<string, boolean> = {};
  const known = isMap(document.higher_is_better) ? document.higher_is_better : {};
  for (const [task, values] of Object.entries(document.results)) {
    if (!isMap(values)) continue;
    const entries = Object.entries(values).flatMap(([key, value]) => {
      const [metric = key, filter] = key.split(',', 2);
      return typeof value === 'number' && filter !== undefined ? [{ metric, filter, value }] : [];
    });
    for (const { metric, filter, value } of entries) {
      const alone = entries.filter((other) => other.metric === metric).length === 1;
      const names = [`${task}.${metric}.${filter}`, ...(alone ? [`${task}.${metric}`] : [])];
      const of = known[task];
      const better = isMap(of) ? of[metric] : undefined;
      for (const name of names) {
        numbers[name] = value;
        if (typeof better === 'boolean') higherIsBetter[name] = better;
      }
    }
  }
  return { numbers, higherIsBetter };
}

/**
 * Hugging Face's `model-index` (in the front matter of a README, or as a document): each metric goes by its `type`, and
 * by `DATASET.TYPE`, if only one of the results has it so.
 */
function ofModelIndex(document: unknown): NamedNumbers {
  const index = isMap(document) ? document['model-index'] : undefined;
  const results = listOf(index).flatMap((model) => (isMap(model) ? listOf(model.results) : []));
  const values = results.filter(isMap).flatMap((result) => {
    const dataset = isMap(result.dataset) ? result.dataset : {};
    return listOf(result.metrics)
      .filter(isMap)
      .flatMap((metric) => {
        const value = numberOf(metric.value);
        if (value === undefined || typeof metric.type !== 'string') return [];
        const names = [dataset.type, dataset.name].filter((name) => typeof name === 'string');
        return [
          { name: metric.type, value },
          ...names.map((name) => ({ name: `${name}.${metric.type}`, value })),
        ];
      });
  });
  return unambiguous(values);
}

/** Hugging Face's `.eval_results/*.yaml`: a list of results, by `DATASET.TASK`. */
function ofEvaluations(document: unknown): NamedNumbers {
  const values = listOf(document)
    .filter(isMap)
    .flatMap(({ dataset, value }) => {
      const number = numberOf(value);
      if (!isMap(dataset) || typeof dataset.id !== 'string' || number === undefined) return [];
      const task = typeof dataset.task_id === 'string' ? `.${dataset.task_id}` : '';
      return [{ name: `${dataset.id}${task}`, value: number }];
    });
  return unambiguous(values);
}

/** Names that stand for one value only; two results of one name would let the reader choose. */
function unambiguous(values: readonly { readonly name: string; readonly value: number }[]): NamedNumbers {
  const once = values.filter(({ name, value }) =>
    values.every((other) => other.name !== name || other.value === value),
  );
  return { ...NOTHING, numbers: Object.fromEntries(once.map(({ name, value }) => [name, value])) };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && !Number.isNaN(number) ? number : undefined;
}
