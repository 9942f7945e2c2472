/** Relative margins of 0/1 correctness: how often is a loss of just the share allowed accepted? */
import { pairedRatioBounds } from '../../shared/stats/paired.ts';
import { drawFrom } from './draw.ts';
import { bySize, rate } from './text.ts';

export function ratio(): string {
  const draw = drawFrom(441);
  const runs = 4000;
  const allowed = 0.02;
  const rows = [0.9, 0.6].flatMap((accuracy) =>
    [0.02, 0.05, 0.1].flatMap((discordance) =>
      [200, 500, 1000, 3000].map((n) => {
        const loss = allowed * accuracy;
        const productionOnly = (discordance + loss) / 2;
        const candidateOnly = (discordance - loss) / 2;
        let [accepted, worse] = [0, 0];
        for (let run = 0; run < runs; run++) {
          const c = draw.binomial(n, productionOnly);
          const b = draw.binomial(n - c, candidateOnly / (1 - productionOnly));
          const both = draw.binomial(
            n - c - b,
            (accuracy - productionOnly) / (1 - productionOnly - candidateOnly),
          );
          if (both + c === 0) continue;
          const { lower, upper } = pairedRatioBounds({ both, candidateOnly: b, productionOnly: c }, 0.05);
          if (lower > 1 - allowed) accepted += 1;
          if (upper < 1 - allowed) worse += 1;
        }
        const name = `accuracy ${100 * accuracy} %, disagreement ${100 * discordance} %`;
        return { name, n, cell: `${rate(accepted, runs)}; ${rate(worse, runs)}` };
      }),
    ),
  );
  return [
    `A loss of exactly 2 % of production's accuracy; ${runs} runs a cell:`,
    bySize('accepted; called worse', rows),
  ].join('\n\n');
}
