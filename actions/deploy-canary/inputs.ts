import { TRUSTING } from '../../shared/attest/inputs.ts';
import { commonInputs } from '../../shared/inputs/common.ts';
import {
  duration,
  flag,
  type InputKind,
  integer,
  map,
  notAllowed,
  number,
  oneOf,
  reference,
  share,
  text,
  textList,
} from '../../shared/inputs/kinds.ts';
import {
  type ActionDefinition,
  defaulted,
  type InputTable,
  type InputValues,
  optional,
  required,
} from '../../shared/inputs/table.ts';
import { METRIC_SCHEMES } from '../../shared/rollout/metrics.ts';
import {
  APPROVALS,
  FIRST_RELEASE,
  ON_DEADLINE,
  PROMOTE_ON,
  ROLLOUT_OPERATIONS,
  STRATEGIES,
  steps,
} from '../../shared/rollout/plan.ts';

/** `file:PATH` or `exec:`. */
function router(): InputKind<string> {
  const label = 'a URL: `file:PATH`, or `exec:` with the input `router-command`';
  return {
    label,
    schema: { type: 'string', pattern: '^(file:.+|exec:)$' },
    parse: (value) => {
      const trimmed = typeof value === 'string' ? value.trim() : '';
      if (/^(file:.+|exec:)$/.test(trimmed)) return trimmed;
      throw notAllowed('must be file:PATH, or exec: with the input router-command');
    },
  };
}

/** Everything about deploy-canary that users can set; types, parser and documents come from it. */
export const definition = {
  name: 'deploy-canary',
  title: 'ml-loop: deploy a canary',
  description:
    'Releases a registered model step by step: a smoke test, a replay of judged rows, then growing shares of the traffic. It compares the version with the stable one by statistics that allow repeated looks, and promotes it or takes it back.',
  icon: 'send',
  inputs: {
    ...commonInputs('fail'),
    ...TRUSTING,
    model: optional(
      text('`model:NAME@VERSION` or `model:NAME@ALIAS`'),
      'The version to release, such as `model:demand@1.2.0`; `model:<name>@candidate` by default. Without it, `run` goes on with the rollout that is under way.',
      { gate: 'evidence' },
    ),
    operation: defaulted(
      oneOf(ROLLOUT_OPERATIONS),
      'start',
      'What to do. `start` begins a rollout, or goes on with that of the same version. `advance` does one tick; `run` ticks until the rollout is over or a person must decide; `resume` does the same, but starts none. `approve` ends a step that waits for a person. `promote` forces the promotion, `abort` takes the version back. `rollback` does that too, also after its promotion: all traffic goes to the version before it, at once. `status` only looks.',
    ),
    router: required(
      router(),
      'What divides the traffic: `file:PATH`, a file that your proxy reads (`schemas/router.schema.json`), or `exec:`, which runs `router-command`.',
      { gate: 'evidence' },
    ),
    'router-command': optional(
      textList('a program and its arguments'),
      'A command that puts the weights in force, such as `[./set-weights.sh]`. It finds them in `ML_LOOP_STABLE_WEIGHT`, `_VERSION` and `_DIGEST`, and the same with `CANARY`. Every tick runs it again.',
      { gate: 'evidence' },
    ),
    'router-timeout': defaulted(duration(), '1m', 'The time limit of `router-command`.'),
    strategy: defaulted(
      oneOf(STRATEGIES),
      'canary',
      '`canary`: growing shares of the traffic. `blue-green`: all traffic at once; during the one step, the stable version stays ready as a way back.',
      { gate: 'rule' },
    ),
    steps: optional(
      steps(),
      'The steps: the share of the traffic in % (`weight`), the shortest time (`at-least`), the number of requests that the version must answer (`requests`), and whether a person must approve before the next step (`approval`). By default 10 % and 50 %, with 10m and 500 requests each; blue-green: 100 %.',
      { gate: 'rule' },
    ),
    metrics: optional(
      reference(METRIC_SCHEMES),
      'Where requests are counted: `log:GLOB`, a prediction log (`schemas/prediction-log.schema.json`), or `prometheus+http://HOST:PORT` with `queries`. All operations except `status`, `promote`, `abort` and `rollback` need it.',
      { gate: 'evidence' },
    ),
    'max-unreadable': defaulted(
      share(),
      '1%',
      'With `log:`, the share of lines that may be left out because they cannot be used; one line always may. With more, the look has no counts, and only limits of time act.',
      { gate: 'rule' },
    ),
    queries: optional(
      map(
        'a map from `canary-requests`, `canary-errors`, `stable-requests`, `stable-errors` (and `canary-slow`, `stable-slow` with `max-latency`) to PromQL',
      ),
      'PromQL by name, such as `canary-requests: sum by (instance) (http_requests_total{version="{canary}"})`. Each gives raw counters, one series a process, each counted by itself; `{canary}`, `{stable}`, `{canary-digest}` and `{stable-digest}` stand for the versions.',
      { gate: 'rule' },
    ),
    'error-margin': defaulted(
      number({ min: 1 }),
      '2',
      'The ratio to the stable version’s error rate that counts as harm, above 1. With 2, twice the error rate is harm.',
      { gate: 'rule' },
    ),
    'error-floor': defaulted(
      share(),
      '0.1%',
      'The error rate below which there is no harm, whatever the ratio.',
      { gate: 'rule' },
    ),
    'max-error-rate': optional(
      share(),
      'The largest share of failed requests. If more of at least 20 requests fail, the version is taken back at once. It is also the limit by which blue-green and a first release are judged.',
      { gate: 'rule' },
    ),
    'max-latency': optional(
      duration(),
      'The time after which a request counts as slow, such as `300ms`. The share of slow requests is compared with the stable version’s.',
      { gate: 'rule' },
    ),
    alpha: defaulted(
      number({ min: 1e-6, max: 0.5 }),
      '0.05',
      'The largest chance of taking back a version that is as good as the stable one, and of promoting one that is worse by the margin. Each is at most this.',
      { gate: 'rule' },
    ),
    dispersion: defaulted(
      number({ min: 1 }),
      '1',
      'The variance of past error counts divided by their mean, if requests fail in bursts (retries, one bad client). Counts are divided by it. 1 says that requests fail independently.',
      { gate: 'rule' },
    ),
    'promote-on': defaulted(
      oneOf(PROMOTE_ON),
      'evidence',
      '`evidence`: the version is promoted when it is shown not to be worse by the margin. `steps`: it is promoted if no harm has been shown by the end of the steps, with a warning.',
      { gate: 'rule' },
    ),
    deadline: defaulted(duration(), '1d', 'The time limit of the rollout, from its start.', { gate: 'rule' }),
    'on-deadline': defaulted(
      oneOf(ON_DEADLINE),
      'hold',
      'What happens at the deadline: `hold` waits for a person, `rollback` takes the version back.',
      { gate: 'rule' },
    ),
    interval: defaulted(duration(), '30s', 'The time between the ticks of `run` and `resume`.'),
    budget: defaulted(
      duration(),
      '5h30m',
      'The time limit of `run` and `resume`. The next run goes on with the rollout.',
    ),
    'first-release': defaulted(
      oneOf(FIRST_RELEASE),
      'allow',
      'What to do if there is no champion. `allow` gives the version all traffic after smoke test and replay, and only `max-error-rate` judges it. `refuse` does not start.',
      { gate: 'rule' },
    ),
    approval: defaulted(
      oneOf(APPROVALS),
      'none',
      '`before-traffic`: the version gets no traffic until a person approves. This comes on top of the steps with `approval: true`.',
      { gate: 'rule' },
    ),
    approvers: optional(
      textList('GitHub logins'),
      'Who may `approve` and `promote`, such as `[octocat, hubot]`. The run must then be one of the default branch that one of them started by hand; if it is run again, whoever does that must be listed, too. Without it, everyone who can start the workflow may.',
      { gate: 'rule' },
    ),
    'prevent-self-approval': defaulted(
      flag(),
      'false',
      '`true` refuses the approval of those who started the rollout, such as by merging the change.',
      { gate: 'rule' },
    ),
    expect: optional(
      text('`VERSION` or `sha256:DIGEST`, with `#STEP` after it or not'),
      'What `approve`, `promote` or `abort` is about, so that no one approves what they did not see. The check `rollout.approval` says what to write.',
    ),
    to: optional(
      text('a version that has been champion, such as `1.0.0`'),
      'For `rollback` after a promotion: the version that gets the traffic back; by default the one before.',
    ),
    promotion: optional(
      text('a path from the root of the repository'),
      'A file such as `.ml-loop/promotions/demand.json`. If the rollout waits for an approval, deploy-canary opens a pull request that writes it, and its merge is the approval. Needs `pull-requests: write`.',
      { gate: 'rule' },
    ),
    retry: defaulted(flag(), 'false', '`true` releases a version again that was taken back before.', {
      gate: 'rule',
    }),
    'smoke-test': optional(
      textList('a program and its arguments'),
      'A command to run before any traffic, such as `[python, smoke.py]`. It finds the registered files in `ML_LOOP_MODEL_DIR` and the version in `ML_LOOP_VERSION`. Exit code 0 is a pass.',
      { gate: 'rule' },
    ),
    'smoke-test-timeout': defaulted(duration(), '10m', 'The time limit of `smoke-test`.'),
    replay: optional(
      text('a path'),
      'A file of judged rows with the column `prediction` (CSV or JSON Lines), such as validate-model’s `judged.csv`. They are sent to `endpoint` before any traffic, and it must answer with the judged predictions.',
      { gate: 'rule' },
    ),
    endpoint: optional(
      text('a URL'),
      'The URL at which the staged version answers. It gets one row as a JSON object by POST, and must answer with a JSON object that has `prediction`.',
      { gate: 'evidence' },
    ),
    'replay-tolerance': defaulted(
      number({ min: 0 }),
      '1e-9',
      'The largest difference of a replayed number from the judged one. If the judged number is above 1, it is a share of that number.',
      { gate: 'rule' },
    ),
    'replay-rows': defaulted(
      integer({ min: 1 }),
      '100',
      'The number of rows to replay at most, from the first on.',
      { gate: 'rule' },
    ),
  },
  outputs: {
    phase:
      'The phase of the rollout: `planned`, `staged`, `smoked`, `step`, `awaiting-approval`, `held`, `promoting`, `rolling-back`, `promoted`, `rolled-back` or `failed`; empty if there is none.',
    weight: 'The share of the traffic that the new version is to have, in %.',
    finished:
      '`true` if the rollout has ended, or if there is none; `false` if another run must go on with it.',
    needs:
      'What the rollout still needs, in words, such as `about 3900 more canary requests, about 2 days at this traffic`; empty if it has ended.',
    approval: 'If the rollout waits for an approval, what to give as `expect`; empty otherwise.',
    'pull-request': 'The address of the pull request whose merge approves; empty if there is none.',
    'next-step-at': 'The earliest end of the step, ISO 8601; empty if the step does not wait for time.',
  },
} satisfies ActionDefinition<InputTable>;

export type Inputs = InputValues<typeof definition.inputs>;
