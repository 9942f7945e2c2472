import { type PartPlace, placedIn } from '../contract/row-term.ts';
import { MAX_LISTED_VALUES, Tallies, type Tally, type TallyOptions } from '../contract/tally.ts';
import type { Violation } from '../contract/violation.ts';
import type { Location } from '../verdict/verdict.ts';

/** One rule that rows broke. `first` is the row, counted through all files, that broke it first. */
export interface BrokenRule {
  readonly first: number;
  readonly tally: TallyState;
}

type TallyState = Omit<Tally, 'add'>;

/** The rules that some rows broke. */
export class BrokenRules {
  readonly #tallies: Tallies;
  readonly #first = new Map<Tally, number>();
  #merged: readonly BrokenRule[] = [];

  constructor(options: TallyOptions) {
    this.#tallies = new Tallies(options);
  }

  /** Notes what a row breaks. */
  note(broken: Violation, row: number, at: Location): void {
    const tally = this.#tallies.record(broken, at);
    if (!this.#first.has(tally)) this.#first.set(tally, row);
  }

  /** Adds what another has noted in later rows. */
  merge(later: readonly BrokenRule[], part: PartPlace): void {
    this.#merged = [...this.#merged, ...later.map((rule) => shifted(rule, part))];
  }

  get all(): readonly BrokenRule[] {
    const own = this.#tallies
      .all()
      .map((tally) => ({ first: this.#first.get(tally) ?? 0, tally: stateOf(tally) }));
    return [...own, ...this.#merged];
  }
}

function stateOf(tally: Tally): TallyState {
  const { rule, column, detail, keyword, count, locations, types, values, min, max, shortest, longest } =
    tally;
  return { rule, column, detail, keyword, count, locations, types, values, min, max, shortest, longest };
}

function shifted({ first, tally }: BrokenRule, part: PartPlace): BrokenRule {
  const locations = tally.locations.map((at) => placedIn(part, at, tally.column));
  return { first: first + part.rows, tally: { ...tally, locations } };
}

/** Tallies as the checks are made of, from those of all columns and parts, in the order of the rows. */
export function joinedTallies(broken: readonly BrokenRule[], options: TallyOptions): Tallies {
  const tallies = new Tallies(options);
  const inOrder = broken
    .map((rule, index) => ({ ...rule, index }))
    .sort((a, b) => a.first - b.first || a.index - b.index);
  for (const { tally } of inOrder) {
    const made = tallies.tallyOf(tally);
    made.count += tally.count;
    made.locations.push(...tally.locations.slice(0, options.maxLocations - made.locations.length));
    for (const type of tally.types) made.types.add(type);
    for (const value of tally.values) if (made.values.size <= MAX_LISTED_VALUES) made.values.add(value);
    made.min = Math.min(made.min, tally.min);
    made.max = Math.max(made.max, tally.max);
    made.shortest = Math.min(made.shortest, tally.shortest);
    made.longest = Math.max(made.longest, tally.longest);
  }
  return tallies;
}
