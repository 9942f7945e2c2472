import { UserError } from '../../problem/problem.ts';

/** Reads a text from left to right; what does not fit is refused with its column. */
export class Cursor {
  at = 0;
  readonly #text: string;
  readonly #where: string;

  constructor(text: string, where: string) {
    this.#text = text;
    this.#where = where;
  }

  /** The text that the sticky pattern matches here, after blanks. */
  take(pattern: RegExp): string | undefined {
    const found = this.peek(pattern);
    this.at += found?.length ?? 0;
    return found;
  }

  /** As `take`, without going on. */
  peek(pattern: RegExp): string | undefined {
    this.#skip();
    pattern.lastIndex = this.at;
    return pattern.exec(this.#text)?.[0];
  }

  /** What was read since then, without blanks around. */
  since(at: number): string {
    return this.#text.slice(at, this.at).trim();
  }

  get rest(): string {
    this.#skip();
    return this.#text.slice(this.at);
  }

  refuse(what: string, fix: string): UserError {
    this.#skip();
    return new UserError({
      what: `${what} in ${JSON.stringify(this.#text)}`,
      where: `${this.#where}, column ${this.at + 1}`,
      fix,
    });
  }

  #skip(): void {
    while (/\s/.test(this.#text[this.at] ?? 'x')) this.at += 1;
  }
}
