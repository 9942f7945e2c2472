import { type Instant, isoText, readInstant } from '../inputs/instant.ts';
import type { Keywords } from './column.ts';
import { type LimitRange, percentText, step } from './numbers.ts';

export interface ForeignLimits {
  readonly min?: unknown;
  readonly max?: unknown;
  /** Are the limits themselves outside? */
  readonly strictMin?: boolean | undefined;
  readonly strictMax?: boolean | undefined;
}

const given = (value: unknown): boolean => value !== undefined && value !== null;

/** The keywords of a range of numbers or ISO times; undefined if the limits are anything else. */
export function rangeKeywords({ min, max, strictMin, strictMax }: ForeignLimits): Keywords | undefined {
  if (!given(min) && !given(max)) return undefined;
  const low = given(min) ? numeric(min) : undefined;
  const high = given(max) ? numeric(max) : undefined;
  if ((given(min) && low === undefined) || (given(max) && high === undefined)) {
    return timeKeywords({ min, max, strictMin, strictMax });
  }
  return {
    ...(low === undefined ? {} : { [strictMin ? 'exclusiveMinimum' : 'minimum']: low }),
    ...(high === undefined ? {} : { [strictMax ? 'exclusiveMaximum' : 'maximum']: high }),
  };
}

/** A range of dates or times of ISO 8601, of values that are dates or times. */
function timeKeywords(limits: ForeignLimits): Keywords | undefined {
  const range = timeRange(limits);
  if (range === undefined) return undefined;
  const within = {
    ...(range.min === undefined ? {} : { formatMinimum: range.min }),
    ...(range.max === undefined ? {} : { formatMaximum: range.max }),
  };
  return { anyOf: ['date', 'iso-date-time'].map((format) => ({ format, ...within })) };
}

/** The range of a statistic; strict limits are the next number inside. Undefined if a limit is not a number. */
export function statisticRange(
  { min, max, strictMin, strictMax }: ForeignLimits,
  whole: boolean,
): LimitRange | undefined {
  const low = given(min) ? numeric(min) : undefined;
  const high = given(max) ? numeric(max) : undefined;
  if ((given(min) && low === undefined) || (given(max) && high === undefined)) return undefined;
  if (low === undefined && high === undefined) return undefined;
  const inside = (value: number, direction: 1 | -1, strict: boolean | undefined): number => {
    if (!whole) return strict ? step(value, direction) : value;
    const near = direction > 0 ? Math.ceil(value) : Math.floor(value);
    return strict && near === value ? value + direction : near;
  };
  return {
    ...(low === undefined ? {} : { min: inside(low, 1, strictMin) }),
    ...(high === undefined ? {} : { max: inside(high, -1, strictMax) }),
  };
}

/** A count within limits, from 0 on; `none` if no count is. Undefined if a limit is not a number. */
export function countRange(limits: ForeignLimits): { min?: number; max?: number } | 'none' | undefined {
  const found = statisticRange(limits, true) as { min?: number; max?: number } | undefined;
  if (found === undefined) return undefined;
  const { min = 0, max = Number.POSITIVE_INFINITY } = found;
  if (max < 0 || min > Number.MAX_SAFE_INTEGER) return 'none';
  return {
    ...(found.min === undefined ? {} : { min: Math.max(0, min) }),
    ...(max <= Number.MAX_SAFE_INTEGER ? { max } : {}),
  };
}

/**
 * A share within limits, without those that every share keeps; `none` if no share is within them. Undefined if a limit
 * is not a number.
 */
export function shareRange(limits: ForeignLimits): LimitRange | 'none' | undefined {
  const found = statisticRange(limits, false) as { readonly min?: number; readonly max?: number } | undefined;
  if (found === undefined) return undefined;
  const { min = 0, max = 1 } = found;
  if (min > 1 || max < 0) return 'none';
  const written = (value: number, strict: boolean | undefined) => (strict ? value : percentText(value));
  return {
    ...(min > 0 ? { min: written(min, limits.strictMin) } : {}),
    ...(max < 1 ? { max: written(max, limits.strictMax) } : {}),
  };
}

/** A range of ISO 8601 times; strict limits are the next nanosecond inside. Undefined if a limit is not a time. */
export function timeRange({ min, max, strictMin, strictMax }: ForeignLimits): LimitRange | undefined {
  const instant = (value: unknown) => (typeof value === 'string' ? readInstant(value) : undefined);
  const [low, high] = [instant(min), instant(max)];
  if ((given(min) && low === undefined) || (given(max) && high === undefined)) return undefined;
  if (low === undefined && high === undefined) return undefined;
  return {
    ...(low === undefined ? {} : { min: strictMin ? isoText(besides(low, 1)) : String(min) }),
    ...(high === undefined ? {} : { max: strictMax ? isoText(besides(high, -1)) : String(max) }),
  };
}

function besides({ ms, ns }: Instant, direction: 1 | -1): Instant {
  const next = ns + direction;
  if (next < 0) return { ms: ms - 1, ns: 999_999 };
  return next === 1_000_000 ? { ms: ms + 1, ns: 0 } : { ms, ns: next };
}

/** The keywords of a range of lengths in characters; undefined if a limit is not a number. */
export function lengthKeywords(limits: ForeignLimits): Keywords | undefined {
  const range = statisticRange(limits, true);
  if (range === undefined) return undefined;
  const { min, max } = range as { readonly min?: number; readonly max?: number };
  if (max !== undefined && max < 0) return { pattern: '^(?!)' };
  return {
    ...(min === undefined ? {} : { minLength: Math.max(0, min) }),
    ...(max === undefined ? {} : { maxLength: max }),
  };
}

function numeric(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || !/^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(value))
    return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}
