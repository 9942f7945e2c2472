import { readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { COMMON } from '../inputs/common.ts';
import type { Layer } from '../inputs/parse.ts';
import type { InputTable } from '../inputs/table.ts';
import { messageOf, type Problem, problemLine, systemCode, UserError } from '../problem/problem.ts';
import { ranked, rankedProblems, withinLimits } from '../report/annotations.ts';
import { errorSummary, summaryMarkdown } from '../report/summary.ts';
import { plainProblems, plainSummary } from '../report/text.ts';
import { TOOL } from '../verdict/tool.ts';
import { type Action, failure, removeOldVerdict, runStage, type StageResult } from './stage.ts';
import type { Surface } from './surface.ts';

const CONFIG_FILE = 'ml-loop.yml';

/** What a program of ours is started with. */
export interface Start {
  readonly surface: Surface;
  readonly env: NodeJS.ProcessEnv;
  /** The input tables of all actions, for the configuration file. */
  readonly tables: Readonly<Record<string, InputTable>>;
}

/** Runs one action from start to end; returns the exit code. */
export async function main(action: Action, start: Start): Promise<number> {
  const result = await resultOf(action, start);
  await publish(action.definition.name, result, start);
  return result.exit;
}

async function resultOf(action: Action, { surface, env, tables }: Start): Promise<StageResult> {
  const given = surface.given(action.definition.inputs);
  let layers: readonly Layer[];
  try {
    const config = await findConfig(given, tables);
    layers = [given, ...(config === null ? [] : configLayers(config, given, action.definition.name))];
  } catch (error) {
    // Only the step is left to say where the old verdict is; an id that is not allowed has none.
    await removeOldVerdict(action, [given]).catch(() => undefined);
    return failure(error);
  }
  return runStage(action, { surface, layers, env });
}

/** The configuration file: the one that the input names, or `ml-loop.yml` where that is present. */
export async function findConfig(given: Layer, tables: Start['tables']): Promise<Config | null> {
  const named = textOf(given.values.config);
  const file = named ?? CONFIG_FILE;
  let text: string;
  try {
    text = await readFile(configPath(given), 'utf8');
  } catch (error) {
    if (named === undefined && systemCode(error) === 'ENOENT') return null;
    throw new UserError({
      what: `the configuration file ${file} cannot be read (${systemCode(error) ?? messageOf(error)})`,
      where: given.where('config'),
    });
  }
  const { loadConfig } = await import('../config/config.ts');
  return loadConfig(text, file, tables, COMMON);
}

/** The absolute path of the configuration file. */
export function configPath({ values }: Layer): string {
  return resolve(textOf(values['working-directory']) ?? '.', textOf(values.config) ?? CONFIG_FILE);
}

/** The layers of the model that the step names, or of the only one; its name in the file becomes its name. */
export function configLayers(config: Config, given: Layer, action: string): Layer[] {
  const named = textOf(given.values.name);
  const [only, ...others] = config.models;
  const model =
    named !== undefined && config.models.includes(named) ? named : others.length === 0 ? only : undefined;
  if (model === undefined || (named !== undefined && model !== '' && model !== named)) {
    throw new UserError({
      what:
        named === undefined
          ? `${config.file} has several models`
          : `${config.file} has no model ${JSON.stringify(named)}`,
      where: given.where('name'),
      fix: `choose one of: ${config.models.join(', ')}`,
    });
  }
  const naming = model === '' ? [] : [{ values: { name: model }, where: () => `${config.file} models` }];
  return [...config.layers(model, action), ...naming];
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
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
  await summarise(surface, errorSummary(name, problems), plainProblems(name, problems));
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

/** What kept an action from judging; none where it did. */
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
