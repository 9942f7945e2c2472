import type { Config } from '../config/config.ts';
import type { Dispatch } from '../config/dispatch.ts';
import { COMMON_INPUTS } from '../inputs/common.ts';
import { type InputLayer, parseInputs } from '../inputs/parse.ts';
import { type ActionDefinition, type InputTable, isStage } from '../inputs/table.ts';
import { suggestion } from '../problem/nearest.ts';
import { type Problem, UserError } from '../problem/problem.ts';
import { configModel, isNamed, modelLayers } from './config-file.ts';
import { dispatchOf } from './dispatched.ts';
import { type GateConfig, judgedBy, type StageGate } from './gate.ts';
import { type Action, rawText } from './stage.ts';
import type { Start } from './surface.ts';

/** What the root action is made of. */
export interface Loop {
  readonly definition: ActionDefinition<InputTable>;
  readonly actions: Readonly<Record<string, Action>>;
  /** The stages that `auto` means, by event. */
  readonly auto: Readonly<Record<string, readonly string[]>>;
  /** The actions that change what is served or registered: they do not follow a stage that did not pass its policy. */
  readonly acting: readonly string[];
  /** Stages that are not of a model, and need no section: each stands alone. They return the exit code. */
  readonly alone: Readonly<Record<string, (start: Start) => Promise<number>>>;
}

/** One action for one model of the configuration file. */
export interface Stage {
  /** Empty if the file names no model. */
  readonly model: string;
  readonly action: string;
  /** Values, the most specific layer first. */
  readonly layers: readonly InputLayer[];
  readonly gate?: StageGate | undefined;
}

export interface StagePlan {
  readonly judged: GateConfig;
  readonly config: Config;
  /** In the order in which they run; at least one. */
  readonly stages: readonly Stage[];
}

/**
 * The stages that the step asks for.
 *
 * @throws UserError if there is no configuration file, or if it lacks a section for a stage: if that stage was left out
 * without a word, it would look as if it had passed.
 */
export async function plan(loop: Loop, given: InputLayer, start: Start): Promise<StagePlan> {
  const names = stagesGiven(loop, given);
  if (names === 'auto' && start.surface.runner.event !== DISPATCH) stagesOfEvent(loop, start);
  const judged = await judgedBy(given, start);
  const { config } = judged;
  if (config === null) {
    throw new UserError({
      what: 'there is no ml-loop.yml',
      fix: 'write one, such as `validate-data: { data: data/*.csv, contract: contract.yml }`, or use the single actions instead',
    });
  }
  const dispatch = await dispatchOf(config, start.env);
  const asked: Asked = names === 'auto' ? chosen(loop, { config, dispatch }, start) : { names, auto: false };
  const models = modelsOf(config, dispatch, given);
  const problems = absent(config, models, asked, given);
  if (problems.length > 0) throw new UserError(problems);
  const stages = models.flatMap((model) =>
    Object.keys(loop.actions)
      .filter((action) => asked.names.includes(action) && config.stages(model).includes(action))
      .map((action) => stageOf(loop, { judged, config, model, action }, given)),
  );
  return { judged, config, stages };
}

/** The stage that stands alone, if the step names one. @throws UserError as `plan`. */
export function aloneOf(loop: Loop, given: InputLayer): string | undefined {
  const names = stagesGiven(loop, given);
  return names === 'auto' ? undefined : names.find((name) => Object.hasOwn(loop.alone, name));
}

interface Asked {
  readonly names: readonly string[];
  /** Chosen by the event rather than named. */
  readonly auto: boolean;
}

/** The models that the step names, or that a dispatch is about; otherwise all. */
export function modelsOf(config: Config, dispatch: Dispatch | null, given: InputLayer): readonly string[] {
  if (!isNamed(given)) return dispatch === null ? config.models : [dispatch.model];
  const model = configModel(config, given);
  if (dispatch === null || dispatch.model === model) return [model];
  throw new UserError({
    what: `the dispatch is about the model ${dispatch.payload.name}, and the step names ${model}`,
    where: given.where('name'),
    fix: 'leave `name` out: the model is then the one that the dispatch is about',
  });
}

/** `auto`, or the stages that the step names. */
export function stagesGiven(loop: Loop, given: InputLayer): 'auto' | readonly string[] {
  const inputs = parseInputs(loop.definition.inputs, [given]) as Record<string, unknown>;
  const listed = inputs.stage as readonly string[];
  const names = listed.filter((name) => !/^[\s,;|-]*$/.test(name));
  const known = ['auto', ...Object.keys(loop.actions).filter(isStage), ...Object.keys(loop.alone)];
  const where = given.where('stage');
  const problems: Problem[] = names
    .filter((name) => !known.includes(name))
    .map((name) => ({
      what: `there is no stage ${JSON.stringify(name)}`,
      where,
      fix: betterNames(name, known),
    }));
  if (names.length === 0)
    problems.push({ what: 'does not name a stage', where, fix: `write one a line, of: ${known.join(', ')}` });
  const auto = names.includes('auto');
  if (auto && new Set(names).size > 1)
    problems.push({
      what: '`auto` cannot stand with other stages: it chooses the stages itself',
      where,
      fix: 'write `auto` alone, or name all stages',
    });
  const alone = names.find((name) => Object.hasOwn(loop.alone, name));
  if (alone !== undefined && new Set(names).size > 1)
    problems.push({
      what: `\`${alone}\` cannot stand with other stages`,
      where,
      fix: 'give it a step of its own',
    });
  if (problems.length > 0) throw new UserError(problems);
  return auto ? 'auto' : names;
}

const DISPATCH = 'repository_dispatch';

/** What `auto` means: the event's stages, or those that a dispatch asks for, as far as dispatches may start them. */
function chosen(
  loop: Loop,
  { config, dispatch }: { readonly config: Config; readonly dispatch: Dispatch | null },
  start: Start,
): Asked {
  if (start.surface.runner.event !== DISPATCH) return { names: stagesOfEvent(loop, start), auto: true };
  if (dispatch?.stages !== undefined) return { names: dispatch.stages, auto: false };
  const allowed = config.dispatchStages.names;
  const names = stagesOfEvent(loop, start).filter((name) => allowed.includes(name));
  if (dispatch !== null && names.length > 0) return { names, auto: true };
  throw new UserError({
    what:
      dispatch === null
        ? '`auto` has no stage for this repository_dispatch: its payload is not one of ml-loop’s'
        : 'a dispatch may start no stage that `auto` would choose',
    where: dispatch === null ? 'input stage' : `${config.file} dispatch-stages`,
    fix: 'name the stages; ml-loop registers and deploys only if you name these stages',
  });
}

function betterNames(name: string, known: readonly string[]): string {
  const several = name.split(/[\s,;|]+/).filter((part) => known.includes(part));
  return several.length > 1
    ? `write one stage a line, or a list: [${several.join(', ')}]`
    : suggestion(name, known);
}

function stagesOfEvent(loop: Loop, { surface }: Start): readonly string[] {
  const event = surface.runner.event ?? 'push';
  const stages = loop.auto[event];
  if (stages !== undefined) return stages;
  throw new UserError({
    what: `\`auto\` has no stage for the event ${event}`,
    where: 'input stage',
    fix: 'name the stages; ml-loop registers and deploys only if you name these stages',
  });
}

/** The sections that are missing. A stage that you name must be in each model; one that the event chooses, in any. */
function absent(
  config: Config,
  models: readonly string[],
  { names, auto }: Asked,
  given: InputLayer,
): Problem[] {
  const lacking = (model: string) => names.filter((name) => !config.stages(model).includes(name));
  const none = models.every((model) => lacking(model).length === names.length);
  if (models.length === 0)
    return [{ what: `${config.file} does not have a model`, fix: 'write one below `models:`' }];
  const told = (model: string, stages: readonly string[]): Problem => ({
    what: `${config.file} has no section for ${stages.join(' or ')}${model === '' ? '' : ` in the model ${model}`}`,
    where: given.where('stage'),
    fix: alternatives(config, model, stages),
  });
  if (auto && !none)
    return models.filter((model) => config.stages(model).length === 0).map((model) => told(model, names));
  return models.flatMap((model) => (lacking(model).length === 0 ? [] : [told(model, lacking(model))]));
}

function alternatives(config: Config, model: string, stages: readonly string[]): string {
  const sections = config.stages(model);
  const having = config.models.filter((other) =>
    stages.every((stage) => config.stages(other).includes(stage)),
  );
  return [
    'add the section',
    ...(sections.length === 0 ? [] : [`name other stages, of: ${sections.join(', ')}`]),
    ...(having.length === 0 ? [] : [`set the input name to a model that has it: ${having.join(', ')}`]),
  ].join('; or ');
}

/** What the step gives to each of its stages: not what the root action alone has. */
export function passedOn({ values }: InputLayer): InputLayer['values'] {
  return Object.fromEntries(
    Object.entries(values).filter(([name]) => name !== 'config' && Object.hasOwn(COMMON_INPUTS, name)),
  );
}

function stageOf(
  loop: Loop,
  at: {
    readonly judged: GateConfig;
    readonly config: Config;
    readonly model: string;
    readonly action: string;
  },
  given: InputLayer,
): Stage {
  const { judged, config, model, action } = at;
  const step = { values: passedOn(given), where: given.where };
  const layers = [step, ...modelLayers(config, { model, action }, given)];
  const gate = judged.gate(model, action, step);
  if (config.models.length === 1) return { model, action, layers, gate };
  // An id that is given tells this run apart from others; its models are still to be told apart from each other.
  const id = rawText(loop.actions[action] as Action, layers, 'report-id');
  const values = { 'report-id': id === undefined || id === model ? model : `${id}-${model}` };
  return { model, action, layers: [{ values, where: () => `${config.file} ${model}` }, ...layers], gate };
}
