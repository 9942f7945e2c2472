/** Where a version's files go: an MLflow run, and on MLflow 3 a logged model of that run. */
import { UserError } from '../../problem/problem.ts';
import {
  experiment as isExperiment,
  loggedModel as isLoggedModel,
  madeExperiment as isMadeExperiment,
  validate as isObject,
  run as isRun,
} from '../../schema/generated/mlflow.js';
import { shapeReader } from '../../schema/shape.ts';
import type { NewVersion } from '../registry.ts';
import { isThere, isUnknownRoute } from './refusal.ts';
import type { Call, Server } from './server.ts';

/** Places that belong to one attempt to register a version, and to nothing else. */
export interface Places {
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
export async function makePlaces(server: Server, { name, version, bundle }: NewVersion): Promise<Places> {
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
  const logged = await loggedModelOf(server, { experiment, run: id });
  if (logged === undefined) {
    const files = `${root}/model`;
    return { run: id, loggedModel: undefined, source: files, files, record };
  }
  const { model_id: model, artifact_uri: files } = logged.model.info;
  return { run: id, loggedModel: model, source: `models:/${model}`, files, record };
}

async function experimentOf(server: Server, name: string): Promise<string> {
  const found = async () => {
    const route = 'mlflow/experiments/get-by-name';
    const doing = `find the experiment ${name}`;
    const call = { method: 'GET', route, query: { experiment_name: name }, doing } as const;
    return (await server.find<Experiment>(call, isExperiment))?.experiment;
  };
  const known = await found();
  if (known === undefined) {
    const call = post('mlflow/experiments/create', `make the experiment ${name}`, { name });
    const answer = await server.answer(call);
    if (answer.status === 200) return made(answer.text, server.where(call.route));
    // Another run may have made it meanwhile.
    if (!isThere(answer)) return server.refuse(answer, call);
  }
  const { experiment_id: id, lifecycle_stage: stage = 'active' } = known ?? (await found()) ?? {};
  if (id !== undefined && stage === 'active') return id;
  throw new UserError({
    what: `the experiment ${name} was deleted, and MLflow keeps its name`,
    where: server.address.base,
    fix: 'restore it (mlflow experiments restore), or remove it for good (mlflow gc)',
  });
}

function made(text: string, where: string): string {
  const shaped = shapeReader<{ readonly experiment_id: string }>(isMadeExperiment)(text, where);
  if ('value' in shaped) return shaped.value.experiment_id;
  throw new UserError(shaped.problems);
}

/** Undefined on MLflow 2, which has no logged models. */
async function loggedModelOf(
  server: Server,
  { experiment, run }: { readonly experiment: string; readonly run: string },
): Promise<LoggedModel | undefined> {
  const body = { experiment_id: experiment, name: 'model', source_run_id: run };
  const call = post('mlflow/logged-models', 'log the model', body);
  const answer = await server.answer(call);
  if (isUnknownRoute(answer)) return undefined;
  if (answer.status !== 200) return server.refuse(answer, call);
  const where = server.where(call.route);
  const shaped = shapeReader<LoggedModel>(isLoggedModel)(answer.text, where);
  if ('value' in shaped) return shaped.value;
  throw new UserError(shaped.problems);
}

/** Says that all files are there. */
export async function finish(server: Server, { run, loggedModel }: Places): Promise<void> {
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
  server: Server,
  { run, loggedModel }: { readonly run: string | undefined; readonly loggedModel: string | undefined },
): Promise<void> {
  const calls: Call[] = [];
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

export function post(route: string, doing: string, body: Readonly<Record<string, unknown>>): Call {
  return { method: 'POST', route, body, doing };
}
