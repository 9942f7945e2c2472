import { placed } from '../contract/texts.ts';
import { grouped } from '../problem/numbers.ts';
import { NumberList } from '../profile/number-list.ts';
import type { Check, Location } from '../verdict/verdict.ts';
import { found, type IntegrityCheck, type IntegrityFindings, type IntegrityOptions } from './options.ts';
import type { CountedPlaces } from './row-facts.ts';

/** A step between neighbouring times is a gap if it is more than this many times the median step. */
const GAP = 10;
/** Steps without which there is no telling what is usual. */
const LEAST_STEPS = 20;

/** What the column of times shows. */
export interface TimeFacts {
  readonly unreadable: CountedPlaces;
  /** Times earlier than the row before, of the same file. */
  readonly back: CountedPlaces;
  readonly future: CountedPlaces;
  /** All times that could be read. */
  readonly times: NumberList;
}

/** Rows of one kind of fault, the first of which are placed. */
class Found implements CountedPlaces {
  count = 0;
  readonly locations: Location[] = [];
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  add(locate: () => Location): void {
    this.count++;
    if (this.locations.length < this.#most) this.locations.push(locate());
  }
}

/** Reads the column of times. */
export class Times {
  readonly #now: number;
  readonly #times = new NumberList();
  readonly #unreadable: Found;
  readonly #back: Found;
  readonly #future: Found;
  #file: string | undefined;
  #last = Number.NEGATIVE_INFINITY;

  constructor({ now, maxLocations }: Pick<IntegrityOptions, 'now' | 'maxLocations'>) {
    this.#now = now.getTime();
    this.#unreadable = new Found(maxLocations);
    this.#back = new Found(maxLocations);
    this.#future = new Found(maxLocations);
  }

  /** Takes the times in the order of the rows, in milliseconds as `instantMs` gives them; NaN for a row without one. */
  add(file: string, time: number, locate: () => Location): void {
    if (this.#file !== file) this.#last = Number.NEGATIVE_INFINITY;
    this.#file = file;
    if (Number.isNaN(time)) {
      this.#unreadable.add(locate);
      return;
    }
    this.#times.push(time);
    if (time < this.#last) this.#back.add(locate);
    if (time > this.#now) this.#future.add(locate);
    this.#last = time;
  }

  get facts(): TimeFacts {
    return { unreadable: this.#unreadable, back: this.#back, future: this.#future, times: this.#times };
  }
}

/** The column of times: readable, in the order of the rows of each file, not after now, without gaps. */
export function timeFindings(facts: TimeFacts, options: IntegrityOptions, column: string): IntegrityFindings {
  return new TimeChecks(facts, options, column).findings();
}

class TimeChecks {
  readonly #facts: TimeFacts;
  readonly #options: IntegrityOptions;
  readonly #column: string;

  constructor(facts: TimeFacts, options: IntegrityOptions, column: string) {
    this.#facts = facts;
    this.#options = options;
    this.#column = column;
  }

  findings(): IntegrityFindings {
    const { unreadable, back, future, times } = this.#facts;
    if (times.length === 0) {
      const message = `no value of ${this.#column} could be read as a time, so their order is not known`;
      return {
        checks: [
          {
            id: 'integrity.time-unreadable',
            target: { column: this.#column },
            status: found(this.#options, 'time-unreadable', 'inconclusive'),
            message,
            ...placed(unreadable.locations, unreadable.count),
            fix: 'write ISO 8601 instants, such as 2026-01-31T12:00:00Z, or name another column as timestamp',
          },
        ],
        measures: {},
      };
    }
    const gaps = gapsOf(times.sorted());
    return {
      checks: [
        this.#check('integrity.time-unreadable', 'time-unreadable', unreadable, {
          kept: `all values of ${this.#column} are times`,
          broken: 'no readable time',
          fix: 'write ISO 8601 instants, such as 2026-01-31T12:00:00Z',
        }),
        this.#check('integrity.time-order', 'time-order', back, {
          kept: `the rows of each file are in the order of ${this.#column}`,
          broken: 'earlier than the row before',
          fix: 'sort the rows by time; otherwise a split by position is not a split by time',
        }),
        this.#check('integrity.time-future', 'time-future', future, {
          kept: `no value of ${this.#column} is later than ${this.#options.now.toISOString()}`,
          broken: `later than ${this.#options.now.toISOString()}`,
          fix: 'check whether dates, time zones or units are mixed up; if the rows are forecasts, nothing is wrong',
        }),
        this.#gaps(gaps),
      ],
      measures: {
        'time-backwards': back.count,
        'time-future': future.count,
        ...(gaps === undefined
          ? {}
          : {
              'time-gaps': gaps.count,
              'time-step-seconds': gaps.median / 1000,
              'time-largest-step-seconds': gaps.largest / 1000,
            }),
      },
    };
  }

  #check(
    id: string,
    name: IntegrityCheck,
    { count, locations }: CountedPlaces,
    texts: { readonly kept: string; readonly broken: string; readonly fix: string },
  ): Check {
    const base = { id, target: { column: this.#column }, observed: count, expected: 0 };
    if (count === 0) return { ...base, status: 'pass', message: texts.kept };
    return {
      ...base,
      status: found(this.#options, name),
      message: `${grouped(count)} ${count === 1 ? 'value' : 'values'} of ${this.#column} ${count === 1 ? 'is' : 'are'} ${texts.broken}`,
      ...placed(locations, count),
      fix: texts.fix,
    };
  }

  /** A gap is often as things are (nights, weekends), so it is told, and no fault unless it was asked for. */
  #gaps(gaps: Gaps | undefined): Check {
    const base = { id: 'integrity.time-gaps', target: { column: this.#column } };
    if (gaps === undefined) {
      const message = `${this.#column} has fewer than ${LEAST_STEPS} steps, which are too few to know what a gap is`;
      const asked = this.#options.failOn?.includes('time-gaps') === true;
      return asked
        ? { ...base, status: 'inconclusive', message, fix: 'give more rows' }
        : { ...base, status: 'pass', message };
    }
    const { count, median, largest } = gaps;
    const usual = `the median step is ${durationOf(median)}, the largest ${durationOf(largest)}`;
    if (count === 0)
      return { ...base, status: 'pass', observed: 0, message: `${this.#column} has no gap: ${usual}` };
    return {
      ...base,
      status: found(this.#options, 'time-gaps', 'pass'),
      observed: count,
      expected: 0,
      message: `${this.#column} has ${grouped(count)} ${count === 1 ? 'step' : 'steps'} of more than ${GAP} times the median: ${usual}`,
      fix: 'check whether rows are missing there',
    };
  }
}

interface Gaps {
  readonly count: number;
  /** Milliseconds, of the steps between different times. */
  readonly median: number;
  readonly largest: number;
}

function gapsOf(sorted: Float64Array): Gaps | undefined {
  const steps = new NumberList();
  for (let i = 1; i < sorted.length; i++) {
    const step = (sorted[i] ?? 0) - (sorted[i - 1] ?? 0);
    if (step > 0) steps.push(step);
  }
  if (steps.length < LEAST_STEPS) return undefined;
  const ascending = steps.sorted();
  const median = ascending[Math.floor((ascending.length - 1) / 2)] ?? 0;
  const firstGap = ascending.findIndex((step) => step > GAP * median);
  return {
    count: firstGap < 0 ? 0 : ascending.length - firstGap,
    median,
    largest: ascending.at(-1) ?? 0,
  };
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

function durationOf(milliseconds: number): string {
  const [unit, size] = UNITS.find(([, least]) => milliseconds >= least) ?? ['ms', 1];
  return `${Number((milliseconds / size).toPrecision(3))} ${unit}`;
}
