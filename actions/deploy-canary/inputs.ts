import { commonInputs } from '../../shared/inputs/common.ts';
import {
  duration,
  flag,
  integer,
  type Kind,
  list,
  map,
  number,
  oneOf,
  reference,
  refusal,
  share,
  text,
} from '../../shared/inputs/kinds.ts';
import {
  type ActionDefinition,
  defaulted,
  type InputTable,
  optional,
  required,
  type Values,
} from '../../shared/inputs/table.ts';
import { METRIC_SCHEMES } from '../../shared/rollout/metrics.ts';
import {
  FIRST_RELEASE,
  ON_DEADLINE,
  OPERATIONS,
  PROMOTE_ON,
  STRATEGIES,
  steps,
} from '../../shared/rollout/plan.ts';

/** `file:PATH` or `exec:`. */
function router(): Kind<string> {
  const label = 'a URL: `file:PATH`, or `exec:` with the input `router-command`';
  return {
    label,
    schema: { type: 'string', pattern: '^(file:.+|exec:)$' },
    parse: (value) => {
      const trimmed = typeof value === 'string' ? value.trim() : '';
      if (/^(file:.+|exec:)$/.test(trimmed)) return trimmed;
      throw refusal('must be file:PATH, or exec: with the input router-command');
    },
  };
}

/** Everything about deploy-canary that users can set; types, parser and documents come from it. */
export const definition = {
  name: 'deploy-canary',
  title: 'ml-loop: deploy a canary',
  description:
    'Releases a registered model step by step: a smoke test, a replay of judged rows, then growing shares of the traffic, compared with the stable version by statistics that bear repeated looks. It promotes the version or takes it back.',
  icon: 'send',
  inputs: {
    ...commonInputs('fail'),
    model: optional(
      text('`model:NAME@VERSION` or `model:NAME@ALIAS`'),
      'The version to release; `model:<name>@candidate` by default. `run` without it goes on with the rollout that is under way.',
    ),
    operation: defaulted(
      oneOf(OPERATIONS),
      'start',
      '`start` begins a rollout or goes on with that of the same version, `advance` does one tick, `run` ticks until it is over or a person must decide, `approve` lets a step be left, `promote` forces the promotion, `abort` takes the version back, `status` only looks.',
    ),
    router: required(
      router(),
      'Who divides the traffic: `file:PATH` is written for a proxy to read (`schemas/router.schema.json`), `exec:` runs `router-command`.',
    ),
    'router-command': optional(
      list('a program and its arguments'),
      'Puts the weights in force; it finds them in `ML_LOOP_STABLE_WEIGHT`, `_VERSION` and `_DIGEST`, and the same with `CANARY`. It is run again at every tick.',
    ),
    'router-timeout': defaulted(duration(), '1m', 'The time that `router-command` may take.'),
    strategy: defaulted(
      oneOf(STRATEGIES),
      'canary',
      '`canary`: growing shares. `blue-green`: all traffic at once, with the stable version kept for a way back during the one step.',
    ),
    steps: optional(
      steps(),
      'What share of the traffic the version gets, and for how long at least (`at-least`), how many requests it must answer (`requests`), and whether a person approves that the step be left (`approval`). By default 10 % and 50 %, 10m and 500 requests each; blue-green: 100 %.',
    ),
    metrics: optional(
      reference(METRIC_SCHEMES),
      'Where requests are counted: `log:GLOB`, a prediction log (`schemas/prediction-log.schema.json`), or `prometheus+http://HOST:PORT` with `queries`. Needed by all operations but `status`, `promote` and `abort`.',
    ),
    queries: optional(
      map(
        'a map from `canary-requests`, `canary-errors`, `stable-requests`, `stable-errors` (and `canary-slow`, `stable-slow` with `max-latency`) to PromQL',
      ),
      'Raw counters, one series each; `{canary}`, `{stable}`, `{canary-digest}` and `{stable-digest}` stand for the versions.',
    ),
    'error-margin': defaulted(
      number({ min: 1 }),
      '2',
      'The ratio to the stable version’s error rate that counts as harm; above 1.',
    ),
    'error-floor': defaulted(
      share(),
      '0.1%',
      'The error rate below which there is no harm, whatever the ratio.',
    ),
    'max-error-rate': optional(
      share(),
      'A hard limit: with more than this share of at least 20 requests failed, the version is taken back at once. It is also what blue-green and a first release are judged by.',
    ),
    'max-latency': optional(
      duration(),
      'Requests slower than this are counted, and their share is compared with the stable version’s.',
    ),
    alpha: defaulted(
      number({ min: 1e-6, max: 0.5 }),
      '0.05',
      'The chance of taking an equal version back, and of promoting one that is worse by the margin; each at most this.',
    ),
    dispersion: defaulted(
      number({ min: 1 }),
      '1',
      'The variance of past error counts over their mean, if requests fail in bursts (retries, one bad client); counts are divided by it. 1: they fail independently.',
    ),
    'promote-on': defaulted(
      oneOf(PROMOTE_ON),
      'evidence',
      '`evidence`: the version is promoted when it is shown not to be worse by the margin. `steps`: when no harm has been shown by the end of the steps, with a warning.',
    ),
    deadline: defaulted(duration(), '1d', 'How long after its start the rollout may take.'),
    'on-deadline': defaulted(
      oneOf(ON_DEADLINE),
      'hold',
      'What happens at the deadline: a person decides, or the version is taken back.',
    ),
    interval: defaulted(duration(), '30s', 'The time between the ticks of `run`.'),
    budget: defaulted(duration(), '5h30m', 'How long `run` may take; the rollout goes on with the next run.'),
    'first-release': defaulted(
      oneOf(FIRST_RELEASE),
      'allow',
      'If there is no champion: `allow` gives the version all traffic after smoke test and replay, judged by `max-error-rate` alone; `refuse` does not start.',
    ),
    retry: defaulted(flag(), 'false', '`true` starts again with a version that was taken back.'),
    'smoke-test': optional(
      list('a program and its arguments'),
      'Run before any traffic, with the registered files in `ML_LOOP_MODEL_DIR` and the version in `ML_LOOP_VERSION`; exit code 0 is a pass.',
    ),
    'smoke-test-timeout': defaulted(duration(), '10m', 'The time that `smoke-test` may take.'),
    replay: optional(
      text('a path'),
      'Judged rows with the column `prediction`, CSV or JSON Lines; they are sent to `endpoint` before any traffic, and must be answered with the judged predictions.',
    ),
    endpoint: optional(
      text('a URL'),
      'Where the staged version answers: one row as a JSON object by POST, answered by a JSON object with `prediction`.',
    ),
    'replay-tolerance': defaulted(
      number({ min: 0 }),
      '1e-9',
      'How far a replayed number may differ, as a part of the judged one if that is above 1.',
    ),
    'replay-rows': defaulted(
      integer({ min: 1 }),
      '100',
      'At most so many rows are replayed, the first ones.',
    ),
  },
  outputs: {
    phase:
      'The phase of the rollout: `planned`, `staged`, `smoked`, `step`, `awaiting-approval`, `held`, `promoting`, `rolling-back`, `promoted`, `rolled-back` or `failed`; empty if there is none.',
    weight: 'The share of the traffic that the new version is to have, in per cent.',
    'next-step-at':
      'When the step may be left at the earliest, ISO 8601; empty if time is not what is waited for.',
  },
} satisfies ActionDefinition<InputTable>;

export type Inputs = Values<typeof definition.inputs>;
