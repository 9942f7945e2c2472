/** Differences between groups if the true one is just the maximum, and if there is none. */
import { judgeGroups } from '../../shared/model/fairness/judge.ts';
import { errorsCheck } from '../../shared/model/fairness/means.ts';
import { CELLS } from '../../shared/model/fairness/rates.ts';
import type { Metric } from '../../shared/model/metric.ts';
import { meanAbsoluteError } from '../../shared/model/metrics/regression.ts';
import { type Draw, drawFrom } from './draw.ts';
import { LAWS } from './losses.ts';
import { grouped, rate, table } from './text.ts';

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
    `Demographic parity, maximum ${max}; ${runs} runs a cell. One group is ${max} below the others, or all are equal:`,
    table(
      ['groups', 'at the maximum: `pass`', 'at the maximum: `fail`', 'equal: `pass`', 'equal: `fail`'],
      rows,
    ),
  ].join('\n\n');
}

const MORE = 8;

const BASE = Math.sqrt(2 / Math.PI);

/** Two groups of normal errors, the second with a loss of the law added: `mae_difference` at the maximum, and of equal groups. */
export function groupsOfErrors(): string {
  const draw = drawFrom(506);
  const runs = 500;
  const judged = (
    metric: Metric,
    max: number,
    sizes: readonly number[],
    losses: readonly (() => number)[],
  ) => {
    const groups = sizes.map((n, g) => {
      const predicted = new Float64Array(n).map(() => Math.abs(draw.normal()) + losses[g]!());
      const rows = { task: 'regression', n, truth: new Float64Array(n), predicted } as const;
      return { value: `${g}`, rows, mean: predicted.reduce((sum, error) => sum + error / n, 0) };
    });
    const judging = {
      column: 'group',
      metric,
      max,
      minSize: 30,
      alpha: 0.05,
      seed: 1,
      binding: 'bound',
    } as const;
    return errorsCheck(groups, judging).status;
  };
  const counted = (of: () => string, more: number, found = { pass: 0, fail: 0 }) => {
    for (let run = 0; run < more; run++) {
      const status = of();
      if (status === 'pass' || status === 'fail') found[status] += 1;
    }
    return found;
  };
  const tally = (of: () => string) => {
    const { pass, fail } = counted(of, runs);
    return [rate(pass, runs), rate(fail, runs)];
  };
  /** A cell that shows more than is allowed goes on, so that chance is told from fault. */
  const settled = (of: () => string) => {
    const found = counted(of, runs);
    if (found.pass <= 0.05 * runs) return [rate(found.pass, runs), rate(found.fail, runs)];
    counted(of, (MORE - 1) * runs, found);
    return [rate(found.pass, MORE * runs), rate(found.fail, MORE * runs)];
  };
  const none = () => 0;
  const rows = LAWS.flatMap(({ name, draw: loss, mean, most }) => {
    const open: readonly (readonly [string, Metric])[] = [['', meanAbsoluteError]];
    const bounded = most === undefined ? undefined : meanAbsoluteError.unlimited?.within(most, 'bound');
    const metrics =
      bounded === undefined ? open : [...open, [`, with \`loss-bound: ${most}\``, bounded] as const];
    return metrics.flatMap(([said, metric]) =>
      [
        [100, 100],
        [300, 300],
        [3000, 300],
        [1000, 1000],
      ].map((sizes) => {
        const one = () => loss(draw);
        const at = () => judged(metric, mean, sizes, [none, one]);
        const equal = () => judged(metric, mean, sizes, [one, one]);
        const label = `${name}, groups of ${sizes.map(grouped).join(' and ')}${said}`;
        return [label, ...settled(at), ...tally(equal)];
      }),
    );
  });
  return [
    `Mean absolute errors of two groups, ${grouped(runs)} runs a cell, ${grouped(MORE * runs)} at the maximum if the first show more than 5 %; errors of a normal law of mean ${BASE.toFixed(2)}. The second group has losses of the law besides, whose mean is the maximum, or both have:`,
    table(
      ['losses', 'at the maximum: `pass`', 'at the maximum: `fail`', 'equal: `pass`', 'equal: `fail`'],
      rows,
    ),
  ].join('\n\n');
}
