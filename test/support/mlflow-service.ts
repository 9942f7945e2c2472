/** The tests on MLflow's own server, with MLflow's own client. A file for each version, so that they run side by side. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type PythonTool, pythonOf } from '../../scripts/python-tool.ts';
import { ClientHttp } from '../../shared/host/http.ts';
import { parseMlflowAddress } from '../../shared/registry/mlflow/address.ts';
import { mlflowRegistry } from '../../shared/registry/mlflow/registry.ts';
import { AliasConflict, type ModelVersion } from '../../shared/registry/registry.ts';
import { describeWith } from './clients.ts';
import { type Mlflow, startMlflow } from './mlflow.ts';
import { newVersion } from './models.ts';
import { REAL_CLOCK } from './oci-space.ts';
import { registryContract } from './registry-contract.ts';

const START_MS = 300_000;
/** Of runs that move an alias at once. */
const ROUNDS = 3;

function openAt(url: string) {
  return mlflowRegistry(parseMlflowAddress(`mlflow:${url}`), {
    http: new ClientHttp(),
    clock: REAL_CLOCK,
    log: { info: () => {} },
  });
}

/** MLflow's own number of a version, which its address ends in. */
const numberOf = ({ uri }: ModelVersion) => uri.slice(uri.lastIndexOf('/') + 1);

/** What MLflow's own client says of a model: its versions, its aliases, and the bytes that a load would get. */
const CLIENT = `
import hashlib, json, os, sys
import mlflow
uri, name, alias = sys.argv[1:]
mlflow.set_tracking_uri(uri)
client = mlflow.MlflowClient()
folder = mlflow.artifacts.download_artifacts(f"models:/{name}@{alias}")
files = {}
for root, _, found in os.walk(folder):
    for file in found:
        path = os.path.join(root, file)
        with open(path, "rb") as opened:
            files[os.path.relpath(path, folder)] = hashlib.sha256(opened.read()).hexdigest()
files.pop("registered_model_meta", None)
versions = {v.version: dict(v.tags) for v in client.search_model_versions(f"name='{name}'")}
version = client.get_model_version_by_alias(name, alias)
run = client.get_run(version.run_id)
print(json.dumps({"files": files, "versions": {str(k): v for k, v in versions.items()}, "alias": str(version.version), "run": run.info.status, "tags": dict(client.get_registered_model(name).tags)}))
`;

interface Told {
  readonly files: Readonly<Record<string, string>>;
  readonly versions: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly alias: string;
  readonly run: string;
  readonly tags: Readonly<Record<string, string>>;
}

async function clientOf(tool: PythonTool, ...args: readonly string[]): Promise<Told> {
  const { stdout } = await promisify(execFile)(pythonOf(tool), ['-c', CLIENT, ...args]);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Told;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** Declares the tests of one version of MLflow: one server, whose models are removed before each test. */
export function mlflowService(tool: PythonTool): void {
  const label = `MLflow ${tool.version}`;

  describeWith(tool)(label, () => {
    let server: Mlflow;
    beforeAll(async () => {
      server = await startMlflow(tool);
    }, START_MS);
    afterAll(() => server.stop());

    registryContract(`mlflow: on ${label}`, {
      comparesAndSets: false,
      async fresh() {
        await server.clear();
        return {
          open: () => openAt(server.url),
          async damage(version, path, content) {
            const { name } = version;
            const found = await server.ask<{ model_version: { tags: { key: string; value: string }[] } }>(
              'GET',
              'model-versions/get',
              { name, version: numberOf(version) },
            );
            const folder = found.model_version.tags.find(({ key }) => key === 'ml-loop.files')?.value;
            writeFileSync(join(server.file(folder ?? ''), path), content);
          },
        };
      },
    });

    test(
      'gives its own client what ml-loop registered: versions, the alias, the bytes',
      async () => {
        await server.clear();
        const registry = openAt(server.url);
        const files = { 'weights.bin': 'abc', 'a b/ü.json': '{}', empty: '' };
        const first = await registry.create(newVersion(files, { name: 'read' }));
        const second = await registry.create(newVersion({ model: '2' }, { name: 'read', version: '1.1.0' }));
        await registry.setAlias('read', 'champion', '1.0.0');
        const told = await clientOf(tool, server.url, 'read', 'champion');
        expect(told.files).toEqual(
          Object.fromEntries(Object.entries(files).map(([path, content]) => [path, sha256(content)])),
        );
        expect(told.alias).toBe(numberOf(first));
        expect(told.run).toBe('FINISHED');
        expect(told.versions[numberOf(first)]).toMatchObject({
          'ml-loop.version': '1.0.0',
          'ml-loop.digest': first.digest,
          'ml-loop.state': 'ready',
        });
        expect(told.versions[numberOf(second)]).toMatchObject({ 'ml-loop.version': '1.1.0' });
        expect(JSON.parse(told.tags['ml-loop.alias.champion'] ?? '')).toMatchObject({ version: '1.0.0' });
      },
      START_MS,
    );

    test(
      'tells each of the runs that move one alias at once, if it is not where it put it',
      async () => {
        await server.clear();
        const versions = ['1.0.0', '1.1.0', '1.2.0', '1.3.0'];
        for (const version of versions)
          await openAt(server.url).create(newVersion({ model: version }, { version }));
        for (let round = 0; round < ROUNDS; round++) {
          const alias = `alias${round}`;
          // First there is no row of the alias, then there is one.
          for (const expected of [null, undefined]) {
            const moves = versions.map((version) =>
              openAt(server.url).setAlias('demand', alias, version, expected),
            );
            const settled = await Promise.allSettled(moves);
            for (const each of settled)
              if (each.status === 'rejected') expect(each.reason).toBeInstanceOf(AliasConflict);
            const { [alias]: holds } = await openAt(server.url).aliases('demand');
            expect(versions).toContain(holds);
            if (expected === undefined) expect(settled.map(({ status }) => status)).not.toContain('rejected');
          }
        }
      },
      START_MS,
    );
  });
}
