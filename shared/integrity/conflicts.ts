import type { Batch } from '../table/table.ts';
import type { Location } from '../verdict/verdict.ts';
import { Places, placeOf } from './places.ts';
import { type Budget, RowIndex } from './row-index.ts';
import { RowText } from './row-text.ts';
import { isMissing } from './texts.ts';

/** Rows of the same features whose label is not the first one's. */
export class Conflicts {
  readonly index: RowIndex;
  readonly locations: Location[] = [];
  readonly text: RowText;
  readonly #label: string;
  readonly #labels = new Map<string, number>();
  readonly #labelOf: number[] = [];
  readonly #shown = new Set<number>();
  readonly #places = new Places();
  readonly #maxLocations: number;
  #columns: readonly string[] | undefined;
  #width = 0;
  #at = -1;
  readonly unlabelledPlaces: Location[] = [];
  count = 0;
  labelled = 0;
  unlabelled = 0;

  constructor(budget: Budget, maxLocations: number, label: string, others: ReadonlySet<string>) {
    this.index = new RowIndex(budget);
    this.text = new RowText((name) => name !== label && !others.has(name));
    this.#label = label;
    this.#maxLocations = maxLocations;
  }

  add(batch: Batch, row: number): void {
    if (this.#columns !== batch.columns || this.#width !== batch.columns.length) {
      this.#columns = batch.columns;
      this.#width = batch.columns.length;
      this.#at = batch.columns.indexOf(this.#label);
    }
    const at = this.#at;
    const label = batch.rows[row]?.[at] ?? null;
    if (label === null || (typeof label === 'string' && isMissing(label))) {
      this.unlabelled++;
      const field = at < 0 ? {} : { column: at + 1 };
      if (this.unlabelledPlaces.length < this.#maxLocations)
        this.unlabelledPlaces.push({ ...placeOf(batch, row), ...field });
      return;
    }
    const text = this.text.of(batch, row);
    if (text === '[]') return;
    this.labelled++;
    const id = this.index.add(text);
    if (id < 0) return;
    const own = this.#numberOf(String(label));
    if (this.index.isNew) {
      this.#labelOf.push(own);
      this.#places.push(batch, row);
    } else if (this.#labelOf[id] !== own) {
      this.count++;
      this.#show(id, placeOf(batch, row));
    }
  }

  /** The row that the first conflict is with is shown, too. */
  #show(id: number, place: Location): void {
    const places = this.#shown.has(id) ? [place] : [this.#places.at(id), place];
    if (this.locations.length + places.length > this.#maxLocations) return;
    this.#shown.add(id);
    this.locations.push(...places);
  }

  #numberOf(label: string): number {
    const known = this.#labels.get(label);
    if (known !== undefined) return known;
    this.#labels.set(Buffer.from(label).toString(), this.#labels.size);
    return this.#labels.size - 1;
  }
}
