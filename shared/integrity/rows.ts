import { grouped, placed } from '../contract/texts.ts';
import type { Batch } from '../table/table.ts';
import type { Check, Location } from '../verdict/verdict.ts';
import { Conflicts } from './conflicts.ts';
import { type Findings, found, type IntegrityOptions } from './options.ts';
import { placeOf } from './places.ts';
import { type Budget, RowIndex } from './row-index.ts';
import { RowText } from './row-text.ts';

/** The share of rows that may be copies of another but for the key: short rows of few values are so by chance. */
const COPIES = 0.05;

/** Rows that repeat an earlier one in some columns. */
class Repeats {
  readonly text: RowText;
  readonly index: RowIndex;
  readonly locations: Location[] = [];
  readonly #maxLocations: number;
  rows = 0;
  count = 0;

  constructor(budget: Budget, maxLocations: number, accepts?: (name: string) => boolean) {
    this.text = new RowText(accepts);
    this.index = new RowIndex(budget);
    this.#maxLocations = maxLocations;
  }

  /** Does the row repeat an earlier one? */
  add(batch: Batch, row: number, text: string): boolean {
    this.rows++;
    if (this.index.add(text) < 0 || this.index.isNew) return false;
    this.count++;
    if (this.locations.length < this.#maxLocations) this.locations.push(placeOf(batch, row));
    return true;
  }
}

/** Rows beside each other: duplicates, copies under another key, and conflicting labels. */
export class RowChecks {
  readonly #options: IntegrityOptions;
  readonly #all: Repeats;
  readonly #copies: Repeats | undefined;
  readonly #conflicts: Conflicts | undefined;

  constructor(options: IntegrityOptions, budget: Budget) {
    const { key = [], ignored = [], label, timestamp, maxLocations } = options;
    this.#options = options;
    this.#all = new Repeats(budget, maxLocations);
    const others = new Set([...key, ...ignored, ...(timestamp === undefined ? [] : [timestamp])]);
    const keyed = new Set(key);
    if (key.length > 0) this.#copies = new Repeats(budget, maxLocations, (name) => !keyed.has(name));
    if (label !== undefined) this.#conflicts = new Conflicts(budget, maxLocations, label, others);
  }

  /** `each` is given every row as the text of all its columns, in the order of `names`. */
  add(batch: Batch, each?: (text: string) => void): void {
    for (let row = 0; row < batch.rows.length; row++) {
      const text = this.#all.text.of(batch, row);
      const repeated = this.#all.add(batch, row, text);
      each?.(text);
      // A duplicate is told as such, and is no copy besides.
      if (this.#copies !== undefined && !repeated) {
        const features = this.#copies.text.of(batch, row);
        if (features !== '[]') this.#copies.add(batch, row, features);
      }
      this.#conflicts?.add(batch, row);
    }
  }

  /** All columns in order of first appearance. */
  get names(): readonly string[] {
    return this.#all.text.names;
  }

  /** @param numeric is the label a quantity, which scatters by nature? */
  finish(numeric: boolean): Findings {
    const copies = this.#copies?.text.names.length === 0 ? undefined : this.#copies;
    return {
      checks: [
        this.#duplicates(),
        ...(copies === undefined ? [] : [this.#copied(copies)]),
        ...(this.#conflicts === undefined || this.#conflicts.text.names.length === 0
          ? []
          : [this.#conflicting(this.#conflicts, numeric)]),
        ...(this.#conflicts === undefined ? [] : [this.#unlabelled(this.#conflicts)]),
      ],
      measures: {
        duplicates: this.#all.count,
        ...(copies === undefined ? {} : { copies: copies.count }),
        ...(this.#conflicts === undefined ? {} : { conflicts: this.#conflicts.count }),
      },
    };
  }

  #duplicates(): Check {
    const { count, locations, index } = this.#all;
    const base = { id: 'integrity.duplicates', observed: count, expected: 0 } as const;
    if (count === 0) return { ...base, ...unrepeated(index, 'no row is in the data twice') };
    return {
      ...base,
      status: found(this.#options, 'duplicates'),
      message: `${rowsOf(count)} ${count === 1 ? 'repeats' : 'repeat'} an earlier row in all columns${beyond(index)}`,
      ...placed(locations, count),
      mend: 'drop the repeated rows: they count twice in training, and a test set that shares them is no test',
    };
  }

  #copied({ count, rows, locations, index }: Repeats): Check {
    const key = (this.#options.key ?? []).join(', ');
    const base = { id: 'integrity.copies', observed: count, expected: { share: COPIES } } as const;
    if (count === 0) return { ...base, ...unrepeated(index, `no two rows differ in ${key} alone`) };
    const many = count > COPIES * rows;
    return {
      ...base,
      status: found(this.#options, 'copies', many ? 'warn' : index.full ? 'inconclusive' : 'pass'),
      message: `${rowsOf(count)} of ${grouped(rows)} ${count === 1 ? 'differs' : 'differ'} from an earlier row in ${key} alone${beyond(index)}`,
      ...placed(locations, count),
      mend: 'see whether the same case was recorded under several keys, and drop its copies',
    };
  }

  #conflicting({ count, labelled, locations, index }: Conflicts, numeric: boolean): Check {
    const { label = '' } = this.#options;
    const base = {
      id: 'integrity.conflicts',
      target: { column: label },
      observed: count,
      expected: 0,
    } as const;
    if (count === 0)
      return { ...base, ...unrepeated(index, `no two rows have the same features and another ${label}`) };
    const scatter = numeric ? '; a quantity scatters, so this is no fault by itself' : '';
    return {
      ...base,
      status: found(this.#options, 'conflicts', numeric ? (index.full ? 'inconclusive' : 'pass') : 'warn'),
      message: `${rowsOf(count)} of ${grouped(labelled)} ${count === 1 ? 'has' : 'have'} the features of an earlier row and another ${label}${beyond(index)}${scatter}`,
      ...placed(locations, locations.length < count ? count : locations.length),
      mend: 'see which label is right; if both are, a feature is missing that tells these rows apart',
    };
  }

  #unlabelled({ unlabelled, unlabelledPlaces }: Conflicts): Check {
    const { label = '' } = this.#options;
    const base = {
      id: 'integrity.label-missing',
      target: { column: label },
      observed: unlabelled,
      expected: 0,
    } as const;
    if (unlabelled === 0) return { ...base, status: 'pass', message: `every row has a ${label}` };
    return {
      ...base,
      status: found(this.#options, 'label-missing'),
      message: `${rowsOf(unlabelled)} ${unlabelled === 1 ? 'has' : 'have'} no ${label}`,
      ...placed(unlabelledPlaces, unlabelled),
      mend: 'label them, or leave them out of training and evaluation',
    };
  }
}

/** Nothing was found, which says nothing of rows for which there was no room. */
function unrepeated(index: RowIndex, message: string): Pick<Check, 'status' | 'message' | 'mend'> {
  if (!index.full) return { status: 'pass', message };
  return {
    status: 'inconclusive',
    message: `${message}, so far as ${grouped(index.size)} different rows show, for which there was room`,
    mend: 'look for repeated rows where the data are made, or check the files in parts',
  };
}

function beyond(index: RowIndex): string {
  return index.full
    ? ` (at least: only the first ${grouped(index.size)} different rows could be compared)`
    : '';
}

function rowsOf(count: number): string {
  return `${grouped(count)} ${count === 1 ? 'row' : 'rows'}`;
}
