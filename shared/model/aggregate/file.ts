import { parse } from 'yaml';
import { messageOf, UserError } from '../problem/problem.ts';
import { jsonPlace } from '../table/table.ts';

/** Numbers of a metrics file by dotted path, such as `test.accuracy`. */
export type Aggregate = Readonly<Record<string, number>>;

/** Is it, by its name, a file of aggregate numbers rather than predictions a row? */
export function isMetricsFile(path: string): boolean {
  return /\.(json|ya?ml)$/i.test(path);
}

/**
 * Reads nested numbers of JSON or YAML by dotted path; other values are left out. scikit-learn's
 * `classification_report(output_dict=True)` also gives `f1_macro`, `f1_weighted` and, of the positive label,
 * `precision`, `recall` and `f1`.
 *
 * @throws UserError where the text is neither JSON nor YAML, or holds no number.
 */
export async function readMetricsFile(
  text: string,
  file: string,
  positiveLabel?: string,
): Promise<Aggregate> {
  const value = /\.json$/i.test(file) ? parseJson(text, file) : await parseYamlText(text, file);
  const report = positiveLabel === undefined ? undefined : reportEntry(value, positiveLabel);
  const numbers = { ...ofReport(value, report), ...Object.fromEntries(leaves(value)) };
  if (Object.keys(numbers).length === 0) {
    throw new UserError({
      what: 'holds no number',
      where: file,
      mend: 'give a map of numbers, such as {"accuracy": 0.91}; predictions a row come as CSV or JSON Lines',
    });
  }
  return numbers;
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError({ what: `is no JSON${jsonPlace(error)}`, where: file });
  }
}

function parseYamlText(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new UserError({ what: `is no YAML (${messageOf(error).split('\n')[0]})`, where: file });
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Without recursion, for a file may nest deeper than the stack. */
function* leaves(root: unknown): Generator<[string, number]> {
  const open: { path: string; value: unknown }[] = [{ path: '', value: root }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { path, value } = next;
    if (typeof value === 'number' && Number.isFinite(value) && path !== '') yield [path, value];
    if (!isMap(value)) continue;
    const children = Object.entries(value).map(([key, child]) => {
      return { path: path === '' ? key : `${path}.${key}`, value: child };
    });
    open.push(...children.reverse());
  }
}

/** A number of the file by its path. */
export function numberAt(numbers: Aggregate, path: string): number | undefined {
  return Object.hasOwn(numbers, path) ? numbers[path] : undefined;
}

type ReportEntry = { readonly precision: number; readonly recall: number; readonly 'f1-score': number };

function reportEntry(value: unknown, key: string): ReportEntry | undefined {
  const entry = isMap(value) ? value[key] : undefined;
  const isEntry =
    isMap(entry) &&
    ['precision', 'recall', 'f1-score', 'support'].every((name) => typeof entry[name] === 'number');
  return isEntry ? (entry as ReportEntry) : undefined;
}

function ofReport(value: unknown, positive: ReportEntry | undefined): Aggregate {
  const macro = reportEntry(value, 'macro avg');
  const weighted = reportEntry(value, 'weighted avg');
  return {
    ...(macro === undefined ? {} : { f1_macro: macro['f1-score'] }),
    ...(weighted === undefined ? {} : { f1_weighted: weighted['f1-score'] }),
    ...(positive === undefined
      ? {}
      : { precision: positive.precision, recall: positive.recall, f1: positive['f1-score'] }),
  };
}
