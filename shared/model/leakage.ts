import { instantMs } from '../inputs/kinds.ts';
import { grouped } from '../problem/numbers.ts';
import { UserError } from '../problem/problem.ts';
import type { Check } from '../verdict/verdict.ts';

/** The end of a model's training data, by who says so. */
export interface TrainedUntil {
  readonly model: 'candidate' | 'production' | 'anchor';
  /** ISO 8601. */
  readonly instant: string;
}

/**
 * Rows that a model may have been trained on: those at or before the end of either model's training data.
 * A row whose time cannot be read counts as one, for nothing shows that it is later.
 *
 * @throws UserError if a `trained-until` is not an instant.
 */
export function leakageCheck(
  column: string,
  timestamps: readonly string[],
  trained: readonly TrainedUntil[],
): Check | undefined {
  if (trained.length === 0) return undefined;
  const ends = trained.map(({ model, instant }) => ({ model, instant, end: instantMs(instant) }));
  const unreadable = ends.filter(({ end }) => Number.isNaN(end));
  if (unreadable.length > 0) {
    throw new UserError(
      unreadable.map(({ model }) => ({
        what: 'is not an ISO 8601 instant',
        where:
          model === 'candidate' ? 'input trained-until' : `trained-until of the ${model} model’s metadata`,
      })),
    );
  }
  const times = timestamps.map(instantMs);
  const unread = times.filter(Number.isNaN).length;
  const counts = ends.map(({ model, instant, end }) => ({
    model,
    instant,
    rows: times.filter((time) => time <= end).length,
  }));
  const observed = Math.max(...counts.map(({ rows }) => rows)) + unread;
  const until = counts.map(({ model, instant }) => `${model} was trained until ${instant}`).join(', ');
  const common = { id: 'rows.leakage', target: { column }, observed, expected: 0 };
  if (observed === 0)
    return { ...common, status: 'pass', message: `all ${grouped(times.length)} rows are later (${until})` };
  const said = counts
    .filter(({ rows }) => rows > 0)
    .map(
      ({ model, rows }) =>
        `${grouped(rows)} of ${grouped(times.length)} rows are not later than the training data of the ${model} model`,
    );
  if (unread > 0) said.push(`${grouped(unread)} rows have no readable time`);
  return {
    ...common,
    status: 'fail',
    message: `${said.join('; ')} (${until})`,
    fix: 'judge on rows that neither model was trained on',
  };
}
