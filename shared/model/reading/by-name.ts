/** Columns by the class or label that they are of, and the matrix of their scores. */
import type { Problem } from '../../problem/problem.ts';
import { Classes } from '../../read/classes.ts';
import { valueText } from '../../read/same-value.ts';
import type { Field, JoinedFields } from '../fields.ts';
import type { SheetRole } from '../join.ts';
import { SUM_TOLERANCE } from '../metrics/probabilities.ts';
import type { StrangerReason } from './strangers.ts';

/** A column for each class or label: `p_*`, where the star stands for its name, or a map from name to column. */
export type ByName = string | Readonly<Record<string, string>>;

/** Does it name several columns? */
export function isByName(given: ByName | undefined): given is ByName {
  return given !== undefined && (typeof given !== 'string' || given.endsWith('*'));
}

/**
 * The columns of one file by the name of their class, in the order of scikit-learn's labels: numbers by value, else
 * texts. What is wrong with them is added to the problems of `fields`.
 */
export function columnsByName(
  fields: JoinedFields,
  role: SheetRole,
  given: ByName,
  input: string,
): ReadonlyMap<string, Field> | undefined {
  if (!fields.has(role)) return undefined;
  const problem = (what: string, fix: string) => fields.problems.push({ what, where: `input ${input}`, fix });
  const pairs =
    typeof given === 'string' ? fields.startingWith(role, given.slice(0, -1)) : Object.entries(given);
  const found = new Map<string, Field>();
  for (const [text, column] of pairs) {
    const name = valueText(text);
    const field = fields.of(role, column, input);
    if (found.has(name))
      problem(`two columns belong to the class ${JSON.stringify(name)}`, 'name one column for each class');
    if (field !== undefined) found.set(name, field);
  }
  if (pairs.length < 2) {
    const what = typeof given === 'string' ? `${JSON.stringify(given)} fits` : 'the map names';
    problem(`${what} ${pairs.length} of the columns`, 'name a column of scores for each class, at least two');
  }
  return new Map([...found].sort(([a], [b]) => inOrder(a, b)));
}

function inOrder(a: string, b: string): number {
  const difference = Number(a) - Number(b);
  if (!Number.isNaN(difference) && difference !== 0) return difference;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The problem that two models have scores of different classes; rows could not be compared by them. */
export function otherClasses(
  candidate: ReadonlyMap<string, Field> | undefined,
  production: ReadonlyMap<string, Field> | undefined,
): Problem[] {
  if (candidate === undefined || production === undefined) return [];
  const lacks = (from: Iterable<string>, of: Iterable<string>) => {
    const classes = new Classes(of);
    return [...from].filter((name) => classes.index(name) < 0).length;
  };
  const [ours, theirs] = [candidate.keys(), production.keys()];
  const lacking = lacks(ours, production.keys()) + lacks(theirs, candidate.keys());
  if (lacking === 0) return [];
  const what = `the two models have scores of different classes (only one model has scores of ${lacking})`;
  return [{ what, where: 'input score', fix: 'give both models a column of scores for every class' }];
}

const NO_SUM: StrangerReason = {
  why: 'and the probabilities of the other classes do not sum to 1',
  fix: 'write probabilities that sum to 1 in each row, as a softmax gives them; or judge metrics that do not need them, such as roc_auc_ovr',
};

/**
 * Scores as a matrix of the joined rows, n × k, one class after the other. If they are judged as probabilities, no row
 * is judged if one lies outside of [0, 1], or if those of a row do not sum to 1 within `SUM_TOLERANCE`.
 */
export function scoreMatrix(
  fields: JoinedFields,
  columns: ReadonlyMap<string, Field>,
  probabilities: 'of-classes' | 'of-labels' | 'none',
): Float64Array {
  const n = fields.joined.n;
  const matrix = new Float64Array(n * columns.size);
  const sums = new Float64Array(n);
  let at = 0;
  for (const field of columns.values()) {
    const values = probabilities === 'none' ? fields.numbers(field, 'values') : fields.probabilities(field);
    matrix.set(values, at);
    for (let i = 0; i < n; i += 1) sums[i]! += values[i]!;
    at += n;
  }
  const [first] = columns.values();
  if (probabilities !== 'of-classes' || first === undefined) return matrix;
  sums.forEach((sum, place) => {
    // NaN has been told of already.
    if (!(Math.abs(sum - 1) > SUM_TOLERANCE)) return;
    fields.fault('values', first, place, NO_SUM.why, NO_SUM.fix);
    fields.refuse();
  });
  return matrix;
}
