import { grouped } from '../problem/numbers.ts';
import { type Problem, UserError } from '../problem/problem.ts';
import { type Fault, type FaultKind, holdsNothing, problemOf } from './fault.ts';

const SHOWN = 20;
/** Faults of one line; after all others a file is not read any further, or not at all. */
const OF_A_LINE: readonly FaultKind[] = ['ragged-row', 'stray-quote', 'invalid-json', 'torn-line'];

/** Lines that cannot be used, of files that are read on. */
export class UnreadableLines {
  readonly #problems: Problem[] = [];
  /** Lines whose problems these are. */
  #shown = 0;
  readonly #refused: Problem[] = [];
  count = 0;

  get first(): Problem | undefined {
    return this.#problems[0];
  }

  add(problems: readonly Problem[]): void {
    this.count++;
    if (this.#problems.length >= SHOWN) return;
    this.#shown++;
    this.#problems.push(...problems);
  }

  /** Takes a fault of a file; what holds nothing is none. */
  fault(fault: Fault): void {
    if (OF_A_LINE.includes(fault.kind)) this.add([problemOf(fault)]);
    else if (!holdsNothing(fault)) this.refuse(problemOf(fault));
  }

  /** What cannot be left out. */
  refuse(problem: Problem): void {
    this.#refused.push(problem);
  }

  /** @throws UserError if they are too many. */
  settle(usable: number, share: number | undefined): void {
    // Of lines that are all unusable, none is an exception.
    const none = share === undefined || usable === 0;
    const allowed = none ? 0 : Math.max(1, Math.floor(share * (usable + this.count)));
    if (this.#refused.length === 0 && this.count <= allowed) return;
    const more = this.count - this.#shown;
    throw new UserError([
      ...this.#refused.slice(0, SHOWN),
      ...(this.count <= allowed ? [] : this.#problems),
      ...(more > 0 && this.count > allowed ? [{ what: `${grouped(more)} more lines like these` }] : []),
    ]);
  }
}
