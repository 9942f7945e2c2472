import { relative, resolve } from 'node:path';
import { UNNAMED } from '../config/unnamed.ts';
import type { InputLayer } from '../inputs/parse.ts';
import { messageOf, problemLine } from '../problem/problem.ts';
import { ranked, rankedProblems, withinLimits } from '../report/annotations.ts';
import { errorSummary } from '../report/combined.ts';
import { summaryMarkdown } from '../report/summary.ts';
import { plainProblems, plainSummary } from '../report/text.ts';
import type { VerdictSource } from '../verdict/verdict.ts';
import { configModel, sectionLayers } from './config-file.ts';
import { type ConfiguredStage, configuredBy } from './configured.ts';
import { judgedBy, type StageGate } from './gate.ts';
import { runStage } from './run-stage.ts';
import { sourceOf } from './source.ts';
import {
  type Action,
  exitOf,
  failure,
  removeOldVerdict,
  type StageResult,
  stageProblems,
  withdrawVerdict,
} from './stage.ts';
import type { Start, Surface } from './surface.ts';
import { type EndedStage, tellOf } from './telling.ts';

export type { Start };

/** Runs one action from start to end; returns the exit code. */
export async function main(action: Action, start: Start): Promise<number> {
  const ended = await endedOf(action, start);
  const { result } = ended;
  try {
    await publishResult(action.definition.name, result, start, () => tellOf([ended], start));
  } catch (error) {
    withdrawVerdict(result);
    throw error;
  }
  return exitOf(result);
}

/** Runs an action that needs no section of the configuration file, with what the step gives it. */
export async function mainAlone(action: Action, start: Start): Promise<number> {
  const { name, inputs } = action.definition;
  const { values, where } = start.surface.given(inputs);
  const own = Object.fromEntries(Object.entries(values).filter(([key]) => Object.hasOwn(inputs, key)));
  const { surface, env } = start;
  const source = sourceOf(env, undefined);
  const layers = [{ values: own, where }];
  const result = await runStage(action, { surface, env, layers, source });
  await publishResult(name, result, start, () => tellOf([{ action, layers, result }], start));
  return exitOf(result);
}

async function endedOf(action: Action, { surface, env, tables }: Start): Promise<EndedStage> {
  const given = surface.given(action.definition.inputs);
  let layers: readonly InputLayer[] = [given];
  let configured: ConfiguredStage | undefined;
  let gate: StageGate | undefined;
  let source: VerdictSource | undefined;
  const { name } = action.definition;
  try {
    const start = { surface, env, tables };
    const { config, own, base, gate: gateOf } = await judgedBy(given, start);
    layers = [given, ...(config === null ? [] : sectionLayers(config, name, given))];
    gate = gateOf(config === null ? UNNAMED : configModel(config, given), name, given);
    configured = configuredBy(own, base, start);
    source = sourceOf(env, config?.file);
  } catch (error) {
    // Only the step is left to say where the old verdict is; an id that is not allowed has none.
    await removeOldVerdict(action, [given]).catch(() => undefined);
    return { action, layers, result: failure(error) };
  }
  const result = await runStage(action, { surface, layers, env, configured, gate, source });
  return { action, layers, result };
}

/**
 * Makes a result known: outputs and summary, then the pull request, and annotations of what it was not told.
 *
 * @param tellOthers tells a pull request, and returns what GitHub shows by a check run; by default there is none.
 */
export async function publishResult(
  name: string,
  result: StageResult,
  start: Start,
  tellOthers: () => Promise<ReadonlySet<StageResult>> = async () => new Set(),
): Promise<void> {
  const { surface, env } = start;
  if (result.kind === 'verdict') {
    for (const [output, value] of Object.entries(result.outputs)) surface.output(output, value);
    await summarise(
      surface,
      summaryMarkdown(result.verdict, { reportPath: result.reportPath }),
      plainSummary(result.verdict),
    );
  } else {
    const problems = stageProblems(result);
    surface.output('status', 'error');
    surface.output('summary', problems.map(problemLine)[0] ?? '');
    surface.output('failed-checks', '1');
    const source = sourceOf(env, undefined);
    await summarise(surface, errorSummary(name, problems, { source }), plainProblems(name, problems));
  }
  annotate([{ name, result }], start, await tellOthers());
}

/**
 * The annotations of all results together, because GitHub shows so many of a step and no more; and the stacks of defects.
 *
 * @param shown results whose places GitHub shows by a check run: a second mark at the same line would be noise.
 */
export function annotate(
  results: readonly { readonly name: string; readonly result: StageResult }[],
  { surface, env }: Pick<Start, 'surface' | 'env'>,
  shown: ReadonlySet<StageResult>,
): void {
  const all = results.flatMap(({ name, result }) => {
    const own =
      result.kind === 'verdict' ? ranked(result.verdict) : rankedProblems(name, stageProblems(result));
    const folder = result.kind === 'verdict' ? result.workingDirectory : '.';
    return own
      .filter(({ annotation }) => annotation.file === undefined || !shown.has(result))
      .map(({ round, annotation }) => ({ round, annotation: inWorkspace(annotation, folder, env) }));
  });
  for (const annotation of withinLimits(all)) surface.annotate(annotation);
  for (const { result } of results) {
    if (result.kind === 'verdict' && shown.has(result))
      surface.log.info(`${plainSummary(result.verdict)}\n(the check run on this commit marks the lines)`);
    if (result.kind !== 'defect') continue;
    process.stderr.write(`${(result.error as Error)?.stack ?? String(result.error)}\n`);
  }
}

/** A summary that cannot be written must not change the result. */
async function summarise(surface: Surface, markdown: string, plain: string): Promise<void> {
  try {
    await surface.summarise(markdown, plain);
  } catch (error) {
    surface.log.info(`The summary could not be written: ${messageOf(error)}`);
  }
}

/** GitHub wants annotation files relative to the workspace. */
function inWorkspace<A extends { readonly file?: string }>(
  annotation: A,
  workingDirectory: string,
  env: NodeJS.ProcessEnv,
): A {
  if (annotation.file === undefined || env.GITHUB_WORKSPACE === undefined) return annotation;
  return { ...annotation, file: relative(env.GITHUB_WORKSPACE, resolve(workingDirectory, annotation.file)) };
}
