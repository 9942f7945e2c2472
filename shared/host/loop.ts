import { MissingFile } from '../problem/problem.ts';
import { EXIT } from '../verdict/status.ts';
import type { VerdictSource } from '../verdict/verdict.ts';
import { type Allowance, allowanceOf } from './allowance.ts';
import { type ConfiguredStage, configuredBy } from './configured.ts';
import { folderOf, publishAll, type ReportedStage } from './loop-report.ts';
import { publishResult } from './main.ts';
import { heldBack, notRun } from './not-run.ts';
import { aloneOf, type Loop, plan, type Stage } from './plan.ts';
import { removeOldIndex, withdrawAll } from './report-folder.ts';
import { runStage } from './run-stage.ts';
import { sourceOf } from './source.ts';
import {
  type Action,
  exitOf,
  failure,
  removeOldVerdict,
  type StageResult,
  withdrawVerdict,
} from './stage.ts';
import type { Start } from './surface.ts';

/** Runs the stages of the configuration file that fit the event, or those named; returns the exit code. */
export async function mainLoop(loop: Loop, start: Start): Promise<number> {
  const given = start.surface.given(loop.definition.inputs);
  const ended: ReportedStage[] = [];
  let folder = folderOf({ action: '', layers: [given] }, loop);
  try {
    const alone = aloneOf(loop, given);
    if (alone !== undefined) return await loop.alone[alone]!(start);
    const { judged, config, stages } = await plan(loop, given, start);
    folder = folderOf(stages[0], loop);
    await clear(loop, stages, folder.reports);
    const allowance = allowanceOf(judged.own, judged.base);
    const configured = configuredBy(judged.own, judged.base, start);
    const source = sourceOf(start.env, config.file);
    for (const stage of stages) {
      const stopped = loop.acting.includes(stage.action) ? stoppedBy(stage, ended) : undefined;
      ended.push(
        stopped === undefined
          ? { ...stage, result: await runOne(loop, stage, start, { allowance, configured, source }) }
          : { ...stage, result: await held(loop, stage, stopped) },
      );
    }
    await publishAll(ended, folder, { ...start, source, loop });
    return Math.max(EXIT.ok, ...ended.map(({ result }) => exitOf(result)));
  } catch (error) {
    for (const stage of ended) withdrawVerdict(stage.result);
    withdrawAll(folder.reports, Object.keys(loop.actions));
    const result = failure(error);
    // Without a plan there is no stage to tell a pull request of.
    await publishResult('ml-loop', result, start);
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

const FIX_MISSING = 'add the files, or correct their paths in the configuration file';

interface Circumstances {
  readonly allowance: Allowance;
  readonly configured: ConfiguredStage;
  readonly source: VerdictSource | undefined;
}

async function runOne(
  loop: Loop,
  stage: Stage,
  start: Start,
  { allowance, configured, source }: Circumstances,
): Promise<StageResult> {
  const action = loop.actions[stage.action] as Action;
  start.surface.log.info(`ml-loop: ${[stage.action, stage.model].filter((part) => part !== '').join(' ')}`);
  const result = await runStage(action, {
    ...start,
    layers: stage.layers,
    gate: stage.gate,
    configured,
    source,
  });
  if (result.kind !== 'refused' || !(result.error instanceof MissingFile)) return result;
  const { problems } = result.error;
  return notRun(action, stage, { problems, fix: FIX_MISSING }, allowance);
}

/** The stage of the same model that ended against its policy (also if that is only observed), or in an error, before this one. */
function stoppedBy({ model }: Stage, ended: readonly ReportedStage[]): ReportedStage | undefined {
  return ended.find((before) => before.model === model && before.result.exit !== EXIT.ok);
}

async function held(loop: Loop, stage: Stage, before: ReportedStage): Promise<StageResult> {
  const action = loop.actions[stage.action] as Action;
  await removeOldVerdict(action, stage.layers);
  return heldBack(action, stage, before);
}
