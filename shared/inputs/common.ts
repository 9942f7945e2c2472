import { FAIL_ON, type FailOn } from '../verdict/status.ts';
import { autoFlag, duration, flag, instant, oneOf, reference, text, textList } from './kinds.ts';
import { defaulted, type InputValues, optional } from './table.ts';

/** Schemes of registries; more backends add theirs here. */
export const REGISTRY_SCHEMES = [
  'auto',
  'oci:',
  'github:',
  'mlflow:',
  'mlflow+https:',
  'mlflow+http:',
  'dir:',
  'exec:',
] as const;

/** The inputs that every action has; `failOn` is the action's own default policy. */
export function commonInputs(failOn: FailOn) {
  return {
    config: optional(
      text('a path'),
      'The path of the configuration file; by default `ml-loop.yml`, if there is one. Inputs of the step win over the file.',
    ),
    name: optional(
      text(),
      'The model’s name, such as `demand`: one of `models:` in the configuration file. State, reports and the registry carry it. By default the repository’s name on GitHub, and `default` elsewhere.',
    ),
    'working-directory': defaulted(text('a path'), '.', 'The folder that relative paths start from.', {
      gate: 'rule',
    }),
    'report-directory': defaulted(
      text('a path'),
      'ml-loop-report',
      'The folder for reports; each action makes its own folder in it.',
    ),
    'report-id': optional(
      text('letters, digits, `.`, `_` and `-`'),
      'A name for this run’s reports, such as `north`, so that the jobs of a matrix do not overwrite each other’s.',
    ),
    'fail-on': defaulted(
      oneOf(FAIL_ON),
      failOn,
      'The least severe status at which the step fails (exit code 1).',
      { gate: 'rule' },
    ),
    mode: defaulted(
      oneOf(['enforce', 'observe']),
      'enforce',
      '`observe`: everything is judged and told, and neither the job nor its check run fails on it: the check run is neutral. Errors still end the step. Later gates, such as register-model, still need a verdict that passes.',
      { gate: 'rule' },
    ),
    comment: defaulted(
      autoFlag(),
      'auto',
      'Keep one comment on the pull request up to date, for all stages together. `auto`: on pull requests, unless they come from a fork or Dependabot. It appears if something failed or is undecided. Needs `pull-requests: write`.',
    ),
    'check-run': defaulted(
      autoFlag(),
      'auto',
      'Write a check run for each stage, such as `ml-loop / validate-data (demand)`. `auto`: on pull requests that do not come from a fork or Dependabot, in merge queues, and on pushes to the default branch. `true`: on every event. Needs `checks: write`, or else `statuses: write` for a commit status.',
    ),
    samples: defaulted(
      oneOf(['hide', 'show']),
      'hide',
      '`hide`: no cell’s value appears in a report, an annotation or a registry. There are two exceptions: values that at least 20 rows have, and quantiles with at least 5 rows on either side, which may be the value of a row (in profiles, as edges of a chart’s bins, and in checks of medians and quantiles). `show`: examples appear too.',
      { gate: 'rule' },
    ),
    state: defaulted(
      reference(['auto', 'dir:', 'git:']),
      'auto',
      'Where state is kept: `dir:PATH`, `git:REF-PREFIX`, or `auto` (a git ref of the repository on GitHub, `dir:.ml-loop` elsewhere).',
      { gate: 'rule' },
    ),
    'state-persistent': defaulted(
      flag(),
      'false',
      '`true` says that a `dir:` state or registry outlives the job. The disk of a hosted runner does not.',
      { gate: 'rule' },
    ),
    registry: optional(
      reference(REGISTRY_SCHEMES),
      'Where models are registered: `auto` (on GitHub its container registry, `oci://ghcr.io/OWNER/REPO`; elsewhere `dir:.ml-loop/registry`), `oci://HOST/PATH`, `github:OWNER/REPO`, `mlflow:https://HOST`, `dir:PATH`, or `exec:PROGRAM`, a program of yours (docs/registries.md). `auto` if a model is to be stored or is named as `model:NAME@ALIAS`, and no registry is given.',
      { gate: 'rule' },
    ),
    'registry-timeout': defaulted(
      duration(),
      '1h',
      'The time limit of the program of `registry: exec:PROGRAM`, for each question that it is asked.',
    ),
    'follow-links': defaulted(
      textList('a list of folders'),
      '[]',
      'Folders outside of the working directory that symbolic links may lead to: caches such as DVC’s, or `~/.cache/huggingface/hub`. A link can read everything in them.',
      { gate: 'rule' },
    ),
    now: optional(
      instant(),
      'The time to use instead of the clock, such as `2026-01-31T12:00:00Z`, so that runs are repeatable. It stands still, except while the run itself waits. A time before the newest one in the state is refused.',
      { gate: 'rule' },
    ),
    'github-token': optional(text(), 'The token for GitHub’s API.', {
      secret: true,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: GitHub’s own expression.
      expression: '${{ github.token }}',
    }),
  };
}

/** The names and defaults that every action shares. */
export const COMMON_INPUTS = commonInputs('fail');
export type CommonValues = InputValues<ReturnType<typeof commonInputs>>;

export const COMMON_OUTPUTS: Readonly<Record<string, string>> = {
  status: '`pass`, `warn`, `inconclusive`, `fail`, or `error` if nothing could be judged.',
  verdict: 'The path of the verdict file.',
  report: 'The path of the HTML report.',
  'failed-checks': 'The number of checks that failed. An action that ended in an error counts as one.',
  summary: 'The result in one line.',
};

/** The model's name if neither the inputs nor GitHub give one: a name like any other, which stands for no other. */
const DEFAULT_NAME = 'default';

/**
 * The model's name in state, reports and registries: the input, or else on GitHub the repository's name, or else
 * `default`. So all actions of a repository agree on it without being told.
 */
export function modelName(
  inputs: { readonly name?: string | undefined },
  { repository = '' }: { readonly repository?: string | undefined },
): string {
  const [, name = ''] = /^[^/]+\/([A-Za-z0-9][A-Za-z0-9._-]*)$/.exec(repository) ?? [];
  return inputs.name ?? (name === '' ? DEFAULT_NAME : name);
}

/** What earlier versions called a model without a name, so that what they stored is found. */
export function formerName({ name }: { readonly name?: string | undefined }): string | undefined {
  return name === undefined ? DEFAULT_NAME : undefined;
}
