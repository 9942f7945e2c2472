import { jsonTypeOf } from '../read/batch.ts';
import type { Location } from '../verdict/verdict.ts';
import type { Violation } from './violation.ts';

/** Different values of a broken `enum` that its fix lists; one more is kept, to tell that there are more. */
export const MAX_LISTED_VALUES = 20;

/** How often one rule was broken in one column, where first, and by what: enough to say what would accept it. */
export class Tally {
  readonly rule: string;
  readonly column: string | undefined;
  readonly detail: string | undefined;
  /** Only if the column's keywords are graded one by one. */
  readonly keyword: string | undefined;
  count = 0;
  readonly locations: Location[] = [];
  readonly types = new Set<string>();
  readonly values = new Set<string | number | boolean | null>();
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  shortest = Number.POSITIVE_INFINITY;
  longest = 0;

  constructor(rule: string, column?: string, detail?: string, keyword?: string) {
    this.rule = rule;
    this.column = column;
    this.detail = detail;
    this.keyword = keyword;
  }

  add(value: unknown): void {
    this.count++;
    if (value === undefined) return;
    this.types.add(jsonTypeOf(value));
    if (typeof value === 'number') {
      this.min = Math.min(this.min, value);
      this.max = Math.max(this.max, value);
    }
    if (typeof value === 'string') {
      const length = [...value].length;
      this.shortest = Math.min(this.shortest, length);
      this.longest = Math.max(this.longest, length);
    }
    const scalar = value === null || ['string', 'number', 'boolean'].includes(typeof value);
    if (scalar && this.values.size <= MAX_LISTED_VALUES)
      this.values.add(value as string | number | boolean | null);
  }
}

export interface TallyOptions {
  readonly maxLocations: number;
  readonly samples: 'hide' | 'show';
}

/** All tallies of a run, by rule, column and detail. */
export class Tallies {
  readonly #options: TallyOptions;
  readonly #byKey = new Map<string, Tally>();
  readonly #byColumn = new Map<string, Tally[]>();

  constructor(options: TallyOptions) {
    this.#options = options;
  }

  /** Notes that a value at a place breaks a rule; the rule's tally. */
  record(broken: Violation, at: Location): Tally {
    const tally = this.tallyOf(broken);
    const { value, digits } = broken;
    tally.add(value);
    if (tally.locations.length >= this.#options.maxLocations) return tally;
    const shown = this.#options.samples === 'show' && value !== undefined && value !== null;
    tally.locations.push(shown ? { ...at, value: shownText(digits ?? value) } : at);
    return tally;
  }

  /** The tally of a rule; an empty one if it has not been broken. */
  tallyOf({ rule, column, detail, keyword }: Omit<Violation, 'value' | 'digits'>): Tally {
    const ofColumn = `${rule}\n${column ?? ''}`;
    const key = `${ofColumn}\n${detail ?? ''}\n${keyword ?? ''}`;
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const tally = new Tally(rule, column, detail, keyword);
    this.#byKey.set(key, tally);
    this.#byColumn.set(ofColumn, [...(this.#byColumn.get(ofColumn) ?? []), tally]);
    return tally;
  }

  all(): Tally[] {
    return [...this.#byKey.values()];
  }

  of(rule: string, column?: string): readonly Tally[] {
    return this.#byColumn.get(`${rule}\n${column ?? ''}`) ?? [];
  }
}

/** A value as a location shows it. */
export function shownText(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
