import type { Spill } from '../ports/ports.ts';

/** Partitions of a log, by hash. */
export const PARTITIONS = 64;

/** What holds bytes that can be written to a spill. */
export interface Spillable {
  /** Bytes that it holds now. */
  readonly held: number;
  /** Writes them to the partitions from `first` on, the number it was registered with, and lets go of them. */
  spillTo(spill: Spill): void;
}

export interface MemoryOptions {
  /** Bytes that all logs hold together when the largest of them is spilled. */
  readonly bytes: number;
  /** Where logs go beyond that; without it they stay in memory. */
  readonly spill?: Spill | undefined;
}

/** The memory that some logs share. */
export class Memory {
  readonly spill: Spill | undefined;
  /** Is there more than there was to be, and nowhere to put it? */
  full = false;
  readonly #most: number;
  readonly #logs = new Set<Spillable>();
  #registered = 0;
  #held = 0;

  constructor({ bytes, spill }: MemoryOptions) {
    this.#most = bytes;
    this.spill = spill;
  }

  /** The number of the log's first partition in the spill. */
  register(log: Spillable): number {
    this.#logs.add(log);
    return PARTITIONS * this.#registered++;
  }

  /** Tells that a log is no longer needed. */
  release(log: Spillable): void {
    if (this.#logs.delete(log)) this.#held -= log.held;
  }

  /** Tells that a log holds more bytes. */
  take(bytes: number): void {
    this.#held += bytes;
    // Rooms that double are full at powers of two, as limits are: one byte more would double them.
    if (this.#held < this.#most) return;
    if (this.spill === undefined) {
      this.full = true;
      return;
    }
    const largest = [...this.#logs].reduce((a, b) => (b.held > a.held ? b : a));
    this.#held -= largest.held;
    largest.spillTo(this.spill);
  }
}
