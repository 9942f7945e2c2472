/** What the bounds of rates cost, beside plain resampling. */
import { multinomialOf } from '../../shared/stats/sampling.ts';
import { drawFrom } from './draw.ts';
import { type PowerCell, powerTable } from './power.ts';
import { gainOf, type Law, lawOf, METRICS, metric, rowsOf } from './rates.ts';
import type { Pair } from './tally.ts';
import { grouped, percent } from './text.ts';

/** Both models find 70 % of the positives; each finds 10 % of them that the other misses, and so of false alarms. */
const EQUAL = { name: 'equal', found: 0.7, lost: 0.1, gained: 0.1, alarms: 0.1, calmed: 0.1 };
const POSITIVES = [0.1, 0.3];
const SIZES = [300, 1000, 3000];

function* tables(law: Law, n: number, runs: number, seed: number): Generator<Pair> {
  const draw = drawFrom(seed);
  const counts = new Float64Array(8);
  for (let run = 0; run < runs; run++) {
    multinomialOf(draw, n, law, counts);
    yield { candidate: rowsOf(counts, 1), production: rowsOf(counts, 2) };
  }
}

/** A law with this loss: more positives that are missed, and more false alarms, of both the same. */
function worseBy(name: string, positives: number, loss: number): Law {
  const at = (more: number) =>
    lawOf(positives, { ...EQUAL, lost: EQUAL.lost + more, alarms: EQUAL.alarms + more });
  if (loss === 0) return at(0);
  let [low, high] = [0, EQUAL.found - EQUAL.lost];
  for (let step = 0; step < 14; step++) {
    const middle = (low + high) / 2;
    if (-gainOf(name, at(middle)) < loss) low = middle;
    else high = middle;
  }
  return at(high);
}

export function ratesPower(): string {
  const cells = METRICS.flatMap((name) =>
    POSITIVES.flatMap((positives) =>
      SIZES.map(
        (n): PowerCell => ({
          name: `\`${name}\`, ${percent(positives)} % positives, n = ${grouped(n)}`,
          metric: metric(name),
          pairs: (loss, runs, seed) => tables(worseBy(name, positives, loss), n, runs, seed),
        }),
      ),
    ),
  );
  return powerTable(
    'Two equal models; each finds 10 % of the positives that the other misses, and has as many false alarms of its own.',
    'Plain bounds are resamples with BCa and Student’s ends.',
    cells,
  );
}
