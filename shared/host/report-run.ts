/**
 * `stage: report`: the gate of jobs that run the code of a change. It reads the verdicts that they left, tells the pull
 * request, and fails if one is missing or did not pass its policy.
 */
import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Config } from '../config/config.ts';
import { UNNAMED } from '../config/config.ts';
import type { InputLayer } from '../inputs/parse.ts';
import { type Problem, UserError } from '../problem/problem.ts';
import { EXIT, exitCode, type FailOn } from '../verdict/status.ts';
import { withoutValues } from '../verdict/verdict.ts';
import { modelLayers, unnamedName } from './config-file.ts';
import { type FoundVerdict, findVerdicts } from './found-verdicts.ts';
import { isUnknown } from './gate.ts';
import { folderOf, publishAll, type ReportedStage } from './loop-report.ts';
import { publishResult } from './main.ts';
import { notRun } from './not-run.ts';
import { type Loop, passedOn, type Stage } from './plan.ts';
import { removeOldIndex } from './report-folder.ts';
import { type Policy, policyOf } from './report-policy.ts';
import { sourceOf } from './source.ts';
import { type Action, exitOf, failure, rawText, type StageResult } from './stage.ts';
import type { Start } from './surface.ts';

/** Reads, tells and decides; returns the exit code. */
export async function reportLoop(loop: Loop, given: InputLayer, start: Start): Promise<number> {
  try {
    return await reported(loop, given, start);
  } catch (error) {
    const result = failure(error);
    await publishResult('ml-loop', result, start);
    return result.exit;
  }
}

async function reported(loop: Loop, given: InputLayer, start: Start): Promise<number> {
  const policy = await policyOf(given, start);
  const folder = folderOf({ action: '', layers: [given] }, loop);
  removeOldIndex(folder.reports);
  const models = expectedModels(loop, policy, given, start);
  const source = sourceOf(start.env, policy.config?.file);
  const wanted = { source, actions: Object.keys(loop.actions), models: models.map(({ name }) => name) };
  const { found, refused } = findVerdicts(folder.reports, wanted);
  const isChange = /^(pull_request|merge_group)/.test(start.surface.runner.event ?? '');
  const context = { loop, policy, given, folder: folder.root, reports: folder.reports, isChange };
  const ended = models.flatMap((model) => endedOf(model, found, context));
  if (ended.length === 0 && refused.length === 0) return nothing(models, context, start);
  if (refused.length > 0) ended.unshift(refusedStage(refused, given));
  await publishAll(ended, folder, { ...start, source, loop, isWhole: true });
  return Math.max(EXIT.ok, ...ended.map(({ result }) => exitOf(result)));
}

/**
 * The change concerns no model, or only models that other events judge: that is known, and so it passes.
 *
 * @throws UserError if nothing of the configuration could ever be judged here.
 */
function nothing(models: readonly ExpectedModel[], context: Context, start: Start): number {
  const { loop, policy, given } = context;
  const { surface } = start;
  const asked = judging(loop, given, start);
  const isJudged = policy.config?.models.some((model) =>
    policy.config?.stages(model).some((stage) => asked.includes(stage)),
  );
  if (models.length > 0 && isJudged !== true) {
    throw new UserError(
      policy.problem ?? {
        what: `${policy.config?.file ?? 'ml-loop.yml'} has no section for ${asked.join(' or ')}, so nothing can be judged`,
        where: given.where('stage'),
        fix: 'add the section',
      },
    );
  }
  const named = models.map(({ name }) => name).join(', ');
  const text =
    models.length === 0
      ? 'This change concerns no model, so nothing was judged.'
      : `No section of ${named} judges a change, so nothing was judged.`;
  surface.log.info(text);
  surface.output('status', 'pass');
  surface.output('failed-checks', '0');
  surface.output('summary', text);
  return EXIT.ok;
}

interface ExpectedModel {
  readonly name: string;
  /** The actions that must have left a verdict. */
  readonly actions: readonly string[];
}

function expectedText({ values: { expect } }: InputLayer): string | undefined {
  return typeof expect === 'string' && expect.trim() !== '' ? expect : undefined;
}

/** The stages that judge: of a change if models are listed, else of the event. */
function judging(loop: Loop, given: InputLayer, { surface }: Start): readonly string[] {
  const event = expectedText(given) === undefined ? (surface.runner.event ?? 'push') : 'push';
  return loop.auto[event] ?? loop.auto.push ?? [];
}

/** The models and stages that the input `expect` names, or those of the configuration that fit the event. */
function expectedModels(loop: Loop, policy: Policy, given: InputLayer, start: Start): ExpectedModel[] {
  const { config, problem } = policy;
  const text = expectedText(given);
  const asked = judging(loop, given, start);
  if (text !== undefined) {
    return listed(text, given).map(({ name, sections }) => {
      const known = sections ?? sectionsOf(config, name);
      return { name, actions: known === undefined ? asked : asked.filter((one) => known.includes(one)) };
    });
  }
  if (config === null) {
    throw new UserError(
      problem ?? {
        what: 'there is no ml-loop.yml, so it is not known which verdicts to expect',
        fix: 'write one, or give `expect` the output `matrix` of `stage: matrix`',
      },
    );
  }
  return config.models.map((model) => ({
    name: model === UNNAMED ? unnamedName(config, given, start) : model,
    actions: asked.filter((one) => config.stages(model).includes(one)),
  }));
}

function sectionsOf(config: Config | null, name: string): readonly string[] | undefined {
  const model = keyOf(config, name);
  return model === undefined ? undefined : config?.stages(model);
}

/** The model's key in the configuration. */
function keyOf(config: Config | null, name: string): string | undefined {
  return [name, UNNAMED].find((key) => config?.models.includes(key));
}

interface Listed {
  readonly name: string;
  readonly sections?: readonly string[];
}

/** The input `expect`: names of models, or what `stage: matrix` prints of them. @throws UserError for anything else. */
function listed(text: string, given: InputLayer): Listed[] {
  const wrong = () =>
    new UserError({
      what: 'is not a JSON list of models',
      where: given.where('expect'),
      fix: 'give it the output `matrix` or `models` of `stage: matrix`, such as ["demand"]',
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong();
  }
  if (!Array.isArray(value)) throw wrong();
  return value.map((entry: unknown) => {
    const { name, sections } = (typeof entry === 'string' ? { name: entry } : Object(entry)) as Record<
      string,
      unknown
    >;
    const isList = Array.isArray(sections) && sections.every((one) => typeof one === 'string');
    if (typeof name !== 'string' || name === '' || (sections !== undefined && !isList)) throw wrong();
    return sections === undefined ? { name } : { name, sections: sections as string[] };
  });
}

interface Context {
  readonly loop: Loop;
  readonly policy: Policy;
  readonly given: InputLayer;
  /** The working directory, absolute, and the report directory. */
  readonly folder: string;
  readonly reports: string;
  /** Is a change judged, whose code may have written the verdicts? It submits no training. */
  readonly isChange: boolean;
}

/** The verdicts of a model; those that are expected and missing are told as such. */
function endedOf(
  { name, actions }: ExpectedModel,
  all: readonly FoundVerdict[],
  context: Context,
): ReportedStage[] {
  const own = all.filter(({ verdict }) => verdict.name === name);
  const others = own.map(({ verdict }) => verdict.action).filter((action) => !actions.includes(action));
  return [...actions, ...new Set(others)].flatMap((action) => {
    const found = own.filter(({ verdict }) => verdict.action === action);
    if (found.length === 0) return [missing(stageOf(name, action, '', context), own, context)];
    return found.map((one) => judged(one, stageOf(name, action, one.id, context), context));
  });
}

function stageOf(name: string, action: string, id: string, { policy: { config }, given }: Context): Stage {
  const { name: _, ...own } = passedOn(given);
  const model = keyOf(config, name);
  const isSection = model !== undefined && config?.stages(model).includes(action) === true;
  const layers =
    config !== null && isSection ? modelLayers(config, { model, action }, { ...given, values: own }) : [];
  const values = { ...own, name, 'report-id': id };
  return { model: name, action, layers: [{ values, where: given.where }, ...layers] };
}

const FIX_MISSING =
  'read the log of the job that runs it: it ended in an error, was cancelled, or did not upload its report folder';

function missing(stage: Stage, own: readonly FoundVerdict[], context: Context): ReportedStage {
  const { loop, policy, folder, reports } = context;
  const action = loop.actions[stage.action] as Action;
  const where = relative(folder, reports);
  const problems: Problem[] = [{ what: `it left no verdict below ${where === '' ? '.' : where}` }];
  if (stage.action === 'validate-model' && own.some(isUnderWay) && !context.isChange) {
    const [what, fix] = [
      'its training elsewhere is under way',
      'wait for the dispatch ml-trained, which has it judged',
    ];
    return {
      ...stage,
      result: notRun(action, stage, { problems: [{ what }], fix }, { allowed: [stage.action], remark: '' }),
    };
  }
  const { config, problem } = policy;
  const remark = problem === undefined ? '' : `; \`allow-missing\` does not count: ${problem.what}`;
  const allowance = { allowed: config?.allowMissing ?? [], remark };
  return { ...stage, result: notRun(action, stage, { problems, fix: FIX_MISSING }, allowance) };
}

/** A training that has only been submitted leaves no candidate to judge. */
function isUnderWay({ verdict }: FoundVerdict): boolean {
  const states = verdict.checks.filter(({ id }) => id === 'training.job').map(({ observed }) => observed);
  return verdict.action === 'train' && states.some((state) => Object(state).status === 'submitted');
}

/** A verdict under the policy of the configuration: what the verdict says of its own policy does not count. */
function judged({ verdict, file }: FoundVerdict, stage: Stage, { loop, folder }: Context): ReportedStage {
  const action = loop.actions[stage.action] as Action;
  const raw = (name: string) => rawText(action, stage.layers, name);
  const observed = raw('mode') === 'observe';
  const { mode: _, ...configuration } = verdict.configuration;
  const shown = raw('samples') === 'show' ? verdict : withoutValues(verdict);
  const report = join(dirname(file), 'report.html');
  const result: StageResult = {
    kind: 'verdict',
    verdict: { ...shown, configuration: observed ? { ...configuration, mode: 'observe' } : configuration },
    outputs: {},
    exit: isUnknown(verdict) ? EXIT.policy : exitCode(verdict.status, raw('fail-on') as FailOn),
    observed,
    reportPath: existsSync(report) ? relative(folder, report) : '',
    workingDirectory: raw('working-directory') ?? '.',
  };
  return { ...stage, result };
}

/** Verdicts that are not of this run, as an error of the step. */
function refusedStage(problems: readonly Problem[], given: InputLayer): ReportedStage {
  const result: StageResult = { kind: 'refused', error: new UserError(problems), exit: EXIT.user };
  return { model: '', action: 'report', layers: [given], result };
}
