import { millisecondsOf, restOf } from '../inputs/instant.ts';
import type { Cell } from '../read/batch.ts';
import { isInfinite, isMissing } from '../read/missing-text.ts';
import { numberText } from '../read/number-text.ts';
import { ColumnCounts } from './counts.ts';
import type { ColumnProfile } from './profile.ts';
import { isInexact, REAL, readBoolean, readNumber, readTimestamp } from './read.ts';
import { inexactInstant } from './spelling.ts';

/** Scratch space, shared by all columns. */
const scratch = Buffer.allocUnsafe(16 * 1024);
/** Up to this length a loop is faster than the call that encodes a text. */
const SHORT = 64;

/** Counts the cells of one column. */
export class ColumnAccumulator extends ColumnCounts {
  readonly #missing: ReadonlySet<string> | undefined;

  /** @param missing texts that stand for a missing value in any column. */
  constructor(name: string, reference: ColumnProfile | undefined, missing?: ReadonlySet<string>) {
    super(name, reference);
    this.#missing = missing;
  }

  /**
   * Takes the cells at `index` of rows; a row that lacks it has a null.
   *
   * @param typed are texts declared as such, so that they are not numbers or booleans?
   */
  add(rows: readonly (readonly Cell[])[], index: number, typed = false): void {
    for (const row of rows) {
      const own = row[index] ?? null;
      const cell = this.#missing?.has(String(own)) === true ? null : own;
      if (typeof cell === 'string') {
        const number = typed ? Number.NaN : readNumber(cell);
        if (!Number.isNaN(number)) {
          this.real ||= REAL.test(cell);
          if (isInexact(number, cell)) this.numbers.addInexact(number, numberText(cell));
          else this.numbers.push(number);
          continue;
        }
        const instant = readTimestamp(cell);
        if (instant === undefined) this.#addText(cell, typed);
        else {
          const [value, rest] = [millisecondsOf(instant), restOf(instant)];
          if (rest === 0) this.instants.push(value);
          else this.instants.addInexact(value, inexactInstant(value, rest));
          if (cell.length === 10) this.dates++;
          else this.datetimes++;
        }
      } else if (cell === null) this.nulls++;
      else if (typeof cell === 'boolean') this.#addBoolean(cell);
      else if (Number.isFinite(cell)) this.numbers.push(cell);
      else this.#addText(String(cell));
    }
    this.rows += rows.length;
  }

  #addText(text: string, typed = false): void {
    const boolean = typed ? undefined : readBoolean(text);
    if (boolean !== undefined) this.#addBoolean(boolean);
    else if (isMissing(text) || isInfinite(text)) this.addUnsettled(text);
    else if (text.length * 3 > scratch.length) {
      const bytes = Buffer.from(text);
      this.addString(bytes, 0, bytes.length);
    } else this.addString(scratch, 0, encoded(text));
  }

  #addBoolean(value: boolean): void {
    if (value) this.trues++;
    else this.falses++;
  }
}

/** Writes a text as UTF-8 into the scratch space; the number of its bytes. */
function encoded(text: string): number {
  const { length } = text;
  if (length > SHORT) return scratch.write(text);
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80) return scratch.write(text);
    scratch[i] = code;
  }
  return length;
}
