import { type Comparison, compareRows, type GainReading } from '../../shared/model/compare.ts';
import { judgeConditions, type QuantityBounds } from '../../shared/model/conditions/judge.ts';
import { confusionJson, curvesJson, MAX_CLASSES, shownClasses } from '../../shared/model/curves.ts';
import { discordantRows } from '../../shared/model/discordant.ts';
import { judgeFairness } from '../../shared/model/fairness/fairness.ts';
import type { Sampling } from '../../shared/model/interval.ts';
import type { Metric } from '../../shared/model/metric.ts';
import { measureMetrics, unmetNeed } from '../../shared/model/metrics.ts';
import type { JudgedRows } from '../../shared/model/predictions.ts';
import { firstReleaseCheck } from '../../shared/model/release.ts';
import type { ScoredRows } from '../../shared/model/rows.ts';
import { sliceAlarm, sliceGains } from '../../shared/model/slice-table.ts';
import { declaredSlices } from '../../shared/model/slices.ts';
import { UserError } from '../../shared/problem/problem.ts';
import type { Check, Json, JsonObject } from '../../shared/verdict/verdict.ts';
import { groupLimits, groupLoss, refuseIdle } from './group-limits.ts';
import type { Inputs } from './inputs.ts';
import type { CandidateTerms, GuardedMetric } from './request.ts';
import { Slices } from './slices.ts';

/** What is judged, and how surely. */
export interface JudgementSubject {
  readonly judged: JudgedRows;
  readonly asked: CandidateTerms;
  /** Error rate of each one-sided statement. */
  readonly alpha: number;
  readonly binding: 'bound' | 'declared';
  /** Candidate and production are the same bytes: of models, or of predictions files. */
  readonly same?: 'model' | 'predictions' | undefined;
}

/** What rows of predictions show. */
export interface Judgement {
  /** The answers: comparisons, conditions, groups. */
  readonly checks: readonly Check[];
  readonly measures: JsonObject;
  readonly comparisons: readonly Comparison[];
  readonly reading: GainReading;
  /** More labelled rows that would decide what is open. */
  readonly labelsNeeded?: number | undefined;
}

/** Judges the candidate: comparisons, conditions, groups, slices. */
export function judge(inputs: Inputs, subject: JudgementSubject): Judgement {
  const { judged, asked, alpha, binding, same } = subject;
  refuseUnmet(asked, judged);
  refuseIdle(inputs, judged);
  const showValues = inputs.samples === 'show';
  const { clusters } = judged;
  const sampling: Sampling = {
    draws: inputs.draws,
    // The first 32 bits of the SHA-256.
    seed: Number.parseInt(
      judged
        .digest()
        .replace(/^sha256:/, '')
        .slice(0, 8),
      16,
    ),
    ...(clusters === undefined ? {} : { clusters }),
  };
  const slices = new Slices(inputs, asked, judged);
  const comparisons = same === 'model' ? [] : comparisonsOf(judged, asked, { alpha, sampling, binding });
  const { candidate, production, anchor } = judged;
  const held = judgeConditions(asked.conditions, {
    n: judged.n,
    rows: {
      candidate,
      ...(production === undefined ? {} : { production }),
      ...(anchor === undefined ? {} : { anchor }),
    },
    metrics: asked.metrics,
    slices: (of) => slices.of(of),
    sampling,
    alpha,
    binding,
    showValues,
  });
  const groups = asked.sensitive.map((spec) => ({
    column: spec.name,
    ...judgeFairness(candidate, production, {
      column: spec.name,
      groups: declaredSlices(spec, judged.n, (name) => slices.column(name)),
      showValues,
      minSize: inputs['min-group-size'],
      limits: groupLimits(inputs),
      loss: groupLoss(asked.metrics),
      alpha,
      sampling,
      binding,
    }),
  }));
  const hasProduction = production !== undefined || same === 'model';
  return {
    checks: [
      ...comparisons.map((each) => withExamples(each, judged, asked, showValues)),
      ...sliceAlarms(subject, slices, comparisons, sampling, showValues),
      ...sameChecks(same),
      ...(hasProduction ? [] : [firstReleaseCheck(inputs['first-release'], held.checks)]),
      ...held.checks,
      ...groups.flatMap(({ checks }) => checks),
    ],
    comparisons,
    reading: same === 'model' ? 'not-worse' : readingOf(comparisons, asked.primary),
    labelsNeeded: neededOf(comparisons, held.checks, judged.n),
    measures: {
      rows: judged.n,
      ...modelMeasures(judged, held.known, groups),
      ...comparisonMeasures(comparisons),
      ...drawn(judged, showValues),
      ...sliceMeasures(subject, slices, sampling, showValues),
    },
  };
}

/** A metric that is judged must be one that the rows allow. */
function refuseUnmet({ metrics }: CandidateTerms, { candidate, production, anchor }: JudgedRows): void {
  const problems = [...metrics.values()].flatMap((metric) => {
    const need = [candidate, production, anchor]
      .map((rows) => (rows === undefined ? undefined : unmetNeed(metric, rows)))
      .find((each) => each !== undefined);
    if (need === undefined) return [];
    return [{ what: `${metric.name} needs ${need}`, where: 'inputs metric, margins, conditions' }];
  });
  if (problems.length > 0) throw new UserError(problems);
}

/** The comparison's check with the rows that the candidate loses most on. */
function withExamples(
  { check, metric, baseline }: Comparison,
  judged: JudgedRows,
  asked: CandidateTerms,
  showValues: boolean,
): Check {
  const [of, theirs] = [asked.metrics.get(metric), judged[baseline]];
  if (of === undefined || theirs === undefined) return check;
  const found = discordantRows(judged, of, judged.candidate, theirs, showValues);
  if (found === undefined) return check;
  const { locations, places } = found;
  return { ...check, locations, ...(places > locations.length ? { places } : {}) };
}

interface Surely {
  readonly alpha: number;
  readonly sampling: Sampling;
  readonly binding: 'bound' | 'declared';
}

/** Every metric against production, and against the anchor; all must be shown (intersection–union). */
function comparisonsOf(
  judged: JudgedRows,
  { primary, others }: CandidateTerms,
  surely: Surely,
): Comparison[] {
  const guarded = [...(primary === undefined ? [] : [primary]), ...others];
  const { candidate, production, anchor } = judged;
  const baselines = [
    ...(production === undefined ? [] : [['production', production] as const]),
    ...(anchor === undefined ? [] : [['anchor', anchor] as const]),
  ];
  const tests = guarded.length * baselines.length;
  return baselines.flatMap(([baseline, rows]) =>
    guarded.map(({ metric, margin }) =>
      compareRows(candidate, rows, { metric, margin, baseline, tests, ...surely }),
    ),
  );
}

/**
 * Better: the primary metric is better than production's and nothing else is worse; not worse: all are shown to be; worse:
 * one is shown to be.
 */
function readingOf(comparisons: readonly Comparison[], primary: GuardedMetric | undefined): GainReading {
  if (comparisons.length === 0) return 'unknown';
  if (comparisons.some(({ reading }) => reading === 'worse')) return 'worse';
  if (comparisons.some(({ reading }) => reading === 'unknown')) return 'unknown';
  const first = comparisons.find(({ metric, baseline }) => {
    return baseline === 'production' && metric === primary?.metric.name;
  });
  return first?.reading === 'better' ? 'better' : 'not-worse';
}

function sameChecks(same: JudgementSubject['same']): Check[] {
  if (same === undefined) return [];
  const message =
    same === 'model'
      ? 'the candidate is the production model, byte for byte: not worse by identity'
      : 'candidate and production are the same file, byte for byte';
  return [{ id: 'comparison.same-model', status: 'warn', message }];
}

function neededOf(comparisons: readonly Comparison[], held: readonly Check[], n: number): number | undefined {
  const open = [
    ...comparisons.filter(({ reading }) => reading === 'unknown').map(({ needed }) => needed),
    ...held.filter(({ status }) => status === 'inconclusive').map(({ evidence }) => evidence?.needed),
  ];
  const known = open.filter((needed) => needed !== undefined);
  return open.length === 0 || known.length < open.length ? undefined : Math.max(0, Math.max(...known) - n);
}

type Groups = readonly {
  readonly column: string;
  readonly measures: Readonly<Partial<Record<string, JsonObject>>>;
}[];

function modelMeasures(judged: JudgedRows, known: QuantityBounds, groups: Groups): Record<string, Json> {
  const roles = ['candidate', 'production', 'anchor'] as const;
  return Object.fromEntries(
    roles.flatMap((role) => {
      const rows: ScoredRows | undefined = judged[role];
      if (rows === undefined) return [];
      const byGroup = groups.flatMap(({ column, measures }) => {
        const of = measures[role];
        return of === undefined ? [] : [[column, of] as const];
      });
      const intervals = [...known.values()].flatMap(({ quantity, bounds }) => {
        if (quantity.role !== role) return [];
        const ends = [
          [`${quantity.metric}_lower`, bounds.lower],
          [`${quantity.metric}_upper`, bounds.upper],
        ] as const;
        return ends.flatMap(([name, end]) => (end === null ? [] : [[name, end] as const]));
      });
      const values = {
        ...measureMetrics(rows),
        ...Object.fromEntries(intervals),
        ...(byGroup.length === 0 ? {} : { by_group: Object.fromEntries(byGroup) }),
      };
      return [[role, values] as const];
    }),
  );
}

function comparisonMeasures(comparisons: readonly Comparison[]): Record<string, Json> {
  const first = comparisons.find(({ baseline }) => baseline === 'production');
  if (first === undefined && comparisons.length === 0) return {};
  return {
    ...(first === undefined ? {} : { comparison: first.measures }),
    comparisons: comparisons.map(({ baseline, measures }) => ({ baseline, ...measures })),
  };
}

/** What a report draws: curves, and confusion. */
function drawn({ candidate, production, told }: JudgedRows, showValues: boolean): Record<string, Json> {
  if (candidate.task !== 'classification') return {};
  const other = production?.task === 'classification' ? production : undefined;
  // Of many classes there is no table, and to sort them would take its time.
  const shown =
    candidate.classes.length > MAX_CLASSES ? undefined : shownClasses(candidate, showValues, told);
  const ours = shown && confusionJson(candidate, shown);
  const theirs = other && shown && confusionJson(other, shown);
  const curves = curvesJson(candidate);
  return {
    ...(Object.keys(curves).length === 0
      ? {}
      : { curves: { candidate: curves, ...(other === undefined ? {} : { production: curvesJson(other) }) } }),
    ...(ours === undefined || shown === undefined
      ? {}
      : {
          confusion: {
            classes: shown.names,
            candidate: ours,
            ...(theirs === undefined ? {} : { production: theirs }),
          },
        }),
  };
}

/** Is the candidate worse in a declared slice, by the primary metric and its margin? */
function sliceAlarms(
  { judged, asked, alpha }: JudgementSubject,
  slices: Slices,
  comparisons: readonly Comparison[],
  sampling: Sampling,
  showValues: boolean,
): Check[] {
  const { primary } = asked;
  const margin = comparisons.find(({ metric, baseline }) => {
    return baseline === 'production' && metric === primary?.metric.name;
  })?.margin;
  if (primary === undefined || margin === undefined || asked.slices.length === 0) return [];
  const { candidate, production } = judged;
  const of = {
    slices: slices.declared,
    metric: primary.metric,
    candidate,
    production,
    alpha,
    sampling,
    showValues,
  };
  const alarm = sliceAlarm(of, margin);
  return alarm === undefined ? [] : [alarm];
}

/** Declared slices by the primary metric, or by the first that a condition names. */
function sliceMeasures(
  { judged, asked, alpha }: JudgementSubject,
  slices: Slices,
  sampling: Sampling,
  showValues: boolean,
): Record<string, Json> {
  const metric: Metric | undefined = asked.primary?.metric ?? [...asked.metrics.values()][0];
  if (metric === undefined || asked.slices.length === 0) return {};
  const { candidate, production } = judged;
  return {
    slices: sliceGains({
      slices: slices.declared,
      metric,
      candidate,
      production,
      alpha,
      sampling,
      showValues,
    }),
  };
}
