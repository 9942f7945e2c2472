import { gzipSync } from 'node:zlib';
import type { ByteSource } from '../../../shared/ports/ports.ts';
import type { Batch, Cell } from '../../../shared/read/batch.ts';
import type { Fault } from '../../../shared/read/fault.ts';
import { readTable, type TableOptions } from '../../../shared/read/tables.ts';

/** A source in memory, in chunks of the given size. */
export function sourceOf(name: string, content: string | Uint8Array, chunk = 1 << 16): ByteSource {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return {
    name,
    async *open() {
      for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
    },
    // As it may be: each piece is overwritten, at once, when the next one is asked for.
    async *stream() {
      for (let at = 0; at < bytes.length; at += chunk) {
        const piece = Buffer.from(bytes.subarray(at, at + chunk));
        yield piece;
        piece.fill(0xff);
      }
    },
  };
}

export function gzipped(content: string): Uint8Array {
  return gzipSync(content);
}

export interface Read {
  readonly batches: readonly Batch[];
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  readonly lines: readonly number[];
  readonly faults: readonly Fault[];
}

/** Reads it all, faults kept. */
export async function read(source: ByteSource, options: TableOptions = {}): Promise<Read> {
  const batches: Batch[] = [];
  const faults: Fault[] = [];
  for await (const batch of readTable(source, { onFault: (fault) => faults.push(fault), ...options })) {
    batches.push(batch);
  }
  return {
    batches,
    columns: batches.at(-1)?.columns ?? [],
    rows: batches.flatMap((batch) => batch.rows),
    lines: batches.flatMap((batch) => batch.lines),
    faults,
  };
}

export const csv = (content: string | Uint8Array, chunk?: number) => read(sourceOf('a.csv', content, chunk));
export const jsonl = (content: string | Uint8Array, chunk?: number) =>
  read(sourceOf('a.jsonl', content, chunk));
