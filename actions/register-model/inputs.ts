import { commonInputs } from '../../shared/inputs/common.ts';
import { type Kind, list, map, refusal, text } from '../../shared/inputs/kinds.ts';
import {
  type ActionDefinition,
  defaulted,
  type InputTable,
  optional,
  required,
  type Values,
} from '../../shared/inputs/table.ts';
import { aliasProblem, nameProblem, versionProblem } from '../../shared/registry/names.ts';

/** A text that a rule of the registry refuses or lets pass. */
function ruled(label: string, rule: (value: string) => string | undefined): Kind<string> {
  const base = text(label);
  return {
    ...base,
    parse: (value) => {
      const parsed = base.parse(value);
      const problem = rule(parsed);
      if (problem !== undefined) throw refusal(problem);
      return parsed;
    },
  };
}

function aliasRule(alias: string): string | undefined {
  if (alias !== 'champion') return aliasProblem(alias);
  return 'must not be champion: that names production, and deploy-canary moves it when a rollout is promoted';
}

/** Everything about register-model that users can set; types, parser and documents come from it. */
export const definition = {
  name: 'register-model',
  title: 'ml-loop: register a model',
  description:
    'Registers a model that was judged, by the digest of its bytes, with its verdicts and its training profile. The same bytes are registered once.',
  icon: 'package',
  inputs: {
    ...commonInputs('inconclusive'),
    name: optional(
      ruled('letters, digits, `.`, `_` and `-`', nameProblem),
      'The model’s name in the registry, and in the configuration file. By default the repository’s name on GitHub, and `default` elsewhere.',
    ),
    model: required(list(), 'The model’s files and folders; the same that validate-model judged.'),
    version: defaulted(
      ruled('`auto` or a SemVer version', (version) =>
        version === 'auto' ? undefined : versionProblem(version),
      ),
      'auto',
      '`auto` is 1.0.0 first and then the next minor version. A version never changes: one that holds other bytes is refused.',
    ),
    verdicts: optional(
      list(),
      'Verdict files (globs), of which a passing one of validate-model must name these bytes, and none that names them may be otherwise; `<report-directory>/*/verdict.json` by default.',
    ),
    profile: optional(
      text('a path'),
      'The profile of the training data, which travels with the version; check-drift compares with it.',
    ),
    metadata: optional(map(), 'What else to keep with the version: texts by name, such as the commit.'),
    alias: defaulted(
      ruled('letters, digits, `_` and `-`, not `champion`', aliasRule),
      'candidate',
      'The alias that points to the version afterwards. `champion` is moved by deploy-canary only.',
    ),
  },
  outputs: {
    version: 'The version, SemVer.',
    digest: 'The identity of the bytes, `sha256:…`.',
    uri: 'Where the version is.',
    created: '`true` if a version was made, `false` if these bytes were registered before or refused.',
    previous: 'The version that the alias pointed to before; empty if there was none.',
  },
} satisfies ActionDefinition<InputTable>;

export type Inputs = Values<typeof definition.inputs>;
