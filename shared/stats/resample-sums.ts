import { randomFrom } from './random.ts';
import {
  type CellStatistic,
  evaluations,
  type MeanStatistic,
  type ResampleInput,
  type Resamples,
  type SumStatistic,
  stretches,
} from './statistic.ts';

/** Rows beyond which sums are resampled in as many random blocks of rows. */
export const BLOCKS = 1000;
/** Of a stratum, unless it has fewer rows. */
const FEWEST_BLOCKS = 100;
/** How the rows of one metric add up. */
export interface Additive {
  readonly width: number;
  add(into: Float64Array, from: number, row: number, weight: number): void;
  value(sums: Float64Array): number;
}

export function additive(statistic: MeanStatistic | CellStatistic | SumStatistic): Additive {
  if (statistic.kind === 'cells') {
    const { cells, size } = statistic;
    return {
      width: size,
      value: (counts) => statistic.value(counts),
      add: (into, from, row, weight) => {
        into[from + cells[row]!]! += weight;
      },
    };
  }
  const columns = statistic.kind === 'mean' ? [statistic.items] : statistic.columns;
  const width = columns.length + 1;
  return {
    width,
    value: statistic.kind === 'mean' ? (sums) => sums[0]! / sums[1]! : (sums) => statistic.value(sums),
    add: (into, from, row, weight) => {
      for (let k = 0; k < columns.length; k++) into[from + k]! += weight * columns[k]![row]!;
      into[from + width - 1]! += weight;
    },
  };
}

interface Units {
  readonly of: Int32Array;
  readonly count: number;
  /** Units of each stratum stand together: its first, and the one after its last. */
  readonly strata: readonly (readonly [number, number])[];
  readonly name: string;
}

/** Rows or clusters, or random blocks of them if there are many; blocks stay within a stratum. */
function unitsOf({ n, clusters, strata, seed }: ResampleInput): Units {
  const single = clusters ?? { of: Int32Array.from({ length: n }, (_, i) => i), count: n };
  const name = clusters === undefined ? 'rows' : 'clusters';
  const stratumOf = new Int32Array(single.count);
  if (strata !== undefined) {
    if (clusters !== undefined) throw new TypeError('clusters are not resampled within strata of rows');
    stratumOf.set(strata);
  }
  const order = Int32Array.from(stratumOf, (_, i) => i);
  randomFrom((seed ^ 0x5b_10_c5) >>> 0).shuffle(order);
  order.sort((a, b) => stratumOf[a]! - stratumOf[b]!);
  const runs = stretches(order.map((unit) => stratumOf[unit]!));
  const unitOf = new Int32Array(single.count);
  let count = 0;
  const ranges = runs.map(([from, to]) => {
    const members = to - from;
    const blocks = Math.min(
      members,
      Math.max(FEWEST_BLOCKS, Math.round((BLOCKS * members) / Math.max(BLOCKS, single.count))),
    );
    const kept = single.count <= BLOCKS ? members : blocks;
    for (let k = from; k < to; k++) unitOf[order[k]!] = count + Math.floor(((k - from) * kept) / members);
    count += kept;
    return [count - kept, count] as const;
  });
  const blocked =
    count < single.count ? `${count} random blocks of ${single.count} ${name}` : `${count} ${name}`;
  return { of: single.of.map((unit) => unitOf[unit]!), count, strata: ranges, name: blocked };
}

export function ofSums(input: ResampleInput, candidate: Additive, production: Additive): Resamples {
  const { n, weights, seed, draws = 2000 } = input;
  const random = randomFrom(seed);
  const units = unitsOf(input);
  const width = candidate.width + production.width;
  const sums = new Float64Array(units.count * width);
  for (let i = 0; i < n; i++) {
    const from = units.of[i]! * width;
    const weight = weights?.[i] ?? 1;
    candidate.add(sums, from, i, weight);
    production.add(sums, from + candidate.width, i, weight);
  }
  const total = new Float64Array(width);
  const addUnit = (unit: number, sign: number) => {
    for (let k = 0, at = unit * width; k < width; k++, at++) total[k]! += sign * sums[at]!;
  };
  const evaluate = () => ({
    candidate: () => candidate.value(total.subarray(0, candidate.width)),
    production: () => production.value(total.subarray(candidate.width)),
  });
  const addAll = () => {
    total.fill(0);
    for (let unit = 0; unit < units.count; unit++) addUnit(unit, 1);
    return evaluate();
  };
  const paired = input.production !== undefined;
  const whole = evaluations(1, paired, addAll);
  const drawn = evaluations(draws, paired, () => {
    total.fill(0);
    for (const [from, to] of units.strata) {
      for (let k = from; k < to; k++) addUnit(from + random.below(to - from), 1);
    }
    return evaluate();
  });
  addAll();
  const everything = total.slice();
  const without = evaluations(units.count, paired, (unit) => {
    total.set(everything);
    addUnit(unit, -1);
    return evaluate();
  });
  const stratum = strataOf(units);
  return {
    candidate: whole.candidate[0]!,
    production: whole.production[0]!,
    n,
    units: units.count,
    draws,
    drawn,
    without: { ...without, times: new Float64Array(units.count).fill(1), ...stratum },
    method: draws === 0 ? `jackknife of ${units.name}` : `bootstrap of ${units.name} (${draws} draws)`,
  };
}

function strataOf({ strata, count }: Units): { stratum?: Int32Array } {
  if (strata.length < 2) return {};
  const stratum = new Int32Array(count);
  strata.forEach(([from, to], k) => {
    stratum.fill(k, from, to);
  });
  return { stratum };
}
