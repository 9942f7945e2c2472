import type { Log } from '../../ports/ports.ts';

const STEP = 128 * 1024 * 1024;
const MB = 1_000_000;

/** A line of the log for each 128 MiB of what is large. */
export class Progress {
  readonly #what: string;
  readonly #total: number;
  readonly #log: Log;
  #done = 0;

  /** @param total in bytes. */
  constructor(what: string, total: number, log: Log) {
    this.#what = what;
    this.#total = total;
    this.#log = log;
  }

  add(bytes: number): void {
    const steps = Math.floor(this.#done / STEP);
    this.#done += bytes;
    if (Math.floor(this.#done / STEP) === steps) return;
    this.#log.info(`${this.#what}: ${inMb(this.#done)} of ${inMb(Math.max(this.#total, this.#done))} MB`);
  }
}

function inMb(bytes: number): string {
  return Math.round(bytes / MB).toLocaleString('en');
}
