/** A point in time, exact to the nanosecond. */
export interface Instant {
  /** Whole milliseconds since 1970. */
  readonly ms: number;
  /** Nanoseconds after them, below a million. */
  readonly ns: number;
}

const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:\.(\d+))?)?(Z|[+-]\d{2}:?\d{2})?)?$/;
/** Up to here (in the years 1691 to 2248) a double of milliseconds tells microseconds apart. */
const FINE = 2 ** 43;

/** The ISO 8601 instant that a text spells; without an offset it is UTC. Digits beyond nanoseconds are left out. */
export function readInstant(text: string): Instant | undefined {
  const match = ISO.exec(text.trim());
  if (!match) return undefined;
  const [, date, minutes = '00:00', seconds = '00', fraction = '', zone = 'Z'] = match;
  // Date.parse carries 30 February over into March; a date that is not in the calendar is refused.
  const midnight = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== date) return undefined;
  const second = Date.parse(`${date}T${minutes}:${seconds}${zone}`);
  if (Number.isNaN(second)) return undefined;
  const nanoseconds = Number(fraction.slice(0, 9).padEnd(9, '0'));
  const ns = nanoseconds % 1_000_000;
  return { ms: second + (nanoseconds - ns) / 1_000_000, ns };
}

/** Below 0 if the first is earlier, above 0 if it is later. */
export function compareInstants(a: Instant, b: Instant): number {
  return a.ms - b.ms || a.ns - b.ns;
}

/** Milliseconds since 1970 with microseconds as their fraction, in the years whose doubles hold these. */
export function millisecondsOf({ ms, ns }: Instant): number {
  return ns >= 1000 && Math.abs(ms) < FINE ? ms + Math.floor(ns / 1000) / 1000 : ms;
}

/** The nanoseconds that `millisecondsOf` leaves out. */
export function restOf({ ms, ns }: Instant): number {
  return Math.abs(ms) < FINE ? ns % 1000 : ns;
}

/** What `millisecondsOf` and `restOf` were made of. */
export function instantAt(milliseconds: number, rest = 0): Instant {
  let ms = Math.floor(milliseconds);
  let microseconds = Math.abs(ms) < FINE ? Math.round((milliseconds - ms) * 1000) : 0;
  if (microseconds === 1000) {
    ms++;
    microseconds = 0;
  }
  return { ms, ns: microseconds * 1000 + rest };
}

/** In ISO 8601 and UTC, with three decimals, or six or nine if there are such digits. */
export function isoText({ ms, ns }: Instant): string {
  const text = new Date(ms).toISOString();
  if (ns === 0) return text;
  const digits = String(ns).padStart(6, '0');
  return `${text.slice(0, -1)}${ns % 1000 === 0 ? digits.slice(0, 3) : digits}Z`;
}
