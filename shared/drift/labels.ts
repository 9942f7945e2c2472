import { instantMs } from '../inputs/kinds.ts';
import type { ByteSource } from '../ports/ports.ts';
import { type Problem, UserError } from '../problem/problem.ts';
import { type Cell, toNumber } from '../read/batch.ts';
import { collect } from '../read/collect.ts';
import { isMissing } from '../read/missing-text.ts';
import { cellValue } from '../read/same-value.ts';
import { UnreadableLines } from '../read/unreadable-lines.ts';
import { newestById, type Observation, type Period, within } from './observations.ts';
import type { LabelledPrediction } from './performance.ts';

/** Labels by the id of the prediction, as `cellValue` has it. */
export type LabelsById = ReadonlyMap<string, Cell>;

const LABELLED_AT = 'labelled_at';
const SHOWN = 20;

/**
 * Reads tables of labels. Of several labels of one id the one with the latest `labelled_at` holds, or the last if
 * there are no such times; labels later than `now` have not come yet; empty ones are none, nor is `NA` among numbers. A table without rows is
 * no fault.
 *
 * @throws UserError if a file cannot be read, lacks the columns, or holds a time that is none.
 */
export async function readLabels(
  sources: readonly ByteSource[],
  columns: { readonly id: string; readonly label: string; readonly maxUnreadable: number },
  now: Date,
): Promise<LabelsById> {
  const lines = new UnreadableLines();
  const table = await collect(sources, [columns.id, columns.label, LABELLED_AT], {
    exactIntegers: [columns.id, columns.label],
    onFault: (fault) => lines.fault(fault),
  });
  lines.settle(table.rows, columns.maxUnreadable);
  if (table.rows === 0) return new Map();
  const ids = table.column(columns.id, 'input id');
  const values = table.column(columns.label, 'input label');
  const isAbsent = absentAmong(values);
  const times = table.has(LABELLED_AT) ? table.column(LABELLED_AT) : null;
  const found = new Map<string, { label: Cell; at: number }>();
  const problems: Problem[] = [];
  ids.forEach((cell, index) => {
    const [id, label] = [cellValue(cell), values[index] ?? null];
    if (id === null || isAbsent(label)) return;
    const at = timeOf(times?.[index] ?? null);
    if (Number.isNaN(at)) {
      const { file, line } = table.place(index);
      problems.push({
        what: `${LABELLED_AT} is not a time`,
        where: `${file}:${line}`,
        fix: 'write ISO 8601, or leave it empty',
      });
    } else if (at <= now.getTime() && at >= (found.get(id)?.at ?? Number.NEGATIVE_INFINITY)) {
      found.set(id, { label, at });
    }
  });
  if (problems.length > 0) throw new UserError(problems.slice(0, SHOWN));
  return new Map([...found].map(([id, { label }]) => [id, label]));
}

function isEmpty(cell: Cell): boolean {
  return cell === null || (typeof cell === 'string' && cell.trim() === '');
}

/** Tells which labels have not come: those that are empty, and among numbers also `NA` and its like. */
function absentAmong(labels: readonly Cell[]): (label: Cell) => boolean {
  const isNone = (label: Cell): boolean => isEmpty(label) || (typeof label === 'string' && isMissing(label));
  const areNumbers = labels.every((label) => isNone(label) || !Number.isNaN(toNumber(label)));
  return areNumbers && !labels.every(isNone) ? isNone : isEmpty;
}

type IsAbsent = ReturnType<typeof absentAmong>;

/** Negative infinity if there is none: any label with a time is later. */
function timeOf(cell: Cell): number {
  if (cell === null) return Number.NEGATIVE_INFINITY;
  return typeof cell === 'string' ? instantMs(cell) : Number.NaN;
}

/** The label of an observation: its own, or the one that came under its id; null if none has come. */
function labelOf(observation: Observation, labels: LabelsById, isAbsent: IsAbsent): Cell {
  if (!isAbsent(observation.label)) return observation.label;
  return observation.id === null ? null : (labels.get(observation.id) ?? null);
}

export interface LabelledWindow {
  /** Predictions of the period, each id once. */
  readonly matured: number;
  readonly labelled: readonly LabelledPrediction[];
  /** How many of each predicted value, and how many of them with a label. */
  readonly byPrediction: ReadonlyMap<string, { readonly matured: number; readonly labelled: number }>;
}

/** Joins the predictions of a period with the labels that have come for them. */
export function joinLabels(
  observations: readonly Observation[],
  labels: LabelsById,
  period: Period,
): LabelledWindow {
  const matured = newestById(observations.filter(({ at }) => within(period, at)));
  const isAbsent = absentAmong(matured.map(({ label }) => label));
  const byPrediction = new Map<string, { matured: number; labelled: number }>();
  const labelled = matured.flatMap((observation) => {
    const label = labelOf(observation, labels, isAbsent);
    const { at, prediction, score } = observation;
    const counts = byPrediction.get(String(prediction)) ?? { matured: 0, labelled: 0 };
    counts.matured++;
    if (label !== null) counts.labelled++;
    byPrediction.set(String(prediction), counts);
    return label === null ? [] : [{ at, label, prediction, score }];
  });
  return { matured: matured.length, labelled, byPrediction };
}

/** How many rows later than the training data have a label; each id counts once. */
export function newLabelledRows(
  observations: readonly Observation[],
  labels: LabelsById,
  trainedUntil: Date,
): number {
  const later = newestById(observations.filter(({ at }) => at !== null && at > trainedUntil.getTime()));
  const isAbsent = absentAmong(later.map(({ label }) => label));
  return later.filter((observation) => labelOf(observation, labels, isAbsent) !== null).length;
}
