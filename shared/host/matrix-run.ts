/** `stage: matrix`: the models that a change concerns, as JSON, so that a workflow gives each a job. */
import { relative, resolve, sep } from 'node:path';
import { concerned, type MatrixModel, modelPaths } from '../config/concerned.ts';
import { UNNAMED } from '../config/unnamed.ts';
import type { InputLayer } from '../inputs/parse.ts';
import { UserError } from '../problem/problem.ts';
import { EXIT } from '../verdict/status.ts';
import { changedFiles } from './changed-files.ts';
import { configName, unnamedName } from './config-file.ts';
import { dispatchOf } from './dispatched.ts';
import { judgedBy } from './gate.ts';
import { publishResult } from './main.ts';
import { modelsOf } from './plan.ts';
import { failure } from './stage.ts';
import type { Start } from './surface.ts';

/** GitHub makes no more jobs of one matrix. */
const MOST_JOBS = 256;

export interface MatrixOptions {
  /** What to compare the files with; by default the commit that the event names. */
  readonly base?: string | undefined;
  /** Do not ask what changed: all models. */
  readonly all?: boolean;
}

/** Finds the models and tells them; returns the exit code. */
export async function matrixRun(
  given: InputLayer,
  start: Start,
  options: MatrixOptions = {},
): Promise<number> {
  try {
    const found = await matrixOf(given, start, options);
    if (found.length > MOST_JOBS)
      throw new UserError({
        what: `there are ${found.length} models, and GitHub makes at most ${MOST_JOBS} jobs of a matrix`,
        fix: 'divide them among several configuration files, each with a workflow of its own',
      });
    const names = found.map(({ name }) => name);
    const summary = names.length === 0 ? 'the change concerns no model' : `models: ${names.join(', ')}`;
    const { surface } = start;
    surface.log.info(summary);
    surface.output('matrix', JSON.stringify(found));
    surface.output('models', JSON.stringify(names));
    surface.output('count', String(names.length));
    surface.output('summary', summary);
    return EXIT.ok;
  } catch (error) {
    const result = failure(error);
    await publishResult('ml-loop matrix', result, start);
    return result.exit;
  }
}

/**
 * The models that the step names, that a dispatch is about, or that the change concerns. What the base branch has and the
 * change removes is among them, so that the gate misses its verdict.
 *
 * @throws UserError if there is no configuration file, it has errors, or it does not have the model.
 */
export async function matrixOf(
  given: InputLayer,
  start: Start,
  { base, all = false }: MatrixOptions = {},
): Promise<MatrixModel[]> {
  const { own, config } = await judgedBy(given, start);
  if (config === null) {
    throw new UserError({
      what: `there is no ${configName(given)}`,
      fix: 'write one, such as `validate-data: { data: data/*.csv, contract: contract.yml }`, or let `ml-loop init` write it',
    });
  }
  const models = modelsOf(config, own === null ? null : await dispatchOf(own, start.env), given);
  const changed = all ? null : await changeOf(given, start, base);
  const tables = await start.tables();
  return [...concerned(config, models, changed)].map(([model, files]) => ({
    name: model === UNNAMED ? unnamedName(config, given, start) : model,
    sections: config.stages(model).filter((action) => Object.hasOwn(tables, action)),
    model: modelPaths(config, model),
    ...(files === null ? {} : { changed: files }),
  }));
}

/** The files of the change, from the working directory; null if they are not known. */
async function changeOf(given: InputLayer, start: Start, base: string | undefined): Promise<string[] | null> {
  const found = await changedFiles(given, start, base);
  if (found.kind === 'unknown') {
    start.surface.log.info(`all models: ${found.reason}`);
    return null;
  }
  const working = resolve(String(given.values['working-directory'] ?? '.'));
  return found.files.map((file) => relative(working, resolve(found.root, file)).split(sep).join('/'));
}
