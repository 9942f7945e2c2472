import type { DocumentMap } from '../schema/map.ts';
import type { Json, JsonObject } from '../verdict/verdict.ts';
import type { Keywords } from './column.ts';
import type { DocumentReader, Path } from './document.ts';
import { bounded } from './regex.ts';
import { ISO_DATE } from './times.ts';

export interface Bound {
  readonly key: string;
  readonly limit: unknown;
  readonly side: 'min' | 'max';
  readonly strict: boolean;
}

/** Bounds as 3.1 has them (limits of their own), and as 3.0 had them (`exclusiveMinimum: true` beside `minimum`). */
export function boundsOf(options: DocumentMap): readonly Bound[] {
  const one = (side: 'min' | 'max', plain: string, exclusive: string): readonly Bound[] => {
    const [limit, strict] = [options[plain], options[exclusive]];
    const given = (value: unknown): boolean => value !== undefined && value !== null;
    const flag = typeof strict === 'boolean';
    return [
      ...(given(limit) ? [{ key: plain, limit, side, strict: strict === true }] : []),
      ...(given(strict) && !flag ? [{ key: exclusive, limit: strict, side, strict: true }] : []),
    ];
  };
  return [...one('min', 'minimum', 'exclusiveMinimum'), ...one('max', 'maximum', 'exclusiveMaximum')];
}

/** The keywords of bounds that are numbers. */
export function numberBounds(reading: DocumentReader, options: DocumentMap, path: Path): JsonObject {
  const found: Record<string, Json> = {};
  for (const { key, limit, side, strict } of boundsOf(options)) {
    const number = reading.number(limit, [...path, key]);
    const keyword =
      side === 'min' ? (strict ? 'exclusiveMinimum' : 'minimum') : strict ? 'exclusiveMaximum' : 'maximum';
    if (number !== undefined) found[keyword] = number;
  }
  return found;
}

/** How the texts of a time stand in order: by their characters, as dates with or without a time, or not at all. */
export type BoundOrder = 'characters' | 'instants' | 'none';

/** The order of a format of Java's: by characters if its fields have fixed widths and the greater come first. */
export function boundOrderOf(format: string): BoundOrder {
  const fields = ['y', 'M', 'd', 'H', 'm', 's', 'S'];
  let last = -1;
  for (const [token] of format.matchAll(/''|'[^']*'|([A-Za-z])\1*/g)) {
    if (token.startsWith("'") || token === 'T') continue;
    const letter = (token[0] ?? '').replace(/[uY]/, 'y').replace('D', 'd');
    const rank = fields.indexOf(letter);
    const fixed = letter === 'S' || token.length === (letter === 'y' ? 4 : 2);
    if (rank <= last || !fixed) return 'none';
    last = rank;
  }
  return last < 0 ? 'none' : 'characters';
}

/**
 * The pattern of a time's form together with its bounds.
 *
 * @param form the pattern of the form, anchored at both ends.
 * @returns undefined if a limit is not of that form, or the order cannot be told from the texts.
 */
export function timeBounds(form: string, order: BoundOrder, bounds: readonly Bound[]): Keywords | undefined {
  const parts = bounds.map(({ limit, side, strict }) => {
    if (typeof limit !== 'string') return undefined;
    if (order === 'characters')
      return new RegExp(form, 'u').test(limit) ? bounded(limit, side, strict) : undefined;
    return order === 'instants' && ISO_DATE.test(limit) ? ofInstants(limit, side, strict) : undefined;
  });
  if (parts.some((part) => part === undefined)) return undefined;
  const ahead = parts.map((part) => `(?=${body(part ?? '')}$)`);
  return { pattern: `^${ahead.join('')}${body(form)}$` };
}

/** Dates with or without a time, beside a date, which is its midnight. */
function ofInstants(limit: string, side: 'min' | 'max', strict: boolean): string {
  const [wide, narrow] = [bounded(limit, side, false), bounded(limit, side, true)].map(body);
  const midnight = `${limit}(?:[T ]00:00(?::00(?:\\.0+)?)?(?:Z|[+-].*)?)?`;
  if (side === 'min') return strict ? `^(?!${midnight}$)${wide}.*$` : `^${wide}.*$`;
  return strict ? `^${narrow}.*$` : `^(?:${narrow}.*|${midnight})$`;
}

function body(pattern: string): string {
  return pattern.replace(/^\^/, '').replace(/\$$/, '');
}
