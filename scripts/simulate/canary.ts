/** Rollouts at one share of the traffic: taken back, promoted, or undecided. */
import {
  type Analysis,
  analyse,
  errorBounds,
  errorFinding,
  guardOf,
  type MeasuredArms,
  noAnalysis,
} from '../../shared/rollout/analysis.ts';
import { add, type Counts, NO_COUNTS } from '../../shared/rollout/metrics.ts';
import { type RolloutTerms, rolloutPlan } from '../../shared/rollout/plan.ts';
import { requestsToPromote } from '../../shared/stats/eprocess.ts';
import { type Draw, drawFrom } from './draw.ts';
import { grouped, median, percent, rate, table } from './text.ts';

/** Errors of some requests at a rate. */
type Errors = (draw: Draw, requests: number, errorRate: number) => number;

const independent: Errors = (draw, requests, errorRate) => draw.binomial(requests, errorRate);

/** Errors in bursts of a mean length, each a geometric number of requests of one version. */
function bursts(mean: number): Errors {
  return (draw, requests, errorRate) => {
    const starts = draw.binomial(requests, errorRate / mean);
    let errors = 0;
    for (let i = 0; i < starts; i++) {
      errors += 1 + Math.floor(draw.exponential() / -Math.log1p(-1 / mean));
    }
    return Math.min(requests, errors);
  };
}

interface Scenario {
  readonly share: number;
  readonly stable: number;
  /** The new version's rate over the stable one's. */
  readonly ratio: number;
  readonly dispersion?: number;
  readonly errors?: Errors;
  /** Share from this number of the new version's requests on. */
  readonly later?: { readonly from: number; readonly share: number };
}

const LOOK = 100;

function plan(dispersion: number): RolloutTerms {
  return rolloutPlan({
    strategy: 'canary',
    steps: undefined,
    promoteOn: 'evidence',
    errorMargin: 2,
    errorFloor: 0.001,
    alpha: 0.05,
    dispersion,
    maxErrorRate: null,
    maxLatencyMs: null,
  });
}

const counts = (requests: number, errors: number): Counts => ({
  ...NO_COUNTS,
  requests,
  judged: requests,
  errors,
});

function play(draw: Draw, scenario: Scenario, most: number): { end: string; requests: number } {
  const { stable: base, ratio, dispersion = 1, errors = independent, later } = scenario;
  const rules = plan(dispersion);
  let analysis: Analysis = noAnalysis(rules);
  let totals: MeasuredArms = { canary: NO_COUNTS, stable: NO_COUNTS };
  for (let requests = LOOK; requests < most + LOOK; requests += LOOK) {
    const share = later !== undefined && requests > later.from ? later.share : scenario.share;
    const others = Math.round((LOOK * (1 - share)) / share);
    const look = {
      canary: counts(LOOK, errors(draw, LOOK, ratio * base)),
      stable: counts(others, errors(draw, others, base)),
    };
    totals = { canary: add(totals.canary, look.canary), stable: add(totals.stable, look.stable) };
    analysis = analyse(analysis, look, rules);
    const finding = errorFinding(analysis, totals, rules);
    if (finding === 'harm') return { end: 'harm', requests };
    if (finding === 'not-worse') return { end: 'promoted', requests };
  }
  return { end: 'undecided', requests: most };
}

function outcome(draw: Draw, scenario: Scenario, runs: number, most: number): string[] {
  const played = Array.from({ length: runs }, () => play(draw, scenario, most));
  const count = (end: string) => played.filter((run) => run.end === end).length;
  const decided = played.filter(({ end }) => end !== 'undecided').map(({ requests }) => requests);
  return [
    rate(count('harm'), runs),
    rate(count('promoted'), runs),
    rate(count('undecided'), runs),
    decided.length === 0 ? '–' : grouped(median(decided)),
  ];
}

const HEADER = ['taken back', 'promoted', 'undecided', 'median requests of the new version'];

function versions(runs: number): string {
  const draw = drawFrom(601);
  const most = 10_000;
  const rows = [0.5, 0.1, 0.05].flatMap((share) =>
    [1, 1.5, 2, 3].map((ratio) => [
      `${percent(share)} % of the traffic, ${ratio === 1 ? 'equal' : `${ratio}×`}`,
      ...outcome(draw, { share, stable: 0.01, ratio }, runs, most),
    ]),
  );
  const more: readonly (readonly [string, Scenario])[] = [
    [
      '10 %, then 50 % after 500 requests, equal',
      { share: 0.1, stable: 0.01, ratio: 1, later: { from: 500, share: 0.5 } },
    ],
    [
      '10 %, then 50 % after 500 requests, 2×',
      { share: 0.1, stable: 0.01, ratio: 2, later: { from: 500, share: 0.5 } },
    ],
    ['10 %, 0.1 % errors, equal', { share: 0.1, stable: 0.001, ratio: 1 }],
    ['10 %, 0.1 % errors, 2×', { share: 0.1, stable: 0.001, ratio: 2 }],
    ['10 %, 0.1 % errors, 5×', { share: 0.1, stable: 0.001, ratio: 5 }],
    ['10 %, no errors at all', { share: 0.1, stable: 0, ratio: 1 }],
  ];
  return [
    `The stable version fails 1 % of requests; at most ${grouped(most)} requests of the new one, looked at every ${LOOK}; ${runs} rollouts a row. 5 % may be taken back if equal, or promoted at 2×:`,
    table(
      ['rollout', ...HEADER],
      [
        ...rows,
        ...more.map(([name, scenario]) => [name, ...outcome(draw, scenario, Math.ceil(runs / 2), most)]),
      ],
    ),
  ].join('\n\n');
}

/** How many requests an equal version needs, and how often they suffice. */
function promotion(runs: number): string {
  const draw = drawFrom(602);
  const rules = plan(1);
  const rows = [0.5, 0.1, 0.05].flatMap((share) =>
    [0.01, 0.05].map((stable) => {
      const planned = requestsToPromote({ rate: stable, share, alpha: rules.alpha, ...errorBounds(rules) });
      const within = (most: number) => {
        const played = Array.from({ length: runs }, () => play(draw, { share, stable, ratio: 1 }, most));
        return rate(played.filter(({ end }) => end === 'promoted').length, runs);
      };
      return [
        `${percent(share)} % of the traffic, ${percent(stable)} % errors`,
        grouped(planned),
        within(planned),
        within(2 * planned),
        within(4 * planned),
      ];
    }),
  );
  return [
    `Equal versions: requests that \`needed\` names, and how many rollouts of ${runs} are promoted within them:`,
    table(['rollout', '`needed`', 'promoted within it', 'within 2 ×', 'within 4 ×'], rows),
  ].join('\n\n');
}

function clusters(runs: number): string {
  const draw = drawFrom(603);
  const most = 10_000;
  const rows = [2, 5].flatMap((mean) => {
    // Of geometric bursts: E[size²] / E[size].
    const dispersion = 2 * mean - 1;
    return [1, dispersion].flatMap((set) =>
      [1, 2].map((ratio) => [
        `bursts of ${mean} on average, \`dispersion: ${set}\`, ${ratio === 1 ? 'equal' : '2×'}`,
        ...outcome(
          draw,
          { share: 0.1, stable: 0.02, ratio, dispersion: set, errors: bursts(mean) },
          runs,
          most,
        ),
      ]),
    );
  });
  return [
    `2 % errors in bursts of one version (retries, one bad client), 10 % of the traffic, ${runs} rollouts a row:`,
    table(['rollout', ...HEADER], rows),
  ].join('\n\n');
}

/** The hard limit, which is looked at every time and is not a test. */
function guard(runs: number): string {
  const draw = drawFrom(604);
  const looks = 50;
  const rows = [20, 100, 500].flatMap((size) =>
    [0.05, 0.1].map((limit) => {
      const cells = [0.005, 0.01, 0.02].map((share) => {
        let breached = 0;
        for (let run = 0; run < runs; run++) {
          let step = NO_COUNTS;
          for (let look = 0; look < looks; look++) {
            const found = counts(size, draw.binomial(size, share));
            step = add(step, found);
            if (guardOf(step, found, limit).breached) {
              breached += 1;
              break;
            }
          }
        }
        return rate(breached, runs);
      });
      return [`${size} requests a look, limit ${percent(limit)} %`, ...cells];
    }),
  );
  return [
    `Rollouts of ${runs} that \`max-error-rate\` takes back within ${looks} looks although the true rate is below it:`,
    table(['looks', 'true rate 0.5 %', '1 %', '2 %'], rows),
  ].join('\n\n');
}

export function canary(): string {
  return [versions(1000), promotion(400), clusters(500), guard(1000)].join('\n\n');
}
