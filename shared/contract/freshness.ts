import { instantMs } from '../inputs/kinds.ts';
import { grouped } from '../problem/numbers.ts';
import type { Check } from '../verdict/verdict.ts';
import { fixOf } from './fix.ts';
import { type Grade, graded } from './grade.ts';
import { lackingCheck } from './key.ts';
import type { RowCells } from './row.ts';
import type { PartPlace, RowTerm, TableFacts } from './row-term.ts';
import type { Freshness } from './terms.ts';

interface FreshnessState {
  readonly newest: number;
  readonly later: number;
}

/** The newest time of a column, before now, is not an older than it may be. Times after now say nothing of that. */
export class FreshnessRule implements RowTerm<FreshnessState> {
  readonly columns: readonly string[];
  readonly #rule: Freshness;
  readonly #grade: Grade;
  readonly #now: number;
  #newest = Number.NEGATIVE_INFINITY;
  #later = 0;

  constructor(rule: Freshness, grade: Grade, now: Date) {
    this.columns = [rule.column];
    this.#rule = rule;
    this.#grade = grade;
    this.#now = now.getTime();
    if (Number.isNaN(this.#now)) throw new TypeError('freshness needs the time of the run');
  }

  add(row: RowCells): boolean {
    const value = row.valueOf(this.#rule.column);
    const at = typeof value === 'string' ? instantMs(value) : Number.NaN;
    if (at > this.#now) this.#later++;
    else if (at > this.#newest) this.#newest = at;
    return false;
  }

  get state(): FreshnessState {
    return { newest: this.#newest, later: this.#later };
  }

  merge({ newest, later }: FreshnessState, _part: PartPlace): void {
    this.#newest = Math.max(this.#newest, newest);
    this.#later += later;
  }

  checks({ columns, rows }: TableFacts): Check[] {
    const { column, maxAge, maxAgeMs } = this.#rule;
    const base = { id: 'table.freshness', target: { column }, expected: { 'max-age': maxAge } } as const;
    const remove = 'remove x-ml-loop.freshness';
    const lacking = lackingCheck(base, 'x-ml-loop.freshness', [column], columns, remove);
    if (lacking !== undefined) return [graded(lacking, this.#grade, undefined, rows)];
    const after =
      this.#later === 0
        ? ''
        : `; ${grouped(this.#later)} ${this.#later === 1 ? 'value is' : 'values are'} later than now and not counted`;
    if (this.#newest === Number.NEGATIVE_INFINITY) {
      const message = `${column} has no ISO 8601 time before now${after}`;
      return [{ ...base, status: 'inconclusive', message, fix: 'write times such as 2026-01-31T12:00:00Z' }];
    }
    const age = this.#now - this.#newest;
    const shown = durationText(age);
    const message = `the newest ${column} is ${shown} old${after}`;
    if (age <= maxAgeMs) return [{ ...base, status: 'pass', observed: shown, message }];
    const fix = fixOf('take newer data', `x-ml-loop.freshness.max-age: ${shown}`);
    return [graded({ ...base, status: 'fail', observed: shown, message, fix }, this.#grade, undefined, rows)];
  }
}

/** Rounded up, in the largest unit of which there are two at least: `3d`, `36h`, `90m`. */
function durationText(milliseconds: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
  ] as const;
  const found = units.find(([, length]) => milliseconds >= 2 * length) ?? (['s', 1000] as const);
  return `${Math.ceil(milliseconds / found[1])}${found[0]}`;
}
