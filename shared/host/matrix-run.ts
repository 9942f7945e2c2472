/** `stage: matrix`: the models that a change concerns, as JSON, so that a workflow gives each a job. */
import { readFile } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';
import { concerned, type MatrixModel, modelPaths } from '../config/concerned.ts';
import { UNNAMED } from '../config/unnamed.ts';
import type { Layer } from '../inputs/parse.ts';
import { messageOf, problemLine, UserError } from '../problem/problem.ts';
import { EXIT } from '../verdict/status.ts';
import { baseCommit, repositoryOf } from './base.ts';
import { changedFiles } from './commit-files.ts';
import { configPath, unnamedName } from './config-file.ts';
import { dispatchOf } from './dispatched.ts';
import { judgedBy } from './gate.ts';
import { publish } from './main.ts';
import { modelsOf } from './plan.ts';
import { failure } from './stage.ts';
import type { Start } from './surface.ts';

/** Finds the models and tells them; returns the exit code. */
export async function matrixRun(given: Layer, start: Start): Promise<number> {
  try {
    const found = await matrixOf(given, start);
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
    await publish('ml-loop matrix', result, start);
    return result.exit;
  }
}

/**
 * The models that the step names, that a dispatch is about, or that the change concerns. What the base branch has and the
 * change removes is among them, so that the gate misses its verdict.
 *
 * @throws UserError if there is no configuration file, it has errors, or it does not have the model.
 */
export async function matrixOf(given: Layer, start: Start): Promise<MatrixModel[]> {
  const { own, config } = await judgedBy(given, start);
  if (config === null) {
    throw new UserError({
      what: `there is no ${String(given.values.config ?? 'ml-loop.yml')}`,
      fix: 'write one, such as `validate-data: { data: data/*.csv, contract: contract.yml }`, or let `ml-loop init` write it',
    });
  }
  const models = modelsOf(config, own === null ? null : await dispatchOf(own, start.env), given);
  const changed = await changeOf(given, start);
  return [...concerned(config, models, changed)].map(([model, files]) => ({
    name: model === UNNAMED ? unnamedName(config, given, start) : model,
    sections: config.stages(model).filter((action) => Object.hasOwn(start.tables, action)),
    model: modelPaths(config, model),
    ...(files === null ? {} : { changed: files }),
  }));
}

/** The files of the change, from the working directory; null if the event has none, or git cannot tell. */
async function changeOf(given: Layer, { env, surface }: Start): Promise<string[] | null> {
  const from = await changedFrom(env);
  if (from === undefined) return null;
  const root = repositoryOf(dirname(configPath(given)), env);
  const working = resolve(String(given.values['working-directory'] ?? '.'));
  try {
    const files = await changedFiles(root, from);
    return files.map((file) => relative(working, resolve(root, file)).split(sep).join('/'));
  } catch (error) {
    const reason = error instanceof UserError ? error.problems.map(problemLine).join('; ') : messageOf(error);
    surface.log.info(
      `all models: it is not known what changed (${reason}); set \`fetch-depth: 0\` for actions/checkout`,
    );
    return null;
  }
}

const COMMIT = /^(?!0+$)([0-9a-f]{40}|[0-9a-f]{64})$/;

/** The commit that the change is compared with: its base, or what the branch was before the push. */
async function changedFrom(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const base = await baseCommit(env);
  if (base.kind === 'commit') return base.commit;
  if (base.kind === 'unknown' || env.GITHUB_EVENT_NAME !== 'push') return undefined;
  try {
    const { before } = JSON.parse(await readFile(env.GITHUB_EVENT_PATH ?? '', 'utf8')) as {
      before?: unknown;
    };
    return typeof before === 'string' && COMMIT.test(before) ? before : undefined;
  } catch {
    return undefined;
  }
}
