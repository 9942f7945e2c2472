import { closest, distance } from 'fastest-levenshtein';

/** The known name most like an unknown one, if it is near enough to be a slip of the pen. */
export function nearest(unknown: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const best = closest(unknown, known);
  return distance(unknown, best) <= Math.max(2, Math.floor(unknown.length / 3)) ? best : undefined;
}

/** "did you mean x?" or the list of what is allowed. */
export function suggestion(unknown: string, known: readonly string[]): string {
  const best = nearest(unknown, known);
  return best === undefined
    ? `use one of: ${known.join(', ')}`
    : `did you mean ${best}? (known: ${known.join(', ')})`;
}
