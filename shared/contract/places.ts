import type { Batch } from '../table/table.ts';
import type { Check, Location } from '../verdict/verdict.ts';
import { shownText, type TallyOptions } from './tally.ts';
import { placed } from './texts.ts';

/** How many rows break a rule, and where the first are. */
export class Places {
  readonly #locations: Location[] = [];
  readonly #options: TallyOptions;
  count = 0;

  constructor(options: TallyOptions) {
    this.#options = options;
  }

  /** @param column names the field, if it is one, and `value` is its value. */
  add(batch: Batch, row: number, column?: string, value?: unknown): true {
    this.count++;
    if (this.#locations.length < this.#options.maxLocations) {
      const field = column === undefined ? 0 : batch.columns.indexOf(column) + 1;
      const at = { file: batch.file, line: batch.lines[row] ?? 0 };
      const shown = this.#options.samples === 'show' && value !== undefined && value !== null;
      this.#locations.push({
        ...at,
        ...(field > 0 ? { column: field } : {}),
        ...(shown ? { value: shownText(value) } : {}),
      });
    }
    return true;
  }

  get placed(): Pick<Check, 'locations' | 'places'> {
    return placed(this.#locations, this.count);
  }
}
