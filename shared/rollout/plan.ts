import {
  duration,
  type InputKind,
  integer,
  notAllowed,
  number,
  Refusal,
  structure,
} from '../inputs/kinds.ts';
import { type Problem, UserError } from '../problem/problem.ts';

export const STRATEGIES = ['canary', 'blue-green'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** What promotion asks for: shown evidence for every gated metric, or the absence of shown harm after all steps. */
export const PROMOTE_ON = ['evidence', 'steps'] as const;
export type PromoteOn = (typeof PROMOTE_ON)[number];

/** What happens at the deadline; it never promotes. */
export const ON_DEADLINE = ['hold', 'rollback'] as const;
export type OnDeadline = (typeof ON_DEADLINE)[number];

/** When a person must approve, beside the steps that say so. */
export const APPROVALS = ['none', 'before-traffic'] as const;

/** Is a version released if there is no champion to compare it with? */
export const FIRST_RELEASE = ['allow', 'refuse'] as const;
export type FirstRelease = (typeof FIRST_RELEASE)[number];

export const ROLLOUT_OPERATIONS = [
  'start',
  'advance',
  'run',
  'resume',
  'approve',
  'promote',
  'abort',
  'rollback',
  'status',
] as const;
export type RolloutOperation = (typeof ROLLOUT_OPERATIONS)[number];

/** A share of the traffic, and what must have happened before it is raised. */
export type RolloutStep = {
  /** Per cent of the traffic that the new version gets, above 0. */
  readonly weight: number;
  /** Milliseconds that the step lasts at least. */
  readonly atLeastMs: number;
  /** Requests that the new version must have answered in this step; never less than 1. */
  readonly requests: number;
  /** Does a person decide that the step may be left? */
  readonly approval: boolean;
};

/** How a rollout proceeds and is judged; fixed when it starts, for evidence under other rules would not add up. */
export type RolloutTerms = {
  readonly strategy: Strategy;
  readonly steps: readonly RolloutStep[];
  readonly promoteOn: PromoteOn;
  /** The ratio of the new version's rate to the stable one's that counts as harm. */
  readonly errorMargin: number;
  /** The rate below which there is no harm, whatever the ratio. */
  readonly errorFloor: number;
  readonly alpha: number;
  /** Variance of past stable error counts over their mean, 1 or more; counts are divided by it. */
  readonly dispersion: number;
  /** The share of failed requests at which the new version is taken back at once. */
  readonly maxErrorRate: number | null;
  /** Must a person approve before there is any traffic? */
  readonly approval?: 'before-traffic';
  /** The latency above which a request counts as slow; null if latency is not judged. */
  readonly maxLatencyMs: number | null;
};

const STEP_KEYS = ['weight', 'at-least', 'requests', 'approval'];
const LABEL =
  'a list of steps such as `[{weight: 10, at-least: 10m, requests: 500}, {weight: 50, approval: true}]`, weights strictly increasing, at most 100';

/** The input `steps`. */
export function steps(): InputKind<readonly RolloutStep[]> {
  const schema = {
    type: ['array', 'string'],
    items: {
      type: 'object',
      required: ['weight'],
      additionalProperties: false,
      properties: {
        weight: { type: 'number', exclusiveMinimum: 0, maximum: 100 },
        'at-least': { type: ['string', 'number'] },
        requests: { type: 'integer', minimum: 1 },
        approval: { type: 'boolean' },
      },
    },
  };
  return structure(LABEL, schema, (value) => {
    if (!Array.isArray(value) || value.length === 0) throw notAllowed(`must be ${LABEL}`);
    const parsed = value.map((entry: unknown, index) => stepOf(entry, index + 1));
    parsed.forEach((step, index) => {
      const before = parsed[index - 1];
      if (before !== undefined && step.weight <= before.weight) {
        throw notAllowed(
          `must have strictly increasing weights (step ${index + 1}: ${step.weight} after ${before.weight})`,
        );
      }
    });
    return parsed;
  });
}

function stepOf(entry: unknown, position: number): RolloutStep {
  if (entry === null || typeof entry !== 'object' || Array.isArray(entry)) {
    throw notAllowed(`must be ${LABEL} (step ${position} is not a map)`);
  }
  const unknown = Object.keys(entry).find((key) => !STEP_KEYS.includes(key));
  if (unknown !== undefined)
    throw notAllowed(`must have steps of ${STEP_KEYS.join(', ')} (step ${position}: ${unknown})`);
  const fields: Readonly<Record<string, unknown>> = { ...entry };
  const approval = fields.approval ?? false;
  if (typeof approval !== 'boolean')
    throw notAllowed(`must have steps whose approval is true or false (step ${position})`);
  const weight = field(fields, 'weight', position, number({ min: 0, max: 100 }), undefined);
  if (weight === 0) throw notAllowed(`must have weights above 0 (step ${position})`);
  return {
    weight,
    atLeastMs: field(fields, 'at-least', position, duration(), 0),
    requests: field(fields, 'requests', position, integer({ min: 1 }), 1),
    approval,
  };
}

function field(
  fields: Readonly<Record<string, unknown>>,
  name: string,
  position: number,
  kind: InputKind<number>,
  fallback: number | undefined,
): number {
  const value = fields[name];
  if (value === undefined && fallback !== undefined) return fallback;
  try {
    return kind.parse(value);
  } catch (error) {
    if (error instanceof Refusal)
      throw notAllowed(
        `must have steps whose ${name} ${error.message.replace(/^must be/, 'is')} (step ${position})`,
      );
    throw error;
  }
}

const MINUTE = 60_000;
const DEFAULT_STEPS: Readonly<Record<Strategy, readonly RolloutStep[]>> = {
  canary: [
    { weight: 10, atLeastMs: 10 * MINUTE, requests: 500, approval: false },
    { weight: 50, atLeastMs: 10 * MINUTE, requests: 500, approval: false },
  ],
  'blue-green': [{ weight: 100, atLeastMs: 10 * MINUTE, requests: 500, approval: false }],
};

export type PlanParts = Omit<RolloutTerms, 'steps'> & { readonly steps: readonly RolloutStep[] | undefined };

/**
 * Puts a plan together.
 *
 * @throws UserError if the steps do not fit the strategy, or if the plan could never decide.
 */
export function rolloutPlan(parts: PlanParts): RolloutTerms {
  const plan: RolloutTerms = { ...parts, steps: parts.steps ?? DEFAULT_STEPS[parts.strategy] };
  const problems: Problem[] = [];
  if (plan.strategy === 'blue-green' && (plan.steps.length !== 1 || plan.steps[0]?.weight !== 100)) {
    problems.push({
      what: 'blue-green has a single step of weight 100; the stable version stays ready during it',
      where: 'input steps',
      fix: 'write steps: [{weight: 100, at-least: 30m, requests: 500}], or strategy: canary',
    });
  }
  if (plan.errorMargin <= 1) problems.push({ what: 'must be above 1', where: 'input error-margin' });
  if (plan.errorFloor <= 0 || plan.errorFloor >= 1) {
    problems.push({ what: 'must be above 0 and below 100 %', where: 'input error-floor' });
  }
  if (plan.maxErrorRate !== null && plan.maxErrorRate >= 1) {
    problems.push({
      what: 'must be below 100 %',
      where: 'input max-error-rate',
      fix: 'leave it out for no limit',
    });
  }
  if (plan.promoteOn === 'evidence' && !isCompared(plan) && plan.maxErrorRate === null) {
    problems.push({
      what: 'it cannot be evidence: with all traffic on the new version there is no stable traffic to compare it with',
      where: 'input promote-on',
      fix: 'give max-error-rate, and the version is promoted when its error rate is shown to be below it; or set promote-on: steps',
    });
  }
  if (problems.length > 0) throw new UserError(problems);
  return plan;
}

/** Does some step leave traffic on the stable version, to compare with? */
export function isCompared(plan: RolloutTerms): boolean {
  return plan.steps.some((step) => step.weight < 100);
}
