const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;
const [PLAIN, QUOTED, CLOSED] = [0, 1, 2] as const;

/** Follows a field of CSV that comes in many pieces, so that each byte of it is looked at once. */
export class LongField {
  readonly #delimiter: number;
  #state: typeof PLAIN | typeof QUOTED | typeof CLOSED = PLAIN;
  #at = 0;
  /** UTF-16 units so far; 0 if no field is followed. */
  units = 0;

  constructor(delimiter: number) {
    this.#delimiter = delimiter;
  }

  /** Looks at what has come of the field that starts at `start`; does it end before `end`? */
  ends(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.units === 0) {
      const quoted = bytes[start] === QUOTE;
      this.#state = quoted ? QUOTED : PLAIN;
      this.#at = quoted ? start + 1 : start;
      this.units = quoted ? 1 : 0;
    }
    const delimiter = this.#delimiter;
    let [state, units, at] = [this.#state, this.units, this.#at];
    for (; at < end; at++) {
      const code = bytes[at]!;
      if (code === QUOTE && state !== PLAIN) state = state === QUOTED ? CLOSED : QUOTED;
      else if (state !== QUOTED) {
        if (code === delimiter || code === LF || code === CR) break;
        state = PLAIN;
      }
      // Of two or three bytes comes one unit, of four bytes come two.
      if (code < 0x80 || code >= 0xc0) units += code >= 0xf0 ? 2 : 1;
    }
    this.#state = state;
    this.#at = at;
    this.units = units;
    return at < end;
  }

  /** The field was complete, or has moved in the buffer. */
  restart(): void {
    this.units = 0;
  }
}
