/** What a `repository_dispatch` of ours may start: its payload is data, checked against the file of the default branch. */
import { modelName } from '../inputs/common.ts';
import type { FileElsewhere } from '../ports/ports.ts';
import { suggestion } from '../problem/nearest.ts';
import { type Problem, UserError } from '../problem/problem.ts';
import * as retrain from '../schema/generated/retrain-payload.js';
import * as trained from '../schema/generated/trained-payload.js';
import { requireShape, type Validator } from '../schema/shape.ts';
import type { Config } from './config.ts';
import { UNNAMED } from './unnamed.ts';

/** `schemas/retrain-payload.schema.json`. */
export interface RetrainPayload extends Addressed {
  readonly schema: 'ml-loop/retrain@1';
  readonly champion: { readonly digest: string; readonly version: string } | null;
  readonly compared?: { readonly reference: string; readonly current: string };
  readonly reasons: readonly string[];
  readonly 'requested-at': string;
  readonly 'dedupe-key': string;
}

/** `schemas/trained-payload.schema.json`. */
export interface TrainedPayload extends Addressed {
  readonly schema: 'ml-loop/trained@1';
  readonly model: string;
  readonly digest: string;
  readonly profile?: FileElsewhere;
  readonly predictions?: FileElsewhere;
  readonly job?: string;
  readonly 'dedupe-key'?: string;
}

interface Addressed {
  readonly name: string;
  readonly repository?: string;
  readonly stages?: readonly string[];
}

/** A dispatch that this repository may act on. */
export interface Dispatch {
  /** The model's key in the configuration file. */
  readonly model: string;
  /** What it asks for, all of it allowed; undefined if it leaves the choice to the receiver. */
  readonly stages?: readonly string[] | undefined;
  readonly payload: RetrainPayload | TrainedPayload;
}

/** By the payload's `schema`. */
const VALIDATORS: Readonly<Record<string, Validator>> = {
  'ml-loop/retrain@1': retrain.validate,
  'ml-loop/trained@1': trained.validate,
};

const WHERE = 'client_payload';
const SHAPE_FIX = 'send what docs/files.md shows; a payload holds names and digests, never commands';

/**
 * The `client_payload` of a dispatch, as its schema says; null if it does not say that it is one of ml-loop's.
 *
 * @throws UserError with all problems of its shape.
 */
export function readPayload(payload: unknown): Dispatch['payload'] | null {
  const schema = (payload as { schema?: unknown } | null)?.schema;
  if (typeof schema !== 'string' || !schema.startsWith('ml-loop/')) return null;
  const validator = Object.hasOwn(VALIDATORS, schema) ? VALIDATORS[schema] : undefined;
  if (validator === undefined)
    throw new UserError({
      what: `${JSON.stringify(schema)} is not a payload that a dispatch can have in this version of ml-loop`,
      where: `${WHERE}#/schema`,
      fix: suggestion(schema, Object.keys(VALIDATORS)),
    });
  return requireShape<Dispatch['payload']>(validator, payload, WHERE, SHAPE_FIX);
}

/**
 * Reads the `client_payload` of a dispatch, and checks what it asks for.
 *
 * @param config the configuration file of the default branch, from which GitHub runs these workflows.
 * @param repository this one, `OWNER/REPO`, as far as it is known.
 * @returns null if the payload does not say that it is one of ml-loop's: the workflow alone decides what it means.
 * @throws UserError with all problems: another repository, a model that is not in the file, stages that are not allowed.
 */
export function readDispatch(
  payload: unknown,
  config: Config,
  repository: string | undefined,
): Dispatch | null {
  const read = readPayload(payload);
  if (read === null) return null;
  const model = modelOf(read.name, config, repository);
  const problems = [
    ...elsewhere(read, repository),
    ...(model === undefined ? [unknownModel(read.name, config, repository)] : []),
    ...(read.stages ?? []).flatMap((stage) => refusedStage(stage, config)),
  ];
  if (problems.length > 0) throw new UserError(problems);
  return { model: model ?? UNNAMED, stages: read.stages, payload: read };
}

function elsewhere({ repository: named }: Addressed, repository: string | undefined): Problem[] {
  if (named === undefined || named.toLowerCase() === repository?.toLowerCase()) return [];
  return [
    {
      what: `the dispatch is about a model of the repository ${named}, and this is ${repository ?? 'none that is known'}`,
      where: `${WHERE}#/repository`,
      fix: `send it to ${named}`,
    },
  ];
}

/** A file without `models:` has one model, which goes by its `name` or the repository's. */
function modelOf(name: string, config: Config, repository: string | undefined): string | undefined {
  if (config.models.includes(name) && name !== UNNAMED) return name;
  return config.models.includes(UNNAMED) && namesOf(config, repository).includes(name) ? UNNAMED : undefined;
}

function namesOf(config: Config, repository: string | undefined): readonly string[] {
  if (!config.models.includes(UNNAMED)) return config.models;
  const given = config
    .stages(UNNAMED)
    .flatMap((action) => config.layers(UNNAMED, action).map(({ values }) => values.name))
    .filter((name) => name !== undefined && name !== null)
    .map((name) => String(name).trim());
  return given.length > 0 ? [...new Set(given)] : [modelName({}, { repository })];
}

function unknownModel(name: string, config: Config, repository: string | undefined): Problem {
  return {
    what: `the dispatch is about the model ${JSON.stringify(name)}, which ${config.file} of the default branch does not have: it is another repository’s, or has another name here`,
    where: `${WHERE}#/name`,
    fix: suggestion(name, namesOf(config, repository)),
  };
}

function refusedStage(stage: string, { dispatchStages, file }: Config): Problem[] {
  if (dispatchStages.names.includes(stage)) return [];
  return [
    {
      what: `a dispatch may not start the stage ${JSON.stringify(stage)}, only: ${dispatchStages.names.join(', ')}`,
      where: dispatchStages.line === undefined ? file : `${file}:${dispatchStages.line} dispatch-stages`,
      fix: `name the stage in the workflow instead; only if whoever can send a dispatch may start it, add it to \`dispatch-stages\` below \`defaults:\` on the default branch`,
    },
  ];
}
