import type { Block } from './block.ts';
import type { Dialect } from './dialect.ts';

/** Texts that stand for null, by column. */
export class MissingValues {
  readonly #texts: ReadonlyMap<string, readonly Buffer[]>;
  #columns: readonly string[] | undefined;
  #wanted: readonly { readonly field: number; readonly texts: readonly Buffer[] }[] = [];

  private constructor(texts: ReadonlyMap<string, readonly Buffer[]>) {
    this.#texts = texts;
  }

  /** Undefined if the dialect names none. */
  static of({ missingValues = {} }: Dialect): MissingValues | undefined {
    const named = Object.entries(missingValues).filter(([, texts]) => texts.length > 0);
    if (named.length === 0) return undefined;
    return new MissingValues(
      new Map(named.map(([name, texts]) => [name, texts.map((text) => Buffer.from(text))])),
    );
  }

  /** Makes nulls of them in a block, whose rows are no longer as in the file then. */
  cleared(block: Block, columns: readonly string[]): Block {
    if (this.#columns !== columns) {
      this.#columns = columns;
      this.#wanted = columns.flatMap((name, field) => {
        const texts = this.#texts.get(name);
        return texts === undefined ? [] : [{ field, texts }];
      });
    }
    const { bytes, width, rows, starts, ends } = block;
    for (const { field, texts } of this.#wanted) {
      for (let row = 0, at = field; row < rows; row++, at += width) {
        const [start, end] = [starts[at]!, ends[at]!];
        if (start >= 0 && texts.some((text) => isSame(text, bytes, start, end))) starts[at] = -1;
      }
    }
    const { quoted: _quoted, ...rest } = block;
    return rest;
  }
}

function isSame(text: Buffer, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let i = 0; i < text.length; i++) if (text[i] !== bytes[start + i]) return false;
  return true;
}
