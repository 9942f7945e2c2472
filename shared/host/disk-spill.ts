import { closeSync, mkdirSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Spill } from '../ports/ports.ts';

/** Partitions as files of one folder, which is made for the first of them. */
export class DiskSpill implements Spill {
  readonly #folder: string;
  readonly #open = new Map<number, number>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  append(partition: number, bytes: Uint8Array): void {
    let file = this.#open.get(partition);
    if (file === undefined) {
      mkdirSync(this.#folder, { recursive: true });
      file = openSync(this.#path(partition), 'a', 0o600);
      this.#open.set(partition, file);
    }
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
  }

  size(partition: number): number {
    return statSync(this.#path(partition), { throwIfNoEntry: false })?.size ?? 0;
  }

  read(partition: number, target: Uint8Array, at: number): void {
    const size = this.size(partition);
    const file = openSync(this.#path(partition), 'r');
    try {
      for (let read = 0; read < size; ) {
        const count = readSync(file, target, at + read, size - read, read);
        if (count === 0) throw new Error(`${this.#path(partition)} was cut while it was read`);
        read += count;
      }
    } finally {
      closeSync(file);
    }
  }

  close(): void {
    for (const file of this.#open.values()) closeSync(file);
    this.#open.clear();
  }

  #path(partition: number): string {
    return join(this.#folder, `keys-${partition}.bin`);
  }
}
