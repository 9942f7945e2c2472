import { ATTESTATIONS, SIGNING, TRUSTING } from '../../shared/attest/inputs.ts';
import { commonInputs } from '../../shared/inputs/common.ts';
import {
  duration,
  flag,
  type InputKind,
  map,
  notAllowed,
  oneOf,
  structure,
  text,
  textList,
} from '../../shared/inputs/kinds.ts';
import {
  type ActionDefinition,
  defaulted,
  type InputTable,
  type InputValues,
  optional,
} from '../../shared/inputs/table.ts';
import { imageRequest } from '../../shared/registry/image/request.ts';
import { aliasProblem, nameProblem, versionProblem } from '../../shared/registry/names.ts';
import { parametersFault } from '../../shared/registry/parameters.ts';
import { isDigest } from '../../shared/verdict/digest.ts';
import type { JsonObject } from '../../shared/verdict/verdict.ts';

export const REGISTRY_OPERATIONS = [
  'register',
  'promote',
  'rollback',
  'list',
  'verify',
  'fetch',
  'gc',
] as const;
export type RegistryOperation = (typeof REGISTRY_OPERATIONS)[number];

/** A text that a rule of the registry refuses or lets pass. */
function ruled(label: string, rule: (value: string) => string | undefined): InputKind<string> {
  const base = text(label);
  return {
    ...base,
    parse: (value) => {
      const parsed = base.parse(value);
      const problem = rule(parsed);
      if (problem !== undefined) throw notAllowed(problem);
      return parsed;
    },
  };
}

function whichProblem(text: string): string | undefined {
  const fits = text === 'auto' || isDigest(text) || !versionProblem(text) || !aliasProblem(text);
  return fits ? undefined : versionProblem(text);
}

/** A map of anything that JSON can say, or a text. */
function mapOrPath(): InputKind<string | JsonObject> {
  return structure('a map in YAML, or a path', { type: ['object', 'string'] }, (value) => {
    if (typeof value === 'string') return value;
    const fault = parametersFault(value);
    if (fault !== undefined) throw notAllowed(fault);
    return value as JsonObject;
  });
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
      'The model’s name in the registry and in the configuration file, such as `demand`. By default the repository’s name on GitHub, and `default` elsewhere.',
    ),
    operation: defaulted(
      oneOf(REGISTRY_OPERATIONS),
      'register',
      'What to do. `register` stores judged bytes as a version. `promote` moves `alias` to `version`, and `rollback` moves it back to the version before. `list` shows the versions, `verify` hashes the bytes of one or all again, and `fetch` copies one into the folder `to`. `gc` finds old versions that nothing names.',
    ),
    model: optional(
      textList(),
      'The model’s files and folders to register, such as `model/`: the same ones that validate-model judged. Or one reference to where they stay: `s3://BUCKET/PREFIX/`, `hf:REPO@COMMIT` or `oci://HOST/NAME@sha256:DIGEST`.',
      { gate: 'evidence' },
    ),
    version: defaulted(
      ruled('`auto`, a SemVer version, an alias or a digest', whichProblem),
      'auto',
      'To register: a version of your own, such as `2.0.0`; `auto` is 1.0.0 first and then the next minor version. A version that holds other bytes already is refused. For other operations: the version that is meant, by number, alias or digest; `auto` verifies all, and fetches `champion`.',
    ),
    verdicts: optional(
      textList(),
      'Verdict files; `<report-directory>/*/verdict.json` by default. A verdict of validate-model that names these bytes must pass, and no verdict that names them may fail or be inconclusive.',
      { gate: 'rule' },
    ),
    profile: optional(
      text('a path'),
      'The path of the training data’s profile, which validate-data wrote. It is stored with the version, and check-drift compares with it.',
      { gate: 'evidence' },
    ),
    'training-data': optional(
      textList(),
      'The files that the model was trained on. Their digest is kept with the version, not the files. By default the digest is that of `profile`, or else of the data that validate-data has judged.',
      { gate: 'evidence' },
    ),
    environment: optional(
      textList(),
      'The files that say what the model was trained with, such as `[requirements.txt]`, `uv.lock`, `poetry.lock`, `environment.yml` or `renv.lock`. They are kept with the version as they are.',
    ),
    parameters: optional(
      mapOrPath(),
      'The parameters of the training, such as `{learning-rate: 0.1, trees: 500}`, or the path of a YAML or JSON file of them. They are kept with the version and shown: they must hold no secrets.',
    ),
    parent: defaulted(
      ruled('`auto`, `none`, a SemVer version, an alias or a digest', whichProblem),
      'auto',
      'The version that the model was made from. `auto` is the version that validate-model compared it with; `none` is none.',
    ),
    metadata: optional(
      map(),
      'Texts to store with the version, by name, such as `{trained-until: 2026-01-31T00:00:00Z}`.',
    ),
    image: optional(
      imageRequest(),
      'A container image to put the model into, such as `{base: busybox:1.37, target: ghcr.io/acme/demand-server}`: the model becomes one layer on `base` (or on nothing, `scratch`), in the folder `path` (`/models` by default, where KServe looks), and the image is pushed as `target`, by default with the version as its tag.',
    ),
    alias: defaulted(
      ruled('letters, digits, `_` and `-`, not `champion`', aliasRule),
      'candidate',
      'The alias that is moved. Only deploy-canary moves `champion`.',
    ),
    ...SIGNING,
    ...TRUSTING,
    to: optional(
      text('a path'),
      'The folder that `fetch` copies the model into; it must be empty, or not be there yet.',
    ),
    'older-than': defaulted(
      duration(),
      '90d',
      'How long nothing may have named a version before `gc` takes it for garbage: no alias, and no rollout.',
    ),
    'dry-run': defaulted(flag(), 'true', '`gc` says what it would remove; with `false` it removes it.'),
  },
  outputs: {
    version: 'The version, SemVer.',
    digest: 'The digest of the model’s bytes, `sha256:…`.',
    uri: 'The place of the version in the registry.',
    created:
      '`true` if a version was made, `false` if these bytes were refused or had been registered before.',
    image: 'The container image that was made, `HOST/PATH@sha256:…`; empty without the input `image`.',
    previous: 'The version that the alias pointed to before; empty if there was none.',
    attestations: ATTESTATIONS,
  },
} satisfies ActionDefinition<InputTable>;

export type Inputs = InputValues<typeof definition.inputs>;
