import { FAIL_ON, type FailOn } from '../verdict/status.ts';
import { flag, instant, list, oneOf, reference, text } from './kinds.ts';
import { defaulted, optional, type Values } from './table.ts';

/** Schemes of registries; more backends add theirs here. */
export const REGISTRY_SCHEMES = ['dir:'] as const;

/** The inputs that every action has; `failOn` is the action's own default policy. */
export function commonInputs(failOn: FailOn) {
  return {
    config: optional(
      text('a path'),
      'The configuration file; `ml-loop.yml` if that is present. An input given to the step wins over the file.',
    ),
    name: optional(
      text(),
      'Which model of the configuration file; also the name that state, reports and the registry carry. By default the repository’s name on GitHub, and `default` elsewhere.',
    ),
    'working-directory': defaulted(text('a path'), '.', 'The folder that relative paths start at.'),
    'report-directory': defaulted(
      text('a path'),
      'ml-loop-report',
      'The folder that reports are written into, one folder an action.',
    ),
    'report-id': optional(text('letters, digits, `.`, `_` and `-`'), 'Tells the reports of a matrix apart.'),
    'fail-on': defaulted(
      oneOf(FAIL_ON),
      failOn,
      'The status at which, or worse, the step fails (exit code 1).',
    ),
    samples: defaulted(
      oneOf(['hide', 'show']),
      'hide',
      '`hide`: no cell’s value appears in a report, an annotation or a registry, with two exceptions: values that at least 20 rows have, and quantiles with at least 5 rows on either side (in profiles, as edges of a chart’s bins, and in checks of medians and quantiles), which may be the value of a row. `show`: examples appear too.',
    ),
    state: defaulted(
      reference(['auto', 'dir:', 'git:']),
      'auto',
      'Where state is kept: `auto` (a git ref of the repository on GitHub, `dir:.ml-loop` elsewhere), `git:REF-PREFIX` or `dir:PATH`.',
    ),
    'state-persistent': defaulted(
      flag(),
      'false',
      '`true` says that a `dir:` state or registry outlives the job, which a hosted runner’s disk does not.',
    ),
    registry: optional(reference(REGISTRY_SCHEMES), 'Where models are registered: `dir:PATH`.'),
    'follow-links': defaulted(
      list('a list of folders'),
      '[]',
      'Folders that symbolic links may lead to, beside the working directory: caches such as DVC’s, or `~/.cache/huggingface/hub`. Everything in them can be read through a link.',
    ),
    now: optional(
      instant(),
      'The time to take for now, for repeatable runs: it stands still except for what the run itself waits. The clock by default. Refused if earlier than what the state has seen.',
    ),
    'github-token': optional(text(), 'The token for GitHub’s API.', {
      secret: true,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: GitHub’s own expression.
      expression: '${{ github.token }}',
    }),
  };
}

/** The names and defaults that every action shares. */
export const COMMON = commonInputs('fail');
export type CommonValues = Values<ReturnType<typeof commonInputs>>;

export const COMMON_OUTPUTS: Readonly<Record<string, string>> = {
  status: '`pass`, `warn`, `inconclusive`, `fail`, or `error` if nothing could be judged.',
  verdict: 'The path of the verdict file.',
  report: 'The path of the HTML report.',
  'failed-checks': 'The number of checks that failed; an action that ended in an error counts as one.',
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
