import { grouped, placed } from '../contract/texts.ts';
import type { Batch } from '../table/table.ts';
import type { Check, Location } from '../verdict/verdict.ts';
import type { IntegrityOptions } from './options.ts';
import { Places } from './places.ts';
import { type Budget, RowIndex } from './row-index.ts';
import { RowText } from './row-text.ts';

/** Rows of the data, by some columns, that are looked for in the reference. */
class Sought {
  readonly text: RowText;
  readonly index: RowIndex;
  readonly #first = new Places();
  readonly #rows: number[] = [];
  readonly #met = new Set<number>();

  constructor(budget: Budget, accepts: (name: string) => boolean) {
    this.text = new RowText(accepts);
    this.index = new RowIndex(budget);
  }

  add(batch: Batch, row: number): void {
    const text = this.text.of(batch, row);
    if (text === '[]') return;
    const id = this.index.add(text);
    if (id < 0) return;
    if (this.index.isNew) this.#first.push(batch, row);
    this.#rows[id] = (this.#rows[id] ?? 0) + 1;
  }

  look(batch: Batch, row: number): void {
    this.text.freeze();
    const text = this.text.of(batch, row);
    if (text === '[]') return;
    const id = this.index.find(text);
    if (id >= 0) this.#met.add(id);
  }

  /** Rows of the data that the reference has, too. */
  get count(): number {
    let count = 0;
    for (const id of this.#met) count += this.#rows[id] ?? 0;
    return count;
  }

  /** The first place of each such row, in the order of the data. */
  locations(most: number): Location[] {
    return [...this.#met]
      .sort((a, b) => a - b)
      .slice(0, most)
      .map((id) => this.#first.at(id));
  }
}

/** Rows of the data that are also rows of the reference: by key, and by all other columns that both have. */
export class Leakage {
  readonly #options: IntegrityOptions;
  readonly #byKey: Sought | undefined;
  readonly #byRow: Sought;
  #rows = 0;
  #referenceRows = 0;

  constructor(options: IntegrityOptions, budget: Budget) {
    const { key = [], referenceColumns = [] } = options;
    const shared = new Set(referenceColumns);
    this.#options = options;
    this.#byRow = new Sought(budget, (name) => shared.has(name) && !key.includes(name));
    if (key.length > 0 && key.every((name) => shared.has(name)))
      this.#byKey = new Sought(budget, (name) => key.includes(name));
  }

  add(batch: Batch): void {
    for (let row = 0; row < batch.rows.length; row++) {
      this.#rows++;
      this.#byKey?.add(batch, row);
      this.#byRow.add(batch, row);
    }
  }

  addReference(batch: Batch): void {
    for (let row = 0; row < batch.rows.length; row++) {
      this.#referenceRows++;
      this.#byKey?.look(batch, row);
      this.#byRow.look(batch, row);
    }
  }

  checks(): Check[] {
    const id = 'integrity.leakage';
    if (this.#referenceRows === 0) {
      const message = 'there are no rows of a reference that these rows could be compared with';
      const mend = 'give the training data as reference: a profile and a model have no rows';
      return [{ id, status: 'inconclusive', message, mend }];
    }
    const { key = [] } = this.#options;
    const keyed = this.#byKey?.text.names.length === key.length ? this.#byKey : undefined;
    const byRow = this.#byRow.text.names.length === 0 ? [] : [this.#check(this.#byRow, keyed !== undefined)];
    if (keyed !== undefined) return [this.#check(keyed, false, `the key ${key.join(', ')}`), ...byRow];
    if (byRow.length > 0) return byRow;
    const message = 'the data and the reference have no column in common';
    return [{ id, status: 'inconclusive', message, mend: 'give a reference that has columns of the data' }];
  }

  /** `weak`: there is a key, beside which rows may be alike by chance. */
  #check(sought: Sought, weak: boolean, by?: string): Check {
    const { count, index } = sought;
    const what = by ?? `all ${sought.text.names.length} columns${weak ? ' but the key' : ''} that both have`;
    const base = { id: 'integrity.leakage', observed: count, expected: 0 } as const;
    if (count === 0 && !index.full)
      return {
        ...base,
        status: 'pass',
        message: `no row is in the reference, by ${what}, of ${grouped(this.#referenceRows)} rows there`,
      };
    const first = index.full ? `; only the first ${grouped(index.size)} different rows were looked for` : '';
    if (count === 0)
      return {
        ...base,
        status: 'inconclusive',
        message: `no row was found in the reference, by ${what}${first}`,
        mend: 'check the files in parts',
      };
    const rows = `${grouped(count)} of ${grouped(this.#rows)} rows`;
    return {
      ...base,
      status: weak ? 'warn' : 'fail',
      message: `${rows} ${count === 1 ? 'is' : 'are'} in the reference too, by ${what}${first}`,
      ...placed(sought.locations(this.#options.maxLocations), count),
      mend: 'take them out of one of the two; where rows may overlap, leave out disjoint',
    };
  }
}
