/** A real MLflow server on the loopback interface, with a database and a folder of artifacts of its own. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PythonTool, pythonOf } from '../../scripts/python-tool.ts';
import { startServer } from './server.ts';

export interface Mlflow {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** The file of an artifact, by its place as MLflow writes it. */
  file(place: string): string;
  /** The answer to a question to the API. @throws Error for a refusal. */
  ask<T>(method: string, route: string, values?: Readonly<Record<string, unknown>>): Promise<T>;
  /** Removes all registered models. */
  clear(): Promise<void>;
  stop(): Promise<void>;
}

/** A database in memory: on a disk each write waits for it, and more than half of the tests' time goes there. */
const MEMORY = '/dev/shm';

export async function startMlflow(tool: PythonTool): Promise<Mlflow> {
  const artifacts = mkdtempSync(join(tmpdir(), 'mlflow-'));
  const database = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'mlflow-'));
  const argv = [
    ...[pythonOf(tool), '-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', '0', '--workers', '1'],
    ...['--backend-store-uri', `sqlite:///${join(database, 'mlflow.sqlite')}`],
    ...['--serve-artifacts', '--artifacts-destination', artifacts],
    // On a busy machine a worker that works is not one that hangs.
    ...(tool.version.startsWith('2.') ? ['--gunicorn-opts', '--timeout 3600'] : []),
  ];
  const remove = () => {
    for (const folder of [artifacts, database]) rmSync(folder, { recursive: true, force: true });
  };
  const server = await startServer(argv, /(?:running on|Listening at:) (http:\/\/127\.0\.0\.1:\d+)/, {
    // It calls no one.
    MLFLOW_DISABLE_TELEMETRY: 'true',
    DO_NOT_TRACK: 'true',
    // And has no jobs to run, which take eight processes.
    MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
    // What is compiled once is kept: most of a start is compiling.
    PYTHONDONTWRITEBYTECODE: '',
  }).catch((error: unknown) => {
    remove();
    throw error;
  });
  const ask = async <T>(method: string, route: string, values: Readonly<Record<string, unknown>> = {}) => {
    const isGet = method === 'GET';
    const query = isGet ? `?${new URLSearchParams(values as Record<string, string>)}` : '';
    const answer = await fetch(`${server.address}/api/2.0/mlflow/${route}${query}`, {
      method,
      ...(isGet ? {} : { body: JSON.stringify(values), headers: { 'content-type': 'application/json' } }),
    });
    if (!answer.ok) throw new Error(`${method} ${route}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  return {
    url: server.address,
    file: (place) => join(artifacts, place.replace(/^mlflow-artifacts:\/*/, '')),
    ask,
    async clear() {
      const { registered_models: models = [] } = await ask<{ registered_models?: { name: string }[] }>(
        'GET',
        'registered-models/search',
        { max_results: '1000' },
      );
      for (const { name } of models) await ask('DELETE', 'registered-models/delete', { name });
    },
    async stop() {
      await server.stop();
      remove();
    },
  };
}
