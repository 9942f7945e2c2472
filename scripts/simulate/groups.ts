/** Differences between groups if the true one is just the maximum, and if there is none. */
import { judgeGroups } from '../../shared/model/fairness/judge.ts';
import { CELLS } from '../../shared/model/fairness/rates.ts';
import { type Draw, drawFrom } from './draw.ts';
import { rate, table } from './text.ts';

/** A group of which this share is given the positive prediction; half of the labels are positive. */
function groupOf(draw: Draw, n: number, share: number, index: number) {
  const counts = new Float64Array(CELLS);
  const positives = draw.binomial(n, 0.5);
  [n - positives, positives].forEach((rows, label) => {
    const selected = draw.binomial(rows, share);
    counts[label] = rows - selected;
    // Both models' bits, for there is no production.
    counts[label | 6] = selected;
  });
  return { value: `group ${index}`, n, counts };
}

export function groups(): string {
  const draw = drawFrom(501);
  const runs = 2000;
  const max = 0.1;
  const equal = (count: number) => new Array<number>(count).fill(0.5);
  const apart = (count: number) => equal(count).map((share, i) => (i === 0 ? share - max : share));
  const rows = [2, 5].flatMap((count) => {
    return [100, 500, 2000].map((size) => {
      const tally = (shares: readonly number[]) => {
        const found = { pass: 0, fail: 0 };
        for (let run = 0; run < runs; run++) {
          const [check] = judgeGroups(
            {
              column: 'group',
              groups: shares.map((share, i) => groupOf(draw, size, share, i)),
              hasProduction: false,
              minSize: 30,
              alpha: 0.05,
              binding: 'declared',
            },
            {
              difference: 'demographic_parity_difference',
              ratio: 'demographic_parity_ratio',
              maxDifference: max,
            },
          );
          if (check?.status === 'pass') found.pass += 1;
          else if (check?.status === 'fail') found.fail += 1;
        }
        return found;
      };
      const edge = tally(apart(count));
      const none = tally(equal(count));
      return [
        `${count} groups of ${size}`,
        rate(edge.pass, runs),
        rate(edge.fail, runs),
        rate(none.pass, runs),
        rate(none.fail, runs),
      ];
    });
  });
  return [
    `Demographic parity, maximum ${max}; ${runs} runs a cell. One group is truly ${max} below the others (5 % allowed either way), or all are equal:`,
    table(
      ['groups', 'at the maximum: `pass`', 'at the maximum: `fail`', 'equal: `pass`', 'equal: `fail`'],
      rows,
    ),
  ].join('\n\n');
}
