import { randomFrom } from './random.ts';
import { evaluations, type ResampleInput, type Resamples, type RowStatistic } from './statistic.ts';

/** Row evaluations (rows × draws) beyond which a metric of rows is not resampled but worked out without each group. */
export const ROW_EVALUATIONS = 2e8;
/** Groups of a jackknife of rows (more units than MANY_UNITS), and where rows are not resampled at all. */
export const ROW_GROUPS = 200;
export const FEW_GROUPS = 50;
const MANY_UNITS = 1000;

export function ofRows(input: ResampleInput, candidate: RowStatistic, production: RowStatistic): Resamples {
  const { n, seed, draws = 2000, clusters, strata } = input;
  if (strata !== undefined && clusters !== undefined) {
    throw new TypeError('clusters are not resampled within strata of rows');
  }
  const random = randomFrom(seed);
  const paired = input.production !== undefined;
  const units = clusters?.count ?? n;
  const counts = new Float64Array(n);
  const picked = new Float64Array(units);
  const evaluate = () => {
    for (let i = 0; i < n; i++) counts[i] = picked[clusters?.of[i] ?? i]!;
    return { candidate: () => candidate.value(counts), production: () => production.value(counts) };
  };
  const whole = evaluations(1, paired, () => ({
    candidate: () => candidate.value(),
    production: () => production.value(),
  }));
  const few = n * draws > ROW_EVALUATIONS;
  const members = rowsByStratum(strata, units);
  const drawn = evaluations(few ? 0 : draws, paired, () => {
    picked.fill(0);
    for (const stratum of members) {
      for (let k = 0; k < stratum.length; k++) picked[stratum[random.below(stratum.length)]!]! += 1;
    }
    return evaluate();
  });
  const most = few ? FEW_GROUPS : units > MANY_UNITS ? ROW_GROUPS : units;
  const groups = Math.min(units, most);
  const order = random.shuffle(Int32Array.from({ length: units }, (_, i) => i));
  const without = evaluations(groups, paired, (group) => {
    picked.fill(1);
    const to = Math.floor(((group + 1) * units) / groups);
    for (let k = Math.floor((group * units) / groups); k < to; k++) picked[order[k]!] = 0;
    return evaluate();
  });
  const unit = clusters === undefined ? 'rows' : 'clusters';
  return {
    candidate: whole.candidate[0]!,
    production: whole.production[0]!,
    n,
    units,
    draws: drawn.candidate.length,
    drawn,
    without: { ...without, times: new Float64Array(groups).fill(1) },
    method: few
      ? `jackknife of ${groups} random groups of ${units} ${unit}`
      : `bootstrap of ${units} ${unit} (${draws} draws)`,
  };
}

/** The rows of each stratum; without strata, all units. */
function rowsByStratum(strata: Int32Array | undefined, units: number): Int32Array[] {
  if (strata === undefined) return [Int32Array.from({ length: units }, (_, i) => i)];
  const members = new Map<number, number[]>();
  strata.forEach((stratum, row) => {
    const rows = members.get(stratum);
    if (rows === undefined) members.set(stratum, [row]);
    else rows.push(row);
  });
  return [...members.values()].map((rows) => Int32Array.from(rows));
}
