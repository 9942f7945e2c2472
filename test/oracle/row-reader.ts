import { instantMs } from '../../shared/inputs/kinds.ts';
import type { IntegrityFacts } from '../../shared/integrity/findings.ts';
import { Join, type LeakageFacts, sharedOf, sharedSpelling } from '../../shared/integrity/leakage.ts';
import type { IntegrityOptions } from '../../shared/integrity/options.ts';
import { RowComparison, type RowFacts } from '../../shared/integrity/row-facts.ts';
import { type RowSpelling, rowSpelling } from '../../shared/integrity/row-spelling.ts';
import { RowText } from '../../shared/integrity/row-text.ts';
import { RowSample } from '../../shared/integrity/sample.ts';
import { ColumnTexts } from '../../shared/integrity/texts.ts';
import { Times } from '../../shared/integrity/times.ts';
import { Memory } from '../../shared/keys/memory.ts';
import { hashBytes } from '../../shared/profile/sketch/hash.ts';
import type { Batch } from '../../shared/read/batch.ts';
import { isMissing } from '../../shared/read/missing-text.ts';
import type { Location } from '../../shared/verdict/verdict.ts';

const MEMORY = 128 * 1024 * 1024;
const ALL = { all: true, copies: true };

/** Gathers the facts of data that are read row by row. */
export class RowReader {
  readonly #options: IntegrityOptions;
  readonly #memory: Memory;
  readonly #texts = new Map<string, ColumnTexts>();
  readonly #spelling: RowSpelling;
  readonly #rows: RowComparison;
  readonly #times: Times;
  readonly #sample = new RowSample();
  readonly #text = new RowText();
  readonly #leakage: Leakage | undefined;
  readonly #files: string[] = [];
  readonly #unlabelledPlaces: Location[] = [];
  #count = 0;
  #compared = 0;
  #valued = 0;
  #labelled = 0;
  #unlabelled = 0;

  constructor(options: IntegrityOptions) {
    this.#options = options;
    this.#memory = options.memory ?? new Memory({ bytes: MEMORY });
    this.#spelling = rowSpelling(options);
    this.#rows = new RowComparison(this.#memory);
    this.#times = new Times(options);
    if (options.disjoint === true) this.#leakage = new Leakage(options, this.#memory);
  }

  add(batch: Batch): void {
    const { label, timestamp } = this.#options;
    if (this.#files.at(-1) !== batch.file) this.#files.push(batch.file);
    this.#text.plan(batch.columns);
    batch.columns.forEach((name, at) => {
      const known = this.#texts.get(name) ?? new ColumnTexts(this.#options.maxLocations);
      this.#texts.set(name, known);
      known.add(batch, at);
    });
    if (timestamp !== undefined) this.#addTimes(batch, timestamp);
    const at = label === undefined ? -1 : batch.columns.indexOf(label);
    for (let row = 0; row < batch.rows.length; row++) {
      this.#compare(batch, row, at);
      if (label !== undefined) this.#sample.add(() => this.#text.of(batch, row));
      this.#count++;
    }
  }

  #compare(batch: Batch, row: number, labelAt: number): void {
    const { label: name } = this.#options;
    this.#spelling.ofBatch(batch, row);
    const { ends } = this.#spelling;
    if (ends[1]! > 0) this.#valued++;
    const cell = batch.rows[row]?.[labelAt] ?? null;
    const labelled = cell !== null && !(typeof cell === 'string' && isMissing(cell));
    if (name !== undefined && !labelled) this.#noteUnlabelled(batch, row, labelAt, name);
    const features = labelled && ends[0]! > 0;
    if (features) this.#labelled++;
    // Without a spill, what is beyond memory is not compared.
    if (this.#memory.full) return;
    const place = { row: this.#count, line: batch.lines[row] ?? 0, file: this.#files.length - 1 };
    const copies = this.#options.key !== undefined && this.#options.key.length > 0;
    const label = features ? Buffer.from(String(cell)) : undefined;
    this.#rows.add(this.#spelling, { ...ALL, copies, features }, place, label);
    this.#leakage?.add(batch, row, place);
    this.#compared++;
  }

  #noteUnlabelled(batch: Batch, row: number, at: number, name: string): void {
    this.#unlabelled++;
    if (this.#unlabelledPlaces.length < this.#options.maxLocations)
      this.#unlabelledPlaces.push(fieldOf(batch, row, at, name));
  }

  #addTimes(batch: Batch, name: string): void {
    const at = batch.columns.indexOf(name);
    // A file of delimited rows that lacks the column has no times; a record that lacks it has a row without one.
    if (at < 0 && batch.records === undefined) return;
    for (let row = 0; row < batch.rows.length; row++) {
      const cell = batch.rows[row]?.[at] ?? null;
      this.#times.add(batch.file, typeof cell === 'string' ? instantMs(cell) : Number.NaN, () =>
        fieldOf(batch, row, at, name),
      );
    }
  }

  addReference(batch: Batch): void {
    this.#leakage?.addReference(batch);
  }

  facts(): IntegrityFacts {
    const { label, timestamp, key = [], maxLocations } = this.#options;
    const locate = ({ file, line }: { readonly file: number; readonly line: number }): Location => {
      return { file: this.#files[file] ?? '', line };
    };
    const compared = this.#compared < this.#count ? this.#compared : undefined;
    const found = this.#rows.facts(this.#valued, maxLocations, locate);
    const rows: RowFacts = {
      duplicates: found.duplicates,
      ...(key.length === 0 ? {} : { copies: found.copies }),
      ...(label === undefined
        ? {}
        : {
            conflicts: { ...found.conflicts, labelled: this.#labelled },
            unlabelled: { count: this.#unlabelled, locations: this.#unlabelledPlaces },
          }),
      compared,
    };
    return {
      columns: this.#text.names,
      texts: new Map([...this.#texts].map(([name, texts]) => [name, texts.facts])),
      firstPlace: (column, text) => this.#texts.get(column)?.firstPlace(text),
      rows,
      times: timestamp === undefined ? undefined : this.#times.facts,
      sample: label === undefined ? undefined : this.#sample,
      leakage: this.#leakage?.facts(this.#count, compared, locate),
    };
  }
}

/** Where a field is; a record that lacks it is only a line. */
function fieldOf(batch: Batch, row: number, at: number, name: string): Location {
  const place = { file: batch.file, line: batch.lines[row] ?? 0 };
  const record = batch.records?.[row];
  const lacks = at < 0 || (record !== undefined && !Object.hasOwn(record, name));
  return lacks ? place : { ...place, column: at + 1 };
}

/** Bits of which one is set for the hash of each row that is looked for. */
const BITS = 2 ** 25;

/** Rows that are looked for among those of the reference. */
class Leakage {
  readonly #options: IntegrityOptions;
  readonly #join: Join;
  readonly #spelling: RowSpelling;
  /** Reference rows whose hash no row of the data has are not kept. */
  readonly #filter = new Uint8Array(BITS / 8);
  #referenceRows = 0;

  constructor(options: IntegrityOptions, memory: Memory) {
    const shared = sharedOf(options);
    this.#options = options;
    this.#join = new Join(memory);
    this.#spelling = sharedSpelling(shared, options);
  }

  add(batch: Batch, row: number, place: Parameters<Join['add']>[3]): void {
    this.#spelling.ofBatch(batch, row);
    const [end = 0, keyEnd = 0] = this.#spelling.ends;
    for (const bit of [this.#bit(0, end), this.#bit(end, keyEnd)]) this.#filter[bit >>> 3]! |= 1 << (bit & 7);
    this.#join.add(this.#spelling, 'data', { key: true, row: true }, place);
  }

  addReference(batch: Batch): void {
    this.#spelling.freeze();
    for (let row = 0; row < batch.rows.length; row++) {
      this.#spelling.ofBatch(batch, row);
      const [end = 0, keyEnd = 0] = this.#spelling.ends;
      const by = { row: this.#has(this.#bit(0, end)), key: this.#has(this.#bit(end, keyEnd)) };
      if (by.row || by.key) {
        const place = { row: this.#referenceRows, line: 0, file: 0 };
        this.#join.add(this.#spelling, 'reference', by, place);
      }
      this.#referenceRows++;
    }
  }

  #bit(start: number, end: number): number {
    return (hashBytes(this.#spelling.bytes, start, end, 3) >>> 0) % BITS;
  }

  #has(bit: number): boolean {
    return (this.#filter[bit >>> 3]! & (1 << (bit & 7))) !== 0;
  }

  facts(rows: number, compared: number | undefined, locate: Parameters<Join['found']>[2]): LeakageFacts {
    const { maxLocations } = this.#options;
    return {
      ...{ rows, referenceRows: this.#referenceRows, compared },
      byRow: this.#join.found('row', maxLocations, locate),
      ...(sharedOf(this.#options).keyed ? { byKey: this.#join.found('key', maxLocations, locate) } : {}),
    };
  }
}
