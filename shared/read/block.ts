/** Bytes that are scanned at a time, so that a block's fields are still in the cache when they are counted. */
export const PIECE = 192 * 1024;
/** Fields of a block, about. */
export const FIELDS = 24 * 1024;
/** Columns of a table, at most: each takes about 15 kB while it is counted. */
export const MAX_COLUMNS = 64 * 1024;

/** Some consecutive rows, as places in a buffer; all of it is overwritten after the call that hands it over. */
export interface Block {
  readonly bytes: Buffer;
  /** From a field to that of the next row: the number of columns, or more. */
  readonly width: number;
  readonly rows: number;
  /** Where field `row · width + column` starts, without its quote and with escapes undone; −1 for a null. */
  readonly starts: Int32Array;
  /** Where it ends. */
  readonly ends: Int32Array;
  /** The physical line, from 1, on which each row starts. */
  readonly lines: Int32Array;
  /** For each row, has it quotes? Given if the fields of a row without them lie as in the file, a byte apart. */
  readonly quoted?: Uint8Array;
  /** What each field is (`KINDS`), if rows are JSON records; they are texts or null otherwise. */
  /** Of records of many names: 1 for each column that one of the block's records has. */
  readonly met?: Uint8Array | undefined;
  readonly kinds?: Uint8Array;
  /** Columns of JSON records in which a number was written as a real one, and is spelled as a whole one. */
  readonly reals?: ReadonlySet<number>;
  /** What each field is (`KINDS`), if they are typed, and their texts spell them: those of Parquet. */
  readonly types?: Uint8Array;
}
