import { missingColumns } from '../../shared/compare/columns.ts';
import { compareProfiles } from '../../shared/compare/counts.ts';
import { featureChecks } from '../../shared/compare/features.ts';
import { missingTextChecks } from '../../shared/contract/missing-texts.ts';
import { emptyWindow, linesChecks, volumeCheck } from '../../shared/drift/checks.ts';
import { fairPerformance, labelCoverage } from '../../shared/drift/coverage.ts';
import { joinLabels, type LabelsById, newLabelledRows, readLabels } from '../../shared/drift/labels.ts';
import { championsOwn, type ObservedWindow, within } from '../../shared/drift/observations.ts';
import { judgePerformance, type Performance } from '../../shared/drift/performance.ts';
import { judgesScores } from '../../shared/drift/requirement.ts';
import type { Ports } from '../../shared/ports/ports.ts';
import { suggestion } from '../../shared/problem/nearest.ts';
import { UserError } from '../../shared/problem/problem.ts';
import type { Check, JsonObject } from '../../shared/verdict/verdict.ts';
import type { Inputs } from './inputs.ts';
import { type Context, maturedPeriod, trainedUntil, type WindowContents } from './look.ts';
import type { DriftPlan } from './plan.ts';

export interface JudgedFeatures {
  readonly checks: readonly Check[];
  readonly measures: JsonObject;
  readonly drifted: readonly string[];
  readonly drift: 'true' | 'false' | 'unknown';
}

/** The features of the window against the reference. */
export function judgeFeatures(inputs: Inputs, { alpha }: DriftPlan, looked: WindowContents): JudgedFeatures {
  const { reference, window, observed, profiled } = looked;
  if (observed.rows === 0) {
    const hasTimes = inputs.current === undefined || inputs.timestamp !== undefined;
    return { checks: [emptyWindow(window, hasTimes)], measures: {}, drifted: [], drift: 'unknown' };
  }
  const missing = missingColumns(reference, observed.columns);
  const { margin, samples } = inputs;
  const { checks, measures } = featureChecks(compareProfiles(reference, profiled), {
    alpha,
    margin,
    samples,
    undecided: 'pass',
  });
  const columnsWith = (...statuses: readonly string[]) =>
    checks.filter(({ status }) => statuses.includes(status)).map(({ target }) => target?.column ?? '');
  const shown = columnsWith('warn', 'fail').length > 0;
  return {
    checks: [...missing, ...linesChecks(observed.left), ...missingTextChecks(profiled.missing), ...checks],
    measures,
    drifted: [...new Set(columnsWith('fail'))],
    drift: checks.length === 0 ? 'unknown' : shown ? 'true' : 'false',
  };
}

export interface JudgedLabels {
  readonly checks: readonly Check[];
  readonly measures: JsonObject;
  readonly performance: Performance | null;
  readonly newRows: number | null;
}

export const NO_LABELS: JudgedLabels = { checks: [], measures: {}, performance: null, newRows: null };

/** What the labels that have come say: performance, and how many rows are new. */
export async function judgeLabels(
  inputs: Inputs,
  ports: Ports,
  context: Context & { looked: WindowContents },
): Promise<JudgedLabels> {
  const { plan, now, champion, looked } = context;
  requireColumns(inputs, plan, looked.observed);
  const labels = await labelsOf(inputs, ports, now);
  const { observations } = looked.observed;
  const trained = trainedUntil(champion);
  const threshold = inputs['new-rows'];
  const newRows =
    threshold === undefined || trained === null ? null : newLabelledRows(observations, labels, trained);
  const volume = threshold === undefined ? [] : [volumeCheck(newRows, threshold, trained)];
  if (plan.requirement === null) return { ...NO_LABELS, checks: volume, newRows };

  const period = maturedPeriod(inputs, now);
  const own = championsOwn(observations, champion);
  const { matured, labelled, byPrediction } = joinLabels(own, labels, period);
  const inPeriod = (all: typeof observations) => all.filter(({ at }) => within(period, at)).length;
  const others = inPeriod(observations.filter(({ failed }) => !failed)) - inPeriod(own);
  const judged = judgePerformance(labelled, plan.requirement, {
    alpha: plan.alpha,
    minLabels: inputs['min-labels'],
    classes: inputs.classes,
    showValues: inputs.samples === 'show',
  });
  const coverage = {
    ...{ matured, labelled: labelled.length, others, byPrediction },
    least: inputs['min-coverage'],
  };
  const performance = fairPerformance(judged, coverage);
  const { metric } = plan.requirement;
  const { value } = performance;
  const measured =
    value === null
      ? {}
      : { [metric]: value.estimate, [`${metric}_lower`]: value.lower, [`${metric}_upper`]: value.upper };
  return {
    checks: [labelCoverage(coverage), ...performance.checks, ...volume],
    measures: {
      production: measured,
      labels: {
        matured,
        labelled: labelled.length,
        ...(matured === 0 ? {} : { share: labelled.length / matured }),
      },
    },
    performance,
    newRows,
  };
}

async function labelsOf(inputs: Inputs, { files }: Ports, now: Date): Promise<LabelsById> {
  const { labels, id, label } = inputs;
  if (labels === undefined) return new Map();
  const sources = (await files.glob(labels)).map((path) => files.source(path));
  return readLabels(sources, { id, label, maxUnreadable: inputs['max-unreadable'] }, now);
}

/** @throws UserError if tables of current data lack a column that the labels or the metric need. */
function requireColumns(inputs: Inputs, { requirement }: DriftPlan, { columns, rows }: ObservedWindow): void {
  if (inputs.current === undefined || rows === 0) return;
  const judged =
    requirement === null
      ? []
      : judgesScores(requirement.metric)
        ? (['score'] as const)
        : (['prediction'] as const);
  const needed = [...judged, inputs.labels === undefined ? ('label' as const) : ('id' as const)];
  const problems = needed
    .filter((input) => !columns.has(inputs[input]))
    .map((input) => ({
      what: `current has no column ${JSON.stringify(inputs[input])}`,
      where: `input ${input}`,
      fix: suggestion(inputs[input], [...columns]),
    }));
  if (problems.length > 0) throw new UserError(problems);
}
