import { type Comparison, compare } from '../../shared/model/compare.ts';
import { compareGroups, type GroupOptions } from '../../shared/model/groups.ts';
import type { Bounds, Sampling } from '../../shared/model/interval.ts';
import { judgedCsv } from '../../shared/model/judged.ts';
import { leakageCheck, type TrainedUntil } from '../../shared/model/leakage.ts';
import { measure, unmetNeed } from '../../shared/model/metrics.ts';
import { type Columns, type Judged, readJudged } from '../../shared/model/predictions.ts';
import { firstReleaseCheck } from '../../shared/model/release.ts';
import type { ScoredRows } from '../../shared/model/rows.ts';
import { judgeThresholds, type KnownBounds } from '../../shared/model/thresholds.ts';
import { UserError } from '../../shared/problem/problem.ts';
import type { Check, JsonObject } from '../../shared/verdict/verdict.ts';
import type { Evidence } from './evidence.ts';
import type { Inputs } from './inputs.ts';
import { comparisonOf, type NamedMetrics } from './request.ts';

/** What rows of predictions show. */
export interface Judgement {
  readonly checks: readonly Check[];
  readonly measures: JsonObject;
  readonly rows: number;
  readonly comparison: string;
  readonly labelsNeeded?: number | undefined;
  /** The CSV of judged rows, where they were asked for. */
  readonly judgedRows?: string | undefined;
}

/** Judges the rows: what they are, comparison, conditions, groups. */
export function judgeEvidence(
  inputs: Inputs,
  columns: Columns,
  named: NamedMetrics,
  evidence: Evidence,
): Judgement {
  const { sheets, binding, same } = evidence;
  const hasProduction = sheets.production !== undefined || same === 'model';
  const read = readJudged(sheets, {
    columns,
    task: inputs.task,
    metrics: named.all.map((metric) => metric.task),
    positiveLabel: inputs['positive-label'],
    probabilities: named.probabilities,
    showValues: inputs.samples === 'show',
  });
  const judged: Judged = same === 'model' ? { ...read, production: read.candidate } : read;
  refuseUnmet(named, judged);
  const sampling: Sampling = {
    draws: inputs.draws,
    digest: judged.digest,
    ...(judged.clusters === undefined ? {} : { clusters: judged.clusters }),
  };
  const held = judgeThresholds(judged, named.thresholds, { sampling, binding });
  const compared = hasProduction ? comparisonChecks(inputs, named, judged, evidence, sampling) : undefined;
  const comparison = compared?.comparison;
  const groups = groupResults(inputs, judged);
  const rows = inputs['judged-rows'];
  return {
    checks: [
      ...(compared?.checks ?? [firstReleaseCheck(inputs['first-release'], held.checks)]),
      ...held.checks,
      ...groups.flatMap(({ check }) => check ?? []),
      ...evidence.checks,
      ...judged.checks,
      ...leakage(inputs, judged, evidence),
    ],
    measures: measuresOf(judged, held.bounds, groups, comparison),
    rows: judged.n,
    comparison: comparison?.reading ?? (same === 'model' ? 'not-worse' : 'unknown'),
    labelsNeeded: comparison?.labelsNeeded,
    judgedRows:
      rows === 0
        ? undefined
        : judgedCsv(judged, { id: inputs.id, features: featuresOf(evidence, columns) }, rows),
  };
}

/** A metric that is judged must be one that the rows allow. */
function refuseUnmet({ all }: NamedMetrics, { candidate, production }: Judged): void {
  const problems = [...new Set(all)].flatMap((metric) => {
    const need =
      unmetNeed(metric, candidate) ?? (production === undefined ? undefined : unmetNeed(metric, production));
    return need === undefined
      ? []
      : [{ what: `${metric.name} needs ${need}`, where: 'inputs metric, conditions' }];
  });
  if (problems.length > 0) throw new UserError(problems);
}

interface Compared {
  readonly checks: readonly Check[];
  readonly comparison?: Comparison;
}

function comparisonChecks(
  inputs: Inputs,
  named: NamedMetrics,
  judged: Judged,
  { same, binding }: Evidence,
  sampling: Sampling,
): Compared {
  const { margin } = comparisonOf(inputs);
  const { metric } = named;
  if (metric === undefined) throw new TypeError('a comparison without a metric');
  if (same === 'model')
    return {
      checks: [sameCheck('the candidate is the production model, byte for byte: not worse by identity')],
    };
  const comparison = compare(judged, { metric, margin, sampling, binding });
  const warning =
    same === 'predictions' ? [sameCheck('candidate and production are the same file, byte for byte')] : [];
  return { checks: [comparison.check, ...warning], comparison };
}

function sameCheck(message: string): Check {
  return { id: 'comparison.same-model', status: 'warn', message };
}

type GroupFinding = ReturnType<typeof compareGroups> & {
  readonly column: string;
  readonly role: 'candidate' | 'production';
};

/** Groups of the candidate are judged where a maximum is given; production's are shown beside them. */
function groupResults(inputs: Inputs, judged: Judged): GroupFinding[] {
  const of = (role: GroupFinding['role'], rows: ScoredRows, max: number | undefined): GroupFinding[] =>
    Object.entries(judged.groups).map(([column, groups]) => {
      const options: GroupOptions = {
        column,
        groups,
        max,
        showValues: inputs.samples === 'show',
        minSize: inputs['min-group-size'],
        difference: inputs['group-difference'],
      };
      return { ...compareGroups(rows, options), column, role };
    });
  const { candidate, production } = judged;
  return [
    ...of('candidate', candidate, inputs['max-group-difference']),
    ...(production === undefined ? [] : of('production', production, undefined)),
  ];
}

function leakage(inputs: Inputs, judged: Judged, { productionTrainedUntil }: Evidence): Check[] {
  const { timestamp } = inputs;
  if (timestamp === undefined || judged.timestamps === undefined) return [];
  const own = inputs['trained-until'];
  const trained: TrainedUntil[] = [
    ...(own === undefined ? [] : [{ model: 'candidate' as const, instant: own.toISOString() }]),
    ...(productionTrainedUntil === undefined
      ? []
      : [{ model: 'production' as const, instant: productionTrainedUntil }]),
  ];
  const check = leakageCheck(timestamp, judged.timestamps, trained);
  return check === undefined ? [] : [check];
}

function measuresOf(
  judged: Judged,
  bounds: KnownBounds,
  groups: readonly GroupFinding[],
  comparison: Comparison | undefined,
): JsonObject {
  const of = (role: 'candidate' | 'production', rows: ScoredRows): JsonObject => {
    const mine = groups.filter((group) => group.role === role);
    return {
      ...measure(rows),
      ...intervals(bounds[role]),
      ...(mine.length === 0
        ? {}
        : { by_group: Object.fromEntries(mine.map(({ column, measures }) => [column, measures])) }),
    };
  };
  const { candidate, production } = judged;
  return {
    rows: judged.n,
    candidate: of('candidate', candidate),
    ...(production === undefined ? {} : { production: of('production', production) }),
    ...(comparison === undefined ? {} : { comparison: comparison.measures }),
  };
}

function intervals(bounds: ReadonlyMap<string, Bounds>): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [name, { lower, upper }] of bounds) {
    if (lower !== null) found[`${name}_lower`] = lower;
    if (upper !== null) found[`${name}_upper`] = upper;
  }
  return found;
}

/** The columns that a server is given: all of the test data but the id, the label and what else is no feature. */
function featuresOf({ sheets }: Evidence, columns: Columns): string[] {
  const others = [columns.id, columns.label, columns.prediction, columns.weight];
  return (sheets.test?.columns ?? []).filter((column) => !others.includes(column));
}
