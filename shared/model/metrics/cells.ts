/** The cells of a confusion matrix, of classes or of sets of labels, that occur. */
import { type WeightedCells, weightByCell } from '../metric.ts';
import { type ClassificationRows, type MultilabelRows, sum } from '../rows.ts';

export type LabelledRows = ClassificationRows | MultilabelRows;

/** The cells that occur, and by class or label their weight: of the truth, of predictions, and where both agree. */
export interface Confusion extends WeightedCells {
  /** Their arrays are used again. */
  margins(weights: Float64Array): Margins;
  /** Of single-label rows, the classes of each cell. */
  readonly pairs?: { readonly truth: Int32Array; readonly predicted: Int32Array };
}

export interface Margins {
  readonly truth: Float64Array;
  readonly predicted: Float64Array;
  readonly agreed: Float64Array;
  /** All weight. */
  readonly total: number;
}

const known = new WeakMap<LabelledRows, Confusion>();

/** The cells of these rows, found once. */
export function countConfusion(rows: LabelledRows): Confusion {
  const found = known.get(rows) ?? (rows.task === 'multilabel' ? ofLabels(rows) : ofClasses(rows));
  known.set(rows, found);
  return found;
}

export function predictionsOf<A>(rows: { readonly predicted?: A }): A {
  if (rows.predicted === undefined) throw new TypeError('a metric of predictions was given rows without any');
  return rows.predicted;
}

/** A table of all pairs of classes is held up to this size. */
const TABLE = 1 << 22;

/** Numbers the pairs of truth and prediction that occur, in the order in which they do. */
function ofClasses(rows: ClassificationRows): Confusion {
  const { n, truth } = rows;
  const predicted = predictionsOf(rows);
  const k = rows.classes.length;
  const cells = new Int32Array(n);
  const first: number[] = [];
  const table = k * k <= TABLE ? new Int32Array(k * k) : undefined;
  const sparse = new Map<number, number>();
  for (let i = 0; i < n; i += 1) {
    const pair = truth[i]! * k + predicted[i]!;
    // Kept one higher, so that 0 is none.
    let cell = table === undefined ? (sparse.get(pair) ?? 0) : table[pair]!;
    if (cell === 0) {
      cell = first.push(i);
      if (table === undefined) sparse.set(pair, cell);
      else table[pair] = cell;
    }
    cells[i] = cell - 1;
  }
  const pairs = {
    truth: Int32Array.from(first, (i) => truth[i]!),
    predicted: Int32Array.from(first, (i) => predicted[i]!),
  };
  const size = first.length;
  const room = roomFor(k);
  return {
    cells,
    size,
    weights: weightByCell({ cells, size }, rows),
    pairs,
    margins: (weights) => {
      const found = emptied(room, weights);
      for (let cell = 0; cell < size; cell += 1) {
        const label = pairs.truth[cell]!;
        const guess = pairs.predicted[cell]!;
        found.truth[label]! += weights[cell]!;
        found.predicted[guess]! += weights[cell]!;
        if (label === guess) found.agreed[label]! += weights[cell]!;
      }
      return found;
    },
  };
}

/** A cell is a set of labels with a predicted set; they are told apart label by label. */
function ofLabels(rows: MultilabelRows): Confusion {
  const { n, truth } = rows;
  const predicted = predictionsOf(rows);
  const k = rows.labels.length;
  const cells = new Int32Array(n);
  let first: number[] = n > 0 ? [0] : [];
  for (let j = 0; j < k; j += 1) {
    const numbers = new Int32Array(4 * first.length);
    first = [];
    for (let i = 0; i < n; i += 1) {
      const refined = 4 * cells[i]! + 2 * truth[j * n + i]! + predicted[j * n + i]!;
      if (numbers[refined] === 0) numbers[refined] = first.push(i);
      cells[i] = numbers[refined]! - 1;
    }
  }
  const size = first.length;
  const room = roomFor(k);
  return {
    cells,
    size,
    weights: weightByCell({ cells, size }, rows),
    margins: (weights) => {
      const found = emptied(room, weights);
      for (let j = 0; j < k; j += 1) {
        for (let cell = 0; cell < size; cell += 1) {
          const at = j * n + first[cell]!;
          const weight = weights[cell]!;
          if (truth[at] === 1) found.truth[j]! += weight;
          if (predicted[at] === 1) found.predicted[j]! += weight;
          if (truth[at] === 1 && predicted[at] === 1) found.agreed[j]! += weight;
        }
      }
      return found;
    },
  };
}

type Room = Omit<Margins, 'total'>;

function roomFor(k: number): Room {
  return { truth: new Float64Array(k), predicted: new Float64Array(k), agreed: new Float64Array(k) };
}

/** Margins are asked for by the thousand: each table's share one room. */
function emptied(room: Room, weights: Float64Array): Margins {
  room.truth.fill(0);
  room.predicted.fill(0);
  room.agreed.fill(0);
  return { ...room, total: sum(weights) };
}
