import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { type Layer, parseInputs } from '../inputs/parse.ts';
import type { ActionDefinition, InputTable } from '../inputs/table.ts';
import { suggestion } from '../problem/nearest.ts';
import { MissingFile, messageOf, problemLine, UserError } from '../problem/problem.ts';
import { combinedHtml } from '../report/html.ts';
import { combinedSummary, errorSummary } from '../report/summary.ts';
import { plainSummary } from '../report/text.ts';
import { EXIT, worst } from '../verdict/status.ts';
import { failedChecks, verdictOf } from '../verdict/verdict.ts';
import { configLayers, findConfig, publish, type Start } from './main.ts';
import { type Action, failure, runStage, type StageResult } from './stage.ts';

export interface Loop {
  readonly definition: ActionDefinition<InputTable>;
  readonly actions: Readonly<Record<string, Action>>;
  /** The stages that `auto` means, by event. */
  readonly auto: Readonly<Record<string, readonly string[]>>;
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
  let ended: Ended[];
  try {
    const stages = await plan(loop, given, start);
    ended = [];
    for (const stage of stages) ended.push(await runOne(loop, stage, start));
  } catch (error) {
    const result = failure(error);
    await publish('ml-loop', result, start);
    return result.exit;
  }
  await publishAll(ended, given, start);
  return exitOf(ended);
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
      mend: 'write one (see the README), or use the single actions with their inputs',
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
        mend: suggestion(stage, names),
      })),
    );
  }
  const planned = modelsOf(config, given).flatMap((model) =>
    stagesOf(loop, { config, model, stages, auto }, given),
  );
  if (planned.length === 0) {
    throw new UserError({
      what: `${config.file} has no section for ${stages.join(' or ')}`,
      mend: 'add the section, or name other stages',
    });
  }
  return planned;
}

function autoStages(loop: Loop, { surface }: Start): readonly string[] {
  const event = surface.event ?? 'push';
  const stages = loop.auto[event];
  if (stages !== undefined) return stages;
  throw new UserError({
    what: `no stage fits the event ${event} by itself`,
    where: 'input stage',
    mend: 'name the stages; ml-loop registers and deploys only when told to',
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
      const { stage: _stage, config: _config, ...values } = given.values;
      const own: Layer = { values, where: given.where };
      const apart: Layer[] = several
        ? [{ values: { 'report-id': model }, where: () => `${config.file} ${model}` }]
        : [];
      const named: Layer = {
        values: model === '' ? {} : { name: model },
        where: () => `${config.file} models`,
      };
      return { model, action, auto, layers: [own, ...config.layers(model, action), ...apart, named] };
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

/** In `auto`, a section whose files are not there yet is a warning, never silence. */
function notRun({ action, model }: Stage, error: UserError): StageResult {
  const verdict = verdictOf({
    action,
    name: model,
    subjects: [],
    checks: [
      {
        id: 'stage.not-run',
        status: 'warn',
        message: `${action} did not run: ${error.problems.map(problemLine).join('; ')}`,
        mend: 'add the files, or remove the section from the configuration file',
      },
    ],
    createdAt: new Date(),
  });
  return { kind: 'verdict', verdict, outputs: {}, exit: EXIT.ok, reportPath: '', workingDirectory: '.' };
}

async function publishAll(ended: readonly Ended[], given: Layer, start: Start): Promise<void> {
  const verdicts = ended.flatMap(({ result }) => (result.kind === 'verdict' ? [result.verdict] : []));
  const broken = ended.filter(({ result }) => result.kind !== 'verdict');
  const quiet: Start = {
    ...start,
    surface: { ...start.surface, output: () => {}, summarise: async () => {} },
  };
  for (const { action, result } of ended) await publish(action, result, quiet);
  const errors = broken.map(({ action, result }) => ({ action, problems: problemsOf(result) }));
  const { surface } = start;
  await surface
    .summarise(
      [
        ...errors.map(({ action, problems }) => errorSummary(action, problems)),
        combinedSummary(verdicts),
      ].join('\n\n'),
      [
        ...errors.map(({ action, problems }) => `${action}: error\n${problems.map(problemLine).join('\n')}`),
        ...verdicts.map(plainSummary),
      ].join('\n'),
    )
    .catch((error) => surface.log.info(`The summary could not be written: ${messageOf(error)}`));
  const files = await writeIndex(ended, given);
  const status = broken.length > 0 ? 'error' : worst(verdicts.map((verdict) => verdict.status));
  surface.output('status', status);
  surface.output('report', files.index);
  surface.output('stages', files.stages);
  surface.output('failed-checks', String(verdicts.reduce((sum, verdict) => sum + failedChecks(verdict), 0)));
  surface.output('summary', summaryLine(ended));
}

function problemsOf(result: StageResult) {
  if (result.kind === 'refused') return result.error.problems;
  return [{ what: result.kind === 'defect' ? messageOf(result.error) : '' }];
}

function summaryLine(ended: readonly Ended[]): string {
  return ended
    .map(
      ({ action, model, result }) =>
        `${[action, model].filter((part) => part !== '').join(' ')}: ${result.kind === 'verdict' ? result.verdict.status : 'error'}`,
    )
    .join(', ');
}

async function writeIndex(ended: readonly Ended[], given: Layer): Promise<{ index: string; stages: string }> {
  const text = (name: string, fallback: string) => {
    const value = given.values[name];
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : fallback;
  };
  const root = resolve(text('working-directory', '.'));
  const folder = join(root, text('report-directory', 'ml-loop-report'));
  const entries = ended.flatMap(({ result }) =>
    result.kind === 'verdict' ? [{ verdict: result.verdict, href: hrefOf(result, folder) }] : [],
  );
  const index = join(folder, 'index.html');
  const stages = join(folder, 'stages.json');
  await mkdir(folder, { recursive: true });
  await writeFile(index, combinedHtml(entries));
  await writeFile(stages, `${JSON.stringify(ended.map(stageEntry), null, 2)}\n`);
  return { index: relative(root, index), stages: relative(root, stages) };
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
