import { relative, resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { type Layer, parseInputs } from '../inputs/parse.ts';
import type { ActionDefinition, InputTable } from '../inputs/table.ts';
import { suggestion } from '../problem/nearest.ts';
import { MissingFile, messageOf, problemLine, UserError } from '../problem/problem.ts';
import { combinedHtml } from '../report/html.ts';
import { combinedSummary, errorSummary } from '../report/summary.ts';
import { plainProblems, plainSummary } from '../report/text.ts';
import { EXIT, worst } from '../verdict/status.ts';
import { type Check, failedChecks, verdictOf } from '../verdict/verdict.ts';
import { DiskFiles } from './files.ts';
import { annotate, configLayers, findConfig, problemsOf, publish, type Start } from './main.ts';
import { type Action, failure, rawText, removeOldVerdict, runStage, type StageResult } from './stage.ts';

export interface Loop {
  readonly definition: ActionDefinition<InputTable>;
  readonly actions: Readonly<Record<string, Action>>;
  /** The stages that `auto` means, by event. */
  readonly auto: Readonly<Record<string, readonly string[]>>;
  /** The actions that change what is served or registered: they do not follow a stage that did not pass its policy. */
  readonly acting: readonly string[];
}

interface Stage {
  readonly model: string;
  readonly action: string;
  readonly layers: readonly Layer[];
  /** Was it chosen by the event rather than named? */
  readonly auto: boolean;
}

interface Ended extends Stage {
  readonly result: StageResult;
}

/** Runs the stages of the configuration file that fit the event, or those named; returns the exit code. */
export async function mainLoop(loop: Loop, start: Start): Promise<number> {
  const given = start.surface.given(loop.definition.inputs);
  try {
    const stages = await plan(loop, given, start);
    const ended: Ended[] = [];
    for (const stage of stages) {
      const stopped = loop.acting.includes(stage.action) ? stoppedBy(stage, ended) : undefined;
      ended.push(
        stopped === undefined ? await runOne(loop, stage, start) : await heldBack(loop, stage, stopped),
      );
    }
    await publishAll(loop, ended, start);
    return exitOf(ended);
  } catch (error) {
    const result = failure(error);
    await publish('ml-loop', result, start);
    return result.exit;
  }
}

function exitOf(ended: readonly Ended[]): number {
  return Math.max(EXIT.ok, ...ended.map(({ result }) => result.exit));
}

async function plan(loop: Loop, given: Layer, start: Start): Promise<Stage[]> {
  const inputs = parseInputs(loop.definition.inputs, [given]) as Record<string, unknown>;
  const config = await findConfig(given, start.tables);
  if (config === null) {
    throw new UserError({
      what: 'there is no ml-loop.yml',
      fix: 'write one, such as `validate-data: { data: data/*.csv, contract: contract.yml }`, or use the single actions',
    });
  }
  const wanted = inputs.stage as readonly string[];
  const auto = wanted.includes('auto');
  const stages = auto ? autoStages(loop, start) : wanted;
  const unknown = stages.filter((stage) => !Object.hasOwn(loop.actions, stage));
  if (unknown.length > 0) {
    const names = ['auto', ...Object.keys(loop.actions)];
    throw new UserError(
      unknown.map((stage) => ({
        what: `there is no stage ${JSON.stringify(stage)}`,
        where: given.where('stage'),
        fix: suggestion(stage, names),
      })),
    );
  }
  const planned = modelsOf(config, given).flatMap((model) =>
    stagesOf(loop, { config, model, stages, auto }, given),
  );
  // A stage that was named and has no section anywhere would otherwise be left out without a word.
  const absent = stages.filter((stage) => !planned.some(({ action }) => action === stage));
  if (planned.length === 0 || (!auto && absent.length > 0)) {
    throw new UserError({
      what: `${config.file} has no section for ${absent.join(' or ')}`,
      fix: 'add the section, or name other stages',
    });
  }
  return planned;
}

function autoStages(loop: Loop, { surface }: Start): readonly string[] {
  const event = surface.runner.event ?? 'push';
  const stages = loop.auto[event];
  if (stages !== undefined) return stages;
  throw new UserError({
    what: `no stage fits the event ${event} by itself`,
    where: 'input stage',
    fix: 'name the stages; ml-loop registers and deploys only when told to',
  });
}

function modelsOf(config: Config, given: Layer): readonly string[] {
  const name = given.values.name;
  if (typeof name !== 'string' || name.trim() === '') return config.models;
  configLayers(config, given, 'validate-data');
  return config.models.length === 1 ? config.models : [name.trim()];
}

function stagesOf(
  loop: Loop,
  at: { config: Config; model: string; stages: readonly string[]; auto: boolean },
  given: Layer,
): Stage[] {
  const { config, model, stages, auto } = at;
  const several = config.models.length > 1;
  const sections = config.stages(model);
  return Object.keys(loop.actions)
    .filter((action) => stages.includes(action) && sections.includes(action))
    .map((action) => {
      const { stage: _stage, config: _config, ...own } = given.values;
      const layers = [{ values: own, where: given.where }, ...config.layers(model, action)];
      const named: Layer = {
        values: model === '' ? {} : { name: model },
        where: () => `${config.file} models`,
      };
      if (!several) return { model, action, auto, layers: [...layers, named] };
      // An id that is given tells this run apart from others; its models are still to be told apart from each other.
      const id = rawText(loop.actions[action] as Action, layers, 'report-id');
      const values = { 'report-id': id === undefined || id === model ? model : `${id}-${model}` };
      const apart: Layer = { values, where: () => `${config.file} ${model}` };
      return { model, action, auto, layers: [apart, ...layers, named] };
    });
}

async function runOne(loop: Loop, stage: Stage, start: Start): Promise<Ended> {
  const action = loop.actions[stage.action] as Action;
  start.surface.log.info(`ml-loop: ${[stage.action, stage.model].filter((part) => part !== '').join(' ')}`);
  const result = await runStage(action, { surface: start.surface, layers: stage.layers, env: start.env });
  return {
    ...stage,
    result:
      stage.auto && result.kind === 'refused' && result.error instanceof MissingFile
        ? notRun(stage, result.error)
        : result,
  };
}

/** The stage of the same model that ended against its policy, or in an error, before this one. */
function stoppedBy({ model }: Stage, ended: readonly Ended[]): Ended | undefined {
  return ended.find((before) => before.model === model && before.result.exit !== EXIT.ok);
}

async function heldBack(loop: Loop, stage: Stage, { action, result }: Ended): Promise<Ended> {
  await removeOldVerdict(loop.actions[stage.action] as Action, stage.layers);
  const how = result.kind === 'verdict' ? `was ${result.verdict.status}` : 'ended in an error';
  const check: Check = {
    id: 'stage.not-run',
    status: 'inconclusive',
    message: `${stage.action} did not run, because ${action} before it ${how}`,
    fix: `fix what ${action} found, and run the stages again`,
  };
  return { ...stage, result: without(stage, check, EXIT.policy) };
}

/** In `auto`, a section whose files are not there yet is a warning, never silence. */
function notRun(stage: Stage, error: UserError): StageResult {
  const check: Check = {
    id: 'stage.not-run',
    status: 'warn',
    message: `${stage.action} did not run: ${error.problems.map(problemLine).join('; ')}`,
    fix: 'add the files, or remove the section from the configuration file',
  };
  return without(stage, check, EXIT.ok);
}

/** The result of a stage that did not run. */
function without({ action, model }: Stage, check: Check, exit: number): StageResult {
  const verdict = verdictOf({
    action,
    name: model,
    subjects: [],
    checks: [check],
    createdAt: new Date(),
  });
  return { kind: 'verdict', verdict, outputs: {}, exit, reportPath: '', workingDirectory: '.' };
}

async function publishAll(loop: Loop, ended: readonly Ended[], start: Start): Promise<void> {
  const verdicts = ended.flatMap(({ result }) => (result.kind === 'verdict' ? [result.verdict] : []));
  const broken = ended.filter(({ result }) => result.kind !== 'verdict');
  annotate(
    ended.map(({ action, result }) => ({ name: action, result })),
    start,
  );
  const errors = broken.map(({ action, result }) => ({ action, problems: problemsOf(result) }));
  const { surface } = start;
  await surface
    .summarise(
      [
        ...errors.map(({ action, problems }) => errorSummary(action, problems)),
        combinedSummary(verdicts),
      ].join('\n\n'),
      [
        ...errors.map(({ action, problems }) => plainProblems(action, problems)),
        ...verdicts.map(plainSummary),
      ].join('\n'),
    )
    .catch((error) => surface.log.info(`The summary could not be written: ${messageOf(error)}`));
  const files = await writeIndex(loop, ended);
  const status = broken.length > 0 ? 'error' : worst(verdicts.map((verdict) => verdict.status));
  surface.output('status', status);
  surface.output('report', files.index);
  surface.output('stages', files.stages);
  surface.output('failed-checks', String(verdicts.reduce((sum, verdict) => sum + failedChecks(verdict), 0)));
  surface.output('summary', summaryLine(ended));
}

function summaryLine(ended: readonly Ended[]): string {
  return ended
    .map(
      ({ action, model, result }) =>
        `${[action, model].filter((part) => part !== '').join(' ')}: ${result.kind === 'verdict' ? result.verdict.status : 'error'}`,
    )
    .join(', ');
}

/** Beside the reports of the first stage. */
async function writeIndex(loop: Loop, ended: readonly Ended[]): Promise<{ index: string; stages: string }> {
  const [first] = ended;
  const text = (name: string) =>
    first === undefined ? '' : (rawText(loop.actions[first.action] as Action, first.layers, name) ?? '');
  const root = resolve(text('working-directory'));
  const folder = resolve(root, text('report-directory'));
  const entries = ended.flatMap(({ result }) =>
    result.kind === 'verdict' ? [{ verdict: result.verdict, href: hrefOf(result, folder) }] : [],
  );
  const files = new DiskFiles(root, folder);
  return {
    index: await files.writeReport('index.html', combinedHtml(entries)),
    stages: await files.writeReport('stages.json', `${JSON.stringify(ended.map(stageEntry), null, 2)}\n`),
  };
}

function stageEntry({ action, model, result }: Ended) {
  const status = result.kind === 'verdict' ? result.verdict.status : 'error';
  const summary =
    result.kind === 'verdict' ? result.verdict.summary : problemsOf(result).map(problemLine).join('; ');
  return { action, name: model, status, summary, outputs: result.kind === 'verdict' ? result.outputs : {} };
}

function hrefOf(result: StageResult & { kind: 'verdict' }, folder: string): string {
  if (result.reportPath === '') return '';
  return relative(folder, resolve(result.workingDirectory, result.reportPath));
}
