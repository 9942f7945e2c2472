import { grouped } from '../problem/numbers.ts';
import { randomFrom } from './random.ts';
import { multinomialDraw } from './sampling.ts';
import {
  type CellStatistic,
  evaluations,
  type ResampleInput,
  type Resamples,
  stretches,
} from './statistic.ts';

/** The cells of both models that occur together, by stratum, each with its number of rows. */
interface JointCells {
  readonly counts: Float64Array;
  readonly candidate: Int32Array;
  readonly production: Int32Array;
  readonly stratum: Int32Array;
}

/** Up to this many possible joint cells are looked up in an array, which is faster than a map. */
const DENSE = 2 ** 20;

function jointCells(input: ResampleInput, candidate: CellStatistic, production: CellStatistic): JointCells {
  const { n, strata } = input;
  const layers = strata === undefined ? 1 : strata.reduce((most, stratum) => Math.max(most, stratum), 0) + 1;
  const possible = layers * candidate.size * production.size;
  const dense = possible <= DENSE ? new Int32Array(possible).fill(-1) : undefined;
  const sparse = new Map<number, number>();
  const counts: number[] = [];
  const cells: (readonly [number, number, number])[] = [];
  for (let i = 0; i < n; i++) {
    const ours = candidate.cells[i]!;
    const theirs = production.cells[i]!;
    const stratum = strata === undefined ? 0 : strata[i]!;
    const key = (stratum * candidate.size + ours) * production.size + theirs;
    const place = dense === undefined ? (sparse.get(key) ?? -1) : dense[key]!;
    if (place >= 0) counts[place]! += 1;
    else {
      if (dense === undefined) sparse.set(key, counts.length);
      else dense[key] = counts.length;
      counts.push(1);
      cells.push([ours, theirs, stratum]);
    }
  }
  // Strata are drawn one after the other, each from cells that stand together.
  const order = cells.map((_, k) => k).sort((a, b) => cells[a]![2] - cells[b]![2] || a - b);
  return {
    counts: Float64Array.from(order, (k) => counts[k]!),
    candidate: Int32Array.from(order, (k) => cells[k]![0]),
    production: Int32Array.from(order, (k) => cells[k]![1]),
    stratum: Int32Array.from(order, (k) => cells[k]![2]),
  };
}

export function ofCells(
  input: ResampleInput,
  candidate: CellStatistic,
  production: CellStatistic,
): Resamples {
  const { n, seed, draws = 2000 } = input;
  const random = randomFrom(seed);
  const joint = jointCells(input, candidate, production);
  const size = joint.counts.length;
  const resampled = new Float64Array(size);
  const [ours, theirs] = [new Float64Array(candidate.size), new Float64Array(production.size)];
  const evaluate = (counts: Float64Array) => {
    ours.fill(0);
    theirs.fill(0);
    for (let k = 0; k < size; k++) {
      ours[joint.candidate[k]!]! += counts[k]!;
      theirs[joint.production[k]!]! += counts[k]!;
    }
    return { candidate: () => candidate.value(ours), production: () => production.value(theirs) };
  };
  const ranges = stretches(joint.stratum);
  const paired = input.production !== undefined;
  const whole = evaluations(1, paired, () => evaluate(joint.counts));
  const drawn = evaluations(draws, paired, () => {
    for (const [from, to] of ranges) {
      multinomialDraw(random, joint.counts.subarray(from, to), resampled.subarray(from, to));
    }
    return evaluate(resampled);
  });
  const without = evaluations(size, paired, (k) => {
    resampled.set(joint.counts);
    resampled[k]! -= 1;
    return evaluate(resampled);
  });
  const stratified = ranges.length > 1 ? ` within ${ranges.length} strata` : '';
  return {
    candidate: whole.candidate[0]!,
    production: whole.production[0]!,
    n,
    units: n,
    draws,
    drawn,
    without: { ...without, times: joint.counts, ...(ranges.length > 1 ? { stratum: joint.stratum } : {}) },
    method: `multinomial bootstrap of ${size} cells${stratified} (${draws} draws of ${grouped(n)} rows)`,
  };
}
