/** Where a version's files go: an MLflow run, and on MLflow 3 a logged model of that run. */
import { UserError } from '../../problem/problem.ts';
import {
  experiment as isExperiment,
  loggedModel as isLoggedModel,
  validate as isObject,
  run as isRun,
} from '../../schema/generated/mlflow.js';
import type { NewVersion } from '../registry.ts';
import { isUnknownRoute } from './refusal.ts';
import type { MlflowCall, MlflowServer } from './server.ts';
import { post, write } from './write.ts';

/** Places that belong to one attempt to register a version, and to nothing else. */
export interface MlflowPlaces {
  readonly run: string;
  readonly loggedModel: string | undefined;
  /** What MLflow's version says where it comes from. */
  readonly source: string;
  /** The folder of the model's files, as MLflow writes it. */
  readonly files: string;
  /** The folder of what is kept beside them. */
  readonly record: string;
}

interface Experiment {
  readonly experiment: { readonly experiment_id: string; readonly lifecycle_stage?: string };
}

interface Run {
  readonly run: { readonly info: { readonly run_id: string; readonly artifact_uri: string } };
}

interface LoggedModel {
  readonly model: { readonly info: { readonly model_id: string; readonly artifact_uri: string } };
}

/** A run in the experiment of the model's name, which is made if there is none. */
export async function makePlaces(
  server: MlflowServer,
  { name, version, bundle, origin }: NewVersion,
): Promise<MlflowPlaces> {
  const experiment = await experimentOf(server, name);
  const { run } = await server.ask<Run>(
    post('mlflow/runs/create', `make a run for ${name} ${version}`, {
      experiment_id: experiment,
      run_name: `${name} ${version}`,
      start_time: server.clock.now().getTime(),
      tags: [{ key: 'ml-loop.digest', value: bundle.digest }],
    }),
    isRun,
  );
  const { run_id: id, artifact_uri: root } = run.info;
  const record = `${root}/ml-loop`;
  // What MLflow could load of it is elsewhere.
  const logged = origin === undefined ? await loggedModelOf(server, { experiment, run: id }) : undefined;
  if (logged === undefined) {
    const files = `${root}/model`;
    return { run: id, loggedModel: undefined, source: files, files, record };
  }
  const { model_id: model, artifact_uri: files } = logged.model.info;
  return { run: id, loggedModel: model, source: `models:/${model}`, files, record };
}

async function experimentOf(server: MlflowServer, name: string): Promise<string> {
  const found = async () => {
    const route = 'mlflow/experiments/get-by-name';
    const doing = `find the experiment ${name}`;
    const call = { method: 'GET', route, query: { experiment_name: name }, doing } as const;
    return (await server.find<Experiment>(call, isExperiment))?.experiment;
  };
  let known = await found();
  if (known === undefined) {
    const call = post('mlflow/experiments/create', `make the experiment ${name}`, { name });
    await write(server, call, async () => (await found()) !== undefined);
    known = await found();
  }
  const { experiment_id: id, lifecycle_stage: stage = 'active' } = known ?? {};
  if (id !== undefined && stage === 'active') return id;
  throw new UserError({
    what: `the experiment ${name} was deleted, and MLflow keeps its name`,
    where: server.address.base,
    fix: 'restore it (mlflow experiments restore), or remove it for good (mlflow gc)',
  });
}

/** Undefined on MLflow 2, which has no logged models. */
async function loggedModelOf(
  server: MlflowServer,
  { experiment, run }: { readonly experiment: string; readonly run: string },
): Promise<LoggedModel | undefined> {
  const body = { experiment_id: experiment, name: 'model', source_run_id: run };
  const call = post('mlflow/logged-models', 'log the model', body);
  const answer = await server.answer(call);
  if (isUnknownRoute(answer)) return undefined;
  return server.read<LoggedModel>(answer, call, isLoggedModel);
}

/** Says that all files are there. */
export async function finishRun(server: MlflowServer, { run, loggedModel }: MlflowPlaces): Promise<void> {
  if (loggedModel !== undefined) {
    const body = { model_id: loggedModel, status: 'LOGGED_MODEL_READY' };
    const call = { method: 'PATCH', route: `mlflow/logged-models/${loggedModel}` } as const;
    await server.ask({ ...call, body, doing: 'finish the logged model' }, isObject);
  }
  const body = { run_id: run, status: 'FINISHED', end_time: server.clock.now().getTime() };
  await server.ask(post('mlflow/runs/update', 'finish the run', body), isObject);
}

/** Deletes what belongs to no version (any more), as MLflow deletes: `mlflow gc` frees its room. It may fail: nothing shows it. */
export async function discard(
  server: MlflowServer,
  { run, loggedModel }: { readonly run: string | undefined; readonly loggedModel: string | undefined },
): Promise<void> {
  const calls: MlflowCall[] = [];
  if (loggedModel !== undefined)
    calls.push({
      method: 'DELETE',
      route: `mlflow/logged-models/${loggedModel}`,
      doing: 'delete the logged model',
    });
  if (run !== undefined) calls.push(post('mlflow/runs/delete', 'delete the run', { run_id: run }));
  for (const call of calls) {
    await server.answer({ ...call, once: true }).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
    });
  }
}
