import { relative, resolve } from 'node:path';
import type { Layer } from '../inputs/parse.ts';
import { messageOf, type Problem, problemLine } from '../problem/problem.ts';
import { ranked, rankedProblems, withinLimits } from '../report/annotations.ts';
import { errorSummary, summaryMarkdown } from '../report/summary.ts';
import { plainProblems, plainSummary } from '../report/text.ts';
import { TOOL } from '../verdict/tool.ts';
import type { Source } from '../verdict/verdict.ts';
import { findConfig, sectionLayers } from './config-file.ts';
import { type Configured, configuredBy } from './configured.ts';
import { sourceOf } from './source.ts';
import {
  type Action,
  exitOf,
  failure,
  removeOldVerdict,
  runStage,
  type StageResult,
  withdraw,
} from './stage.ts';
import type { Start, Surface } from './surface.ts';

export type { Start };

/** Runs one action from start to end; returns the exit code. */
export async function main(action: Action, start: Start): Promise<number> {
  const result = await resultOf(action, start);
  try {
    await publish(action.definition.name, result, start);
  } catch (error) {
    withdraw(result);
    throw error;
  }
  return exitOf(result);
}

async function resultOf(action: Action, { surface, env, tables }: Start): Promise<StageResult> {
  const given = surface.given(action.definition.inputs);
  let layers: readonly Layer[];
  let configured: Configured | undefined;
  let source: Source | undefined;
  try {
    const config = await findConfig(given, tables);
    layers = [given, ...(config === null ? [] : sectionLayers(config, action.definition.name, given))];
    configured = configuredBy(config, given, { surface, env, tables });
    source = await sourceOf(env, config?.file);
  } catch (error) {
    // Only the step is left to say where the old verdict is; an id that is not allowed has none.
    await removeOldVerdict(action, [given]).catch(() => undefined);
    return failure(error);
  }
  return runStage(action, { surface, layers, env, configured, source });
}

/** Makes a result known: annotations, outputs, summary. */
export async function publish(name: string, result: StageResult, { surface, env }: Start): Promise<void> {
  annotate([{ name, result }], { surface, env });
  if (result.kind === 'verdict') {
    for (const [output, value] of Object.entries(result.outputs)) surface.output(output, value);
    await summarise(
      surface,
      summaryMarkdown(result.verdict, { reportPath: result.reportPath }),
      plainSummary(result.verdict),
    );
    return;
  }
  const problems = problemsOf(result);
  surface.output('status', 'error');
  surface.output('summary', problems.map(problemLine)[0] ?? '');
  surface.output('failed-checks', '1');
  const source = await sourceOf(env, undefined);
  await summarise(surface, errorSummary(name, problems, { source }), plainProblems(name, problems));
}

/** The annotations of all results together, for GitHub shows so many of a step and no more; and the stacks of defects. */
export function annotate(
  results: readonly { readonly name: string; readonly result: StageResult }[],
  { surface, env }: Pick<Start, 'surface' | 'env'>,
): void {
  const all = results.flatMap(({ name, result }) => {
    if (result.kind !== 'verdict') return rankedProblems(name, problemsOf(result));
    const { verdict, workingDirectory } = result;
    return ranked(verdict).map(({ round, annotation }) => ({
      round,
      annotation: inWorkspace(annotation, workingDirectory, env),
    }));
  });
  for (const annotation of withinLimits(all)) surface.annotate(annotation);
  for (const { result } of results) {
    if (result.kind !== 'defect') continue;
    process.stderr.write(`${(result.error as Error)?.stack ?? String(result.error)}\n`);
  }
}

/** What kept an action from judging; none if it did. */
export function problemsOf(result: StageResult): readonly Problem[] {
  if (result.kind === 'verdict') return [];
  if (result.kind === 'refused') return result.error.problems;
  const what = `a defect of ${TOOL.name} ${TOOL.version}: ${messageOf(result.error)}`;
  return [{ what, fix: 'please report it with the stack in the log' }];
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
