import type { Block } from './block.ts';
import type { NamedMissing } from './dialect.ts';
import { KINDS } from './json-kinds.ts';
import { isInfiniteBytes } from './missing-text.ts';

/** Texts that stand for null, by column. */
export class MissingValues {
  readonly #texts: ReadonlyMap<string, readonly Buffer[]>;
  readonly #elsewhere: readonly Buffer[];
  #columns: readonly string[] | undefined;
  #wanted: readonly { readonly field: number; readonly texts: readonly Buffer[] }[] = [];

  private constructor(texts: ReadonlyMap<string, readonly Buffer[]>, elsewhere: readonly Buffer[]) {
    this.#texts = texts;
    this.#elsewhere = elsewhere;
  }

  /** Undefined if none are named. */
  static of({ missingValues = {}, missingElsewhere = [] }: NamedMissing): MissingValues | undefined {
    const bytesOf = (texts: readonly string[]): readonly Buffer[] => texts.map((text) => Buffer.from(text));
    const named = Object.entries(missingValues).map(([name, texts]) => [name, bytesOf(texts)] as const);
    if (missingElsewhere.length === 0 && named.every(([, texts]) => texts.length === 0)) return undefined;
    return new MissingValues(new Map(named), bytesOf(missingElsewhere));
  }

  /** Makes nulls of them in a block, whose rows are no longer as in the file then. */
  cleared(block: Block, columns: readonly string[]): Block {
    if (this.#columns !== columns) {
      this.#columns = columns;
      this.#wanted = columns.flatMap((name, field) => {
        const texts = this.#texts.get(name) ?? this.#elsewhere;
        return texts.length === 0 ? [] : [{ field, texts }];
      });
    }
    const { bytes, width, rows, starts, ends, kinds } = block;
    for (const { field, texts } of this.#wanted) {
      for (let row = 0, at = field; row < rows; row++, at += width) {
        const [start, end] = [starts[at]!, ends[at]!];
        if (start < 0 || !texts.some((text) => isSame(text, bytes, start, end))) continue;
        // A number such as 1e999 may be spelled `Infinity` by now, and is none in any case.
        if (kinds?.[at] === KINDS.NUMBER && isInfiniteBytes(bytes, start, end)) continue;
        starts[at] = -1;
        if (kinds !== undefined) kinds[at] = KINDS.NULL;
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
