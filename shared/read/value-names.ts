/** How values of classes, groups and slices are ordered and named, wherever they are told. */
import { toNumber } from './batch.ts';

/** Numbers by size and before texts; texts by code points. */
export function compareValues(a: string, b: string): number {
  const [x, y] = [toNumber(a), toNumber(b)];
  if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
  if (!Number.isNaN(x) && x !== y) return x - y;
  return compareCodePoints(a, b);
}

function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a[i] !== b[i]) return rankOf(a.charCodeAt(i)) - rankOf(b.charCodeAt(i));
  }
  return a.length - b.length;
}

/** Of the halves of pairs, which stand for code points beyond all others, behind U+E000 to U+FFFF. */
function rankOf(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}

export interface Naming {
  /** May every value be told? */
  readonly showValues: boolean;
  /** What stands for a value that may not: `class`, `group`. */
  readonly noun: string;
  /** Values that the user has told: of a contract, of an input. */
  readonly told?: ReadonlySet<string>;
}

/** Codes that tell nothing of a row. */
const PLAIN = /^([01](\.0*)?|true|false)$/i;

/** May a value be told that is not to be shown, since it tells nothing of a row or the user has told it? */
export function mayBeTold(value: string, told?: ReadonlySet<string>): boolean {
  return PLAIN.test(value) || told?.has(value) === true;
}

/** The value's name where it may be told, else its place (from 1) among all values in their order: `class 2`. */
export function shownName(value: string, place: number, { showValues, noun, told }: Naming): string {
  return showValues || mayBeTold(value, told) ? value : `${noun} ${place}`;
}
