import type { Check, Location } from '../verdict/verdict.ts';
import type { RowCells } from './row.ts';
import { type PartPlace, placedIn } from './row-term.ts';
import { shownText, type TallyOptions } from './tally.ts';
import { placed } from './texts.ts';

export interface PlacesState {
  readonly count: number;
  readonly locations: readonly Location[];
}

/** How many rows break a rule, and where the first are. */
export class BrokenPlaces {
  #locations: Location[] = [];
  readonly #options: TallyOptions;
  count = 0;

  constructor(options: TallyOptions) {
    this.#options = options;
  }

  /** @param column names the field, if it is one, and `value` is its value. */
  add(row: RowCells, column?: string, value?: unknown): true {
    this.count++;
    if (this.#locations.length < this.#options.maxLocations)
      this.#locations.push(this.locationOf(row, column, value));
    return true;
  }

  locationOf(row: RowCells, column?: string, value?: unknown): Location {
    const { file, line } = row;
    const field = column === undefined ? 0 : row.fieldOf(column);
    const shown = this.#options.samples === 'show' && value !== undefined && value !== null;
    return {
      ...{ file, line },
      ...(field > 0 ? { column: field } : {}),
      ...(shown ? { value: shownText(value) } : {}),
    };
  }

  get state(): PlacesState {
    return { count: this.count, locations: this.#locations };
  }

  merge({ count, locations }: PlacesState, part: PartPlace, column?: string): void {
    this.count += count;
    this.#locations = [...this.#locations, ...locations.map((at) => placedIn(part, at, column))].slice(
      0,
      this.#options.maxLocations,
    );
  }

  get placed(): Pick<Check, 'locations' | 'places'> {
    return placed(this.#locations, this.count);
  }
}
