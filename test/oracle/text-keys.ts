import { KeyLog, type KeyPart, recordAt, visitRecords } from '../../shared/keys/key-log.ts';
import { type Memory, PARTITIONS } from '../../shared/keys/memory.ts';
import type { Batch } from '../../shared/read/batch.ts';
import type { Location } from '../../shared/verdict/verdict.ts';

/** A row that was found by its key. */
export interface KeyedRow {
  /** The row's number in the table. */
  readonly row: number;
  readonly at: Location;
  readonly key: string;
}

/** Keys of rows as texts, compared at the end: exactly, in the memory that is given, and beyond it spilled. */
export class TextKeys {
  readonly #memory: Memory;
  readonly #log: KeyLog;
  readonly #files: { readonly file: string; column: number }[] = [];
  /** Filled again for each row. */
  readonly #place = { row: 0, line: 0, file: -1 };
  #scratch = Buffer.allocUnsafe(256);

  constructor(memory: Memory) {
    this.#memory = memory;
    this.#log = new KeyLog(memory);
  }

  /** Notes a key that is of no row of the table. */
  addText(text: string): void {
    // Written first, for a longer text takes another buffer.
    const size = this.#write(text);
    this.#log.append(this.#scratch, 0, size, this.#place);
  }

  /**
   * @param row the row's number in the table.
   * @param column names the field, if the key is one.
   */
  add(text: string, batch: Batch, index: number, row: number, column?: string): void {
    if (this.#files.at(-1)?.file !== batch.file) this.#files.push({ file: batch.file, column: 0 });
    const file = this.#files.length - 1;
    const known = this.#files[file];
    if (known !== undefined && known.column === 0 && column !== undefined)
      known.column = batch.columns.indexOf(column) + 1;
    this.#place.row = row;
    this.#place.line = batch.lines[index] ?? 0;
    this.#place.file = file;
    // Written first, for a longer text takes another buffer.
    const size = this.#write(text);
    this.#log.append(this.#scratch, 0, size, this.#place);
  }

  #write(text: string): number {
    if (this.#scratch.length < 3 * text.length) this.#scratch = Buffer.allocUnsafe(6 * text.length);
    return this.#scratch.write(text);
  }

  /** The rows whose key an earlier row has. */
  repeats(take: (found: KeyedRow) => void): void {
    this.#visit([this.#part], (isFirst, _isOther, read) => {
      if (!isFirst) take(read());
    });
  }

  /** The rows whose key is none of the others'. */
  without(others: TextKeys, take: (found: KeyedRow) => void): void {
    this.#visit([others.#part, this.#part], (_isFirst, isOther, read) => {
      if (!isOther) take(read());
    });
  }

  get #part(): KeyPart {
    return { log: this.#log.state, spill: this.#memory.spill, before: 0, linesBefore: 0 };
  }

  /** Visits the last part's rows: is the row the first with its key, and is the key one of the parts before? */
  #visit(
    parts: readonly KeyPart[],
    take: (isFirst: boolean, isOther: boolean, read: () => KeyedRow) => void,
  ): void {
    const room = { bytes: Buffer.alloc(0) };
    for (let partition = 0; partition < PARTITIONS; partition++) {
      let others = 0;
      visitRecords(parts, partition, room, (at, own, first, part) => {
        if (part !== parts.at(-1)) others++;
        else take(own === first, first < others, () => this.#read(room.bytes, at, part));
      });
    }
  }

  #read(bytes: Buffer, at: number, part: KeyPart): KeyedRow {
    const { row, line, file, start, end } = recordAt(bytes, at, part);
    const known = this.#files[file];
    const column = known === undefined || known.column === 0 ? {} : { column: known.column };
    return {
      row,
      at: { file: known?.file ?? '', line, ...column },
      key: bytes.toString('utf8', start, end),
    };
  }
}
