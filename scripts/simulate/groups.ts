/** Differences between groups where the true one is just the maximum, and where there is none. */
import { compareGroups } from '../../shared/model/groups.ts';
import type { ClassificationRows } from '../../shared/model/rows.ts';
import { type Draw, drawFrom } from './draw.ts';
import { rate, table } from './text.ts';

/** Rows of which each group is given the positive prediction with its own rate. */
function rowsOf(draw: Draw, rates: readonly number[], size: number) {
  const n = rates.length * size;
  const predicted = new Int32Array(n);
  for (let i = 0; i < n; i++) predicted[i] = draw.uniform() < (rates[i % rates.length] ?? 0) ? 1 : 0;
  const rows: ClassificationRows = {
    task: 'classification',
    n,
    classes: ['0', '1'],
    truth: new Int32Array(n),
    predicted,
    positive: 1,
  };
  return { rows, groups: Array.from(predicted, (_, i) => `group ${i % rates.length}`) };
}

export function groups(): string {
  const draw = drawFrom(501);
  const runs = 500;
  const max = 0.1;
  const equal = (count: number) => new Array<number>(count).fill(0.5);
  const apart = (count: number) => equal(count).map((share, i) => (i === 0 ? share - max : share));
  const rows = [2, 5].flatMap((count) =>
    [100, 500, 2000].map((size) => {
      const tally = (rates: readonly number[]) => {
        const found = { pass: 0, fail: 0, open: 0 };
        for (let run = 0; run < runs; run++) {
          const { rows: judged, groups: names } = rowsOf(draw, rates, size);
          const { check } = compareGroups(judged, {
            column: 'group',
            groups: names,
            showValues: false,
            minSize: 30,
            difference: 'demographic_parity_difference',
            max,
          });
          if (check?.status === 'pass') found.pass += 1;
          else if (check?.status === 'fail') found.fail += 1;
          else found.open += 1;
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
    }),
  );
  return [
    `Demographic parity, maximum ${max}; ${runs} runs a cell. One group is truly ${max} below the others (5 % allowed either way), or all are equal:`,
    table(
      ['groups', 'at the maximum: `pass`', 'at the maximum: `fail`', 'equal: `pass`', 'equal: `fail`'],
      rows,
    ),
  ].join('\n\n');
}
