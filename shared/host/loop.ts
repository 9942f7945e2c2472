import { relative, resolve } from 'node:path';
import { COMMON } from '../inputs/common.ts';
import { instantMs } from '../inputs/kinds.ts';
import type { InputTable } from '../inputs/table.ts';
import { MissingFile, messageOf, problemLine, type UserError } from '../problem/problem.ts';
import { combinedHtml } from '../report/html.ts';
import { type BrokenStage, combinedStatus, stageTitle } from '../report/stages.ts';
import { combinedSummary } from '../report/summary.ts';
import { plainProblems, plainSummary } from '../report/text.ts';
import { EXIT, exitCode, type FailOn } from '../verdict/status.ts';
import { type Check, failedChecks, type Source, verdictOf } from '../verdict/verdict.ts';
import { type Allowance, allowanceOf } from './allowance.ts';
import { type Configured, configuredBy } from './configured.ts';
import { DiskFiles } from './files.ts';
import { annotate, problemsOf, publish } from './main.ts';
import { type Loop, plan, type Stage } from './plan.ts';
import { removeOldIndex, withdrawAll } from './report-folder.ts';
import { sourceOf } from './source.ts';
import {
  type Action,
  failure,
  rawText,
  removeOldVerdict,
  runStage,
  type StageResult,
  withdraw,
} from './stage.ts';
import type { Start } from './surface.ts';

interface Ended extends Stage {
  readonly result: StageResult;
}

/** Runs the stages of the configuration file that fit the event, or those named; returns the exit code. */
export async function mainLoop(loop: Loop, start: Start): Promise<number> {
  const given = start.surface.given(loop.definition.inputs);
  const ended: Ended[] = [];
  let folder = folderOf({ action: '', layers: [given] }, loop);
  try {
    const { config, stages } = await plan(loop, given, start);
    folder = folderOf(stages[0], loop);
    await clear(loop, stages, folder.reports);
    let known: Promise<Allowance> | undefined;
    const allowance = () => (known ??= allowanceOf(config, given, start));
    const configured = configuredBy(config, given, start);
    const source = await sourceOf(start.env, config.file);
    for (const stage of stages) {
      const stopped = loop.acting.includes(stage.action) ? stoppedBy(stage, ended) : undefined;
      ended.push(
        stopped === undefined
          ? { ...stage, result: await runOne(loop, stage, start, { allowance, configured, source }) }
          : await heldBack(loop, stage, stopped),
      );
    }
    await publishAll(ended, folder, { ...start, source });
    return exitOf(ended);
  } catch (error) {
    for (const stage of ended) withdraw(stage.result);
    withdrawAll(folder.reports, Object.keys(loop.actions));
    const result = failure(error);
    await publish('ml-loop', result, start);
    return result.exit;
  }
}

/** A run that is killed in its first stage must not leave an old pass of its second one. */
async function clear(loop: Loop, stages: readonly Stage[], reports: string): Promise<void> {
  removeOldIndex(reports);
  // What cannot be removed ends the stage that it is of.
  for (const { action, layers } of stages)
    await removeOldVerdict(loop.actions[action] as Action, layers).catch(() => undefined);
}

function exitOf(ended: readonly Ended[]): number {
  return Math.max(EXIT.ok, ...ended.map(({ result }) => result.exit));
}

interface Circumstances {
  readonly allowance: () => Promise<Allowance>;
  readonly configured: Configured;
  readonly source: Source | undefined;
}

async function runOne(
  loop: Loop,
  stage: Stage,
  start: Start,
  { allowance, configured, source }: Circumstances,
): Promise<StageResult> {
  const action = loop.actions[stage.action] as Action;
  start.surface.log.info(`ml-loop: ${[stage.action, stage.model].filter((part) => part !== '').join(' ')}`);
  const result = await runStage(action, { ...start, layers: stage.layers, configured, source });
  if (result.kind !== 'refused' || !(result.error instanceof MissingFile)) return result;
  return notRun(action, stage, result.error, await allowance());
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

const FIX_MISSING = 'add the files, or correct their paths in the configuration file';

/**
 * A stage whose files are missing has judged nothing. It fails the step whatever its `fail-on` says, because that is
 * about judgements. If `allow-missing` names the stage, this is a warning, and `fail-on` counts it as one.
 */
function notRun(action: Action, stage: Stage, error: UserError, { allowed, remark }: Allowance): StageResult {
  const isAllowed = allowed.includes(stage.action);
  const check: Check = {
    id: 'stage.not-run',
    status: isAllowed ? 'warn' : 'inconclusive',
    message: `${stage.action} did not run: ${error.problems.map(problemLine).join('; ')}${remark}`,
    fix: isAllowed
      ? FIX_MISSING
      : `${FIX_MISSING}; only if you can do without this judgement, add \`allow-missing: [${stage.action}]\` to \`defaults:\`, which makes this a warning`,
  };
  const failOn = rawText(action, stage.layers, 'fail-on') as FailOn;
  return without(stage, check, isAllowed ? exitCode('warn', failOn) : EXIT.policy);
}

/** The result of a stage that did not run. */
function without({ action, model, layers }: Stage, check: Check, exit: number): StageResult {
  const now = instantMs(
    layers.map(({ values }) => values.now).find((value) => typeof value === 'string') ?? '',
  );
  const verdict = verdictOf({
    action,
    name: model,
    subjects: [],
    checks: [check],
    createdAt: Number.isNaN(now) ? new Date() : new Date(now),
  });
  return { kind: 'verdict', verdict, outputs: {}, exit, reportPath: '', workingDirectory: '.' };
}

async function publishAll(
  ended: readonly Ended[],
  folder: Folder,
  start: Start & { readonly source: Source | undefined },
): Promise<void> {
  const { surface, source } = start;
  const verdicts = ended.flatMap(({ result }) => (result.kind === 'verdict' ? [result.verdict] : []));
  const broken = brokenOf(ended);
  annotate(
    brokenFirst(ended).map(({ action, model, result }) => ({
      name: stageTitle({ action, name: model }),
      result,
    })),
    start,
  );
  const told = [
    ...broken.map((stage) => plainProblems(stageTitle(stage), stage.problems)),
    ...verdicts.map(plainSummary),
  ];
  await surface
    .summarise(combinedSummary(verdicts, { broken, source }), told.join('\n'))
    .catch((error) => surface.log.info(`The summary could not be written: ${messageOf(error)}`));
  const files = await writeIndex(ended, folder, source);
  const failed = verdicts.reduce((sum, verdict) => sum + failedChecks(verdict), broken.length);
  surface.output('status', combinedStatus(verdicts, broken));
  surface.output('report', files.index);
  surface.output('stages', files.stages);
  surface.output('failed-checks', String(failed));
  surface.output('summary', summaryLine(ended));
}

/** The stages that ended in an error. */
function brokenOf(ended: readonly Ended[]): BrokenStage[] {
  return ended
    .filter(isBroken)
    .map(({ action, model, result }) => ({ action, name: model, problems: problemsOf(result) }));
}

function isBroken({ result }: Ended): boolean {
  return result.kind !== 'verdict';
}

function brokenFirst(ended: readonly Ended[]): Ended[] {
  return [...ended.filter(isBroken), ...ended.filter((one) => !isBroken(one))];
}

/** Each stage with its status, those in an error first. */
function summaryLine(ended: readonly Ended[]): string {
  return brokenFirst(ended)
    .map(
      ({ action, model, result }) =>
        `${[action, model].filter((part) => part !== '').join(' ')}: ${result.kind === 'verdict' ? result.verdict.status : 'error'}`,
    )
    .join(', ');
}

interface Folder {
  readonly root: string;
  /** Where the stages have their folders, and the index lies. */
  readonly reports: string;
}

/** The report directory of the first stage, or the one that is given. */
function folderOf(
  stage: Pick<Stage, 'action' | 'layers'> | undefined,
  { actions, definition }: Loop,
): Folder {
  const action = actions[stage?.action ?? ''] ?? ({ definition } as Action);
  const text = (name: string) =>
    rawText(action, stage?.layers ?? [], name) ?? (COMMON as InputTable)[name]?.default ?? '';
  const root = resolve(text('working-directory'));
  return { root, reports: resolve(root, text('report-directory')) };
}

async function writeIndex(
  ended: readonly Ended[],
  { root, reports: folder }: Folder,
  source: Source | undefined,
): Promise<{ index: string; stages: string }> {
  const entries = ended.flatMap(({ result }) =>
    result.kind === 'verdict' ? [{ verdict: result.verdict, href: hrefOf(result, folder) }] : [],
  );
  const files = new DiskFiles(root, folder);
  return {
    index: await files.writeReport('index.html', combinedHtml(entries, { broken: brokenOf(ended), source })),
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
