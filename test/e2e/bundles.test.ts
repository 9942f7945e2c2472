import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import type { Work } from '../../shared/host/scan-worker.ts';
import { pullRequestInto } from '../support/base-branch.ts';
import { BaseImages } from '../support/base-image.ts';
import { NODES, type StepOptions } from '../support/bundle.ts';
import { REPO, startFakeHub } from '../support/fake-hub.ts';
import { startFakeS3 } from '../support/fake-s3.ts';
import { startFaultyServer } from '../support/faulty-server.ts';
import { startGitHubServer } from '../support/github-server.ts';
import { startLoopback, startPrometheus } from '../support/loopback.ts';
import { startMlflowMemory } from '../support/mlflow-memory.ts';
import { startOciRegistry } from '../support/oci-registry.ts';
import {
  at,
  DEPLOYMENT,
  NAME,
  registerVersion,
  STORES,
  validation,
  writeModel,
  writeProject,
} from '../support/project.ts';
import { startSigstore } from '../support/sigstore.ts';
import { useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();

/** The bundles and chunks that the processes have loaded which wrote their coverage into the folder. */
function loaded(folder: string): string[] {
  const urls = readdirSync(folder).flatMap((file) => {
    const { result } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { result: { url: string }[] };
    return result.map(({ url }) => url);
  });
  return [...new Set(urls.filter((url) => /\/dist\/.*\.mjs$/.test(url)).map((url) => basename(url)))].sort();
}

function built(): string[] {
  const files = readdirSync('dist', { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.mjs'))
    .map((file) => basename(file))
    .sort();
}

/** Stores outside of any registry that hold a model of one file, `weights.json`. */
async function startStores(content: string) {
  const [s3, hub] = [await startFakeS3(), await startFakeHub()];
  const commit = '0123456789'.repeat(4);
  s3.put('demand/weights.json', content);
  hub.commit(commit, { 'weights.json': content });
  return {
    references: ['s3://models/demand/', `hf:${REPO}@${commit}`],
    env: {
      ...{ AWS_ENDPOINT_URL_S3: s3.url, AWS_REGION: 'eu-central-1' },
      ...{ AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret', HF_ENDPOINT: hub.url },
    },
    close: async () => {
      await Promise.all([s3.close(), hub.close()]);
    },
  };
}

/** What training elsewhere has made, of a model without a name. */
const TRAINED = {
  schema: 'ml-loop/trained@1',
  name: 'default',
  model: 's3://models/demand/',
  digest: `sha256:${'0'.repeat(64)}`,
};

describe.each([24, 20] as const)('under Node %i', (node) => {
  const coverage = mkdtempSync(join(tmpdir(), 'ml-loop-coverage-'));
  const env = { NODE_V8_COVERAGE: coverage };
  const options: Partial<StepOptions> = { node, env };
  const servers: { close(): Promise<void> }[] = [];
  const opened = <S extends { close(): Promise<void> }>(server: S): S => {
    servers.push(server);
    return server;
  };
  afterAll(() => rmSync(coverage, { recursive: true, force: true }));
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  test('the binary is of that version', () => {
    expect(execFileSync(NODES[node], ['--version'], { encoding: 'utf8' })).toMatch(
      new RegExp(`^v${node}\\.`),
    );
  });

  test('every bundle does its work', async () => {
    writeProject(space);
    writeModel(space, 'model', 4);

    const numbers = Array.from({ length: 400 }, (_, i) => (i * 7919) % 101);
    space.write('train.csv', ['temp', ...numbers.map(String)]);
    space.write('today.csv', ['temp', ...numbers.map((value) => String(value + 40))]);
    space.write('contract.yml', 'properties: { temp: { type: number } }\nanyOf: [{ required: [temp] }]\n');
    const data = await space.step(
      'validate-data',
      { data: 'train.csv', reference: 'today.csv', contract: 'contract.yml' },
      options,
    );
    expect(data).toMatchObject({
      exit: 1,
      stderr: '',
      temporary: [],
      outputs: { rows: '400', 'invalid-rows': '0' },
    });
    expect(space.statuses('validate-data')).toMatchObject({ 'row.rule': 'pass', 'drift.feature': 'fail' });
    expect(space.read(data.outputs.report ?? '')).toMatch(/<svg[^>]*class="plot"/);

    await space.step('validate-data', { data: 'train.csv' }, options);
    const model = await space.step('validate-model', { ...validation('model'), now: at(0) }, options);
    expect(model).toMatchObject({ exit: 0, stderr: '', temporary: [], outputs: { status: 'pass' } });
    const registered = await space.step(
      'register-model',
      { name: NAME, ...STORES, model: 'model', now: at(0) },
      options,
    );
    expect(registered).toMatchObject({ exit: 0, stderr: '', outputs: { version: '1.0.0', created: 'true' } });

    const prometheus = await startPrometheus({ requests: 500, errors: 2 });
    const endpoint = await startLoopback(() => ({ body: { prediction: 105 } }));
    space.write('judged.csv', ['hour,prediction', '1,105']);
    const queries =
      '{canary-requests: requests, canary-errors: errors, stable-requests: none, stable-errors: none}';
    const deployment = {
      ...DEPLOYMENT,
      metrics: `prometheus+${prometheus.url}`,
      queries,
      replay: 'judged.csv',
      endpoint: endpoint.url,
      steps: '[{weight: 100, at-least: 1m, requests: 100}]',
      'max-error-rate': '5%',
    };
    const started = await space.step('deploy-canary', { ...deployment, now: at(0) }, options);
    expect(started).toMatchObject({
      exit: 0,
      stderr: '',
      temporary: [],
      outputs: { phase: 'step', weight: '100' },
    });
    await Promise.all([prometheus.close(), endpoint.close()]);

    const github = await startGitHubServer();
    const drift = await space.step(
      'check-drift',
      { reference: 'train.csv', current: 'today.csv', dispatch: 'retrain', 'github-token': 'write-token' },
      { node, env: { ...env, GITHUB_API_URL: github.url, GITHUB_REPOSITORY: github.repository } },
    );
    expect(drift).toMatchObject({ exit: 0, stderr: '', outputs: { drift: 'true', retrain: 'true' } });
    expect(github.dispatches).toHaveLength(1);
    expect(space.read(drift.outputs.report ?? '')).toMatch(/<svg[^>]*class="plot"/);
    await github.close();

    space.write(
      'ml-loop.yml',
      'validate-data: { data: train.csv, contract: contract.yml, integrity: off }\n',
    );
    const root = await space.step('root', {}, options);
    expect(root).toMatchObject({
      exit: 0,
      stderr: '',
      outputs: { status: 'pass', report: 'ml-loop-report/index.html' },
    });
    const dispatched = await space.step(
      'root',
      {},
      { ...options, event: { name: 'repository_dispatch', payload: { client_payload: TRAINED } } },
    );
    expect(dispatched).toMatchObject({ exit: 0, stderr: '', outputs: { status: 'pass' } });
    const cli = await space.cli(['run', '--outputs'], { node, env });
    expect(cli).toMatchObject({ exit: 0, stdout: expect.stringContaining('status=pass\n') });
    const matrix = await space.step('root', { stage: 'matrix' }, options);
    expect(matrix).toMatchObject({ exit: 0, stderr: '', outputs: { count: '1' } });
    const printed = await space.cli(['matrix', '--name', 'demand'], { node, env });
    expect(printed).toMatchObject({ exit: 0, stdout: expect.stringMatching(/^\[{"name":"demand",.*}\]\n$/) });
  });

  const judgedByNumbers = (file: string, content: string) => {
    space.write(file, content);
    return space.step('validate-model', { candidate: file, conditions: 'mae <= 20' }, options);
  };

  test('a metrics file is read, in JSON', async () => {
    const run = await judgedByNumbers('metrics.json', '{"mae": 4}');
    expect(run).toMatchObject({ exit: 0, stderr: '', outputs: { status: 'warn' } });
  });

  test('a metrics file is read, in YAML', async () => {
    const run = await judgedByNumbers('metrics.yml', 'mae: 4\n');
    expect(run).toMatchObject({ exit: 0, stderr: '', outputs: { status: 'warn' } });
  });

  test('data of other formats are judged by contracts of other formats', async () => {
    const fixture = (name: string) => resolve('test/fixtures', name);
    const parquet = await space.step('validate-data', { data: fixture('parquet/snappy.parquet') }, options);
    expect(parquet).toMatchObject({ exit: 0, stderr: '' });
    const imported = await space.step(
      'validate-data',
      { data: fixture('contracts/people.bad.csv'), contract: fixture('contracts/people.suite.json') },
      options,
    );
    expect(imported).toMatchObject({ exit: 1, stderr: '', outputs: { status: 'fail' } });
    space.write('wrong.yml', 'properties: { id: { type: nummber } }\n');
    const wrong = { data: fixture('contracts/people.bad.csv'), contract: 'wrong.yml' };
    expect(await space.step('validate-data', wrong, options)).toMatchObject({ exit: 2 });
    space.write('cities.csv', ['name', 'Bern', 'Basel']);
    space.write('people.csv', ['id,city,from,to,label', '1,Bern,1,2,0', '2,Genf,4,3,1', '3,Basel,1,9,1']);
    space.write('people.yml', [
      'properties: { id: { type: integer }, from: { type: integer }, to: { type: integer } }',
      'x-ml-loop:',
      '  foreign-keys: [{ columns: [city], file: cities.csv, references: [name] }]',
      '  rules: [{ name: to after from, compare: [to, ">=", from] }]',
    ]);
    const people = { data: 'people.csv', contract: 'people.yml', label: 'label' };
    const ruled = await space.step('validate-data', people, options);
    expect(ruled).toMatchObject({ exit: 1, stderr: '' });
    expect(space.statuses('validate-data')).toMatchObject({
      'table.foreign-key': 'fail',
      'row.rule': 'fail',
    });
  });

  test('Parquet is read for a model too, and again if rows may be the same', async () => {
    const file = resolve('test/fixtures/parquet/snappy.parquet');
    const model = await space.step(
      'validate-model',
      { candidate: file, conditions: 'column(single) >= 0', columns: '{single: {}}', ledger: 'off' },
      options,
    );
    // So few rows of a loss without a limit show nothing.
    expect(model).toMatchObject({ exit: 1, stderr: '', outputs: { status: 'inconclusive' } });
    space.write('a.parquet', readFileSync(file));
    space.write('b.parquet', readFileSync(file));
    const twice = await space.step('validate-data', { data: '[a.parquet, b.parquet]' }, options);
    expect(twice).toMatchObject({ exit: 0, stderr: '' });
    expect(space.statuses('validate-data')).toMatchObject({ 'integrity.duplicates': 'warn' });
  });

  test('profiles are merged, and read where a version has one', async () => {
    writeProject(space);
    const profiles = [];
    for (const id of ['first', 'second']) {
      const { outputs } = await space.step('validate-data', { data: 'test.csv', 'report-id': id }, options);
      profiles.push(outputs.profile ?? '');
    }
    const merged = { data: 'test.csv', reference: JSON.stringify(profiles), 'report-id': 'merged' };
    expect(await space.step('validate-data', merged, options)).toMatchObject({ exit: 0, stderr: '' });
    const evidence = [{ name: 'profile.json', content: space.read(profiles[0] ?? '') }];
    await registerVersion(space, { version: '1.0.0', alias: 'champion', off: 8, evidence });
    writeModel(space, 'model', 4);
    const known = await space.step('validate-model', validation('model'), options);
    // The test data are what the champion was profiled with.
    expect(known).toMatchObject({ exit: 1, stderr: '' });
    expect(space.statuses('validate-model')).toMatchObject({ 'rows.training-data': 'fail' });
  });

  test('models are kept by each registry, in an image, and where they are', async () => {
    writeProject(space);
    writeModel(space, 'model', 4);
    await space.step('validate-model', { ...validation('model'), now: at(0) }, options);
    const containers = opened(await startOciRegistry());
    const github = opened(await startGitHubServer());
    const mlflow = opened(await startMlflowMemory());
    new BaseImages(containers.store).image('1');
    const program = resolve('examples/registry-program/registry.py');
    const oci = `oci://${containers.host}/acme`;
    const image = `{base: '${containers.host}/lib/base:1', target: '${containers.host}/acme/server'}`;
    const given = { name: NAME, ...STORES, 'github-token': 'write-token', now: at(0) };
    const job = {
      ...options,
      env: { ...env, GITHUB_API_URL: github.url, GITHUB_REPOSITORY: github.repository },
    };
    for (const registry of [oci, `github:${github.repository}`, `mlflow:${mlflow.url}`, `exec:${program}`]) {
      const made = await space.step('register-model', { ...given, registry, model: 'model', image }, job);
      expect(made).toMatchObject({ exit: 0, stderr: '', outputs: { version: '1.0.0', created: 'true' } });
      const verified = await space.step('register-model', { ...given, registry, operation: 'verify' }, job);
      expect(verified).toMatchObject({ exit: 0, stderr: '', outputs: { status: 'pass' } });
    }
    const stores = opened(await startStores(space.read('model/weights.json')));
    const stored = containers.store.repo(`acme/${NAME}`).tags.get('1.0.0');
    for (const model of [...stores.references, `${oci}/${NAME}@${stored}`]) {
      const there = { ...job, env: { ...job.env, ...stores.env } };
      const made = await space.step('register-model', { ...given, registry: `${oci}/there`, model }, there);
      expect(made).toMatchObject({ exit: 0, stderr: '', outputs: { status: 'pass' } });
    }
  });

  test('verdicts are signed, and signatures are verified', async () => {
    writeProject(space);
    writeModel(space, 'model', 4);
    const sigstore = opened(await startSigstore());
    space.write('root.json', sigstore.publicRoot);
    const job = {
      ...options,
      event: { name: 'push', payload: { repository: { default_branch: 'main' } } },
      env: {
        ...env,
        ...sigstore.env,
        ...{ GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'acme/demand' },
        // What is not on the loopback interface is not reached.
        ...{ https_proxy: 'http://127.0.0.1:9', no_proxy: '127.0.0.1' },
      },
    };
    const signing = { sigstore: JSON.stringify(sigstore.services.public), now: at(0) };
    await space.step('validate-model', { ...validation('model'), ...signing }, job);
    const given = { name: NAME, ...STORES, ...signing, 'require-attested': 'true' };
    const trusted = { ...given, 'trusted-root': 'root.json' };
    const made = await space.step('register-model', { ...trusted, model: 'model' }, job);
    expect(made).toMatchObject({ exit: 0, stderr: '', outputs: { status: 'pass' } });
    const without = await space.step('register-model', { ...given, operation: 'verify' }, job);
    expect(without).toMatchObject({ exit: 1 });
    expect(JSON.stringify(space.verdict('register-model').checks)).toContain('the trusted root of Sigstore');
  });

  test('classes are read of a contract', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => `${i},${i % 2 ? 'b' : 'a'},${i % 2 ? 'b' : 'a'}`);
    space.write('scored.csv', ['id,label,prediction', ...rows]);
    space.write('contract.yml', 'properties: { label: { enum: [a, b, c] } }\n');
    const asked = { candidate: 'scored.csv', contract: 'contract.yml', conditions: 'accuracy >= 0.5' };
    const judged = await space.step('validate-model', { ...asked, ledger: 'off' }, options);
    expect(judged).toMatchObject({ exit: 0, stderr: '' });
  });

  test('what may be missing on a pull request is read from its base', async () => {
    space.write('ml-loop.yml', [
      'defaults: { allow-missing: [validate-data] }',
      'validate-data: { data: later.csv }',
    ]);
    const git = (...argv: string[]) => {
      const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.org'];
      return execFileSync('git', [...who, ...argv], { cwd: space.folder, encoding: 'utf8' }).trim();
    };
    git('init', '-q');
    git('add', 'ml-loop.yml');
    git('commit', '-qm', 'base');
    const payload = { pull_request: { base: { sha: git('rev-parse', 'HEAD') } } };
    const run = await space.step('root', {}, { ...options, event: { name: 'pull_request', payload } });
    expect(run).toMatchObject({ exit: 0, stderr: '', outputs: { status: 'warn' } });
  });

  test('a pull request is told, by the step and by a gate', async () => {
    const tokens = { all: { contents: 'read', checks: 'write', 'pull-requests': 'write' } } as const;
    const github = opened(await startGitHubServer({ tokens }));
    const base = github.push('refs/heads/main', 'ml-loop.yml', 'validate-data: { data: train.csv }');
    const head = github.push('refs/heads/change', 'train.csv', 'temp');
    space.write('train.csv', ['temp', '1', 'x']);
    space.write('contract.yml', 'properties: { temp: { type: number } }\n');
    const pull = {
      number: 7,
      head: { sha: head, repo: { full_name: github.repository } },
      base: { sha: base },
    };
    const place = { GITHUB_API_URL: github.url, GITHUB_REPOSITORY: github.repository };
    const how = {
      node,
      env: { ...env, ...place, GITHUB_SERVER_URL: 'https://github.com' },
      event: { name: 'pull_request', payload: { pull_request: pull } },
    };
    const given = { 'github-token': 'all', 'report-directory': 'reports' };
    await space.step('validate-data', { ...given, data: 'train.csv', contract: 'contract.yml' }, how);
    const gate = await space.step('root', { ...given, stage: 'report' }, how);
    expect(gate).toMatchObject({ exit: 1, stderr: '', outputs: { status: 'fail' } });
    expect(github.conversations.comments).toHaveLength(1);
    expect(github.conversations.checkRuns.map(({ conclusion }) => conclusion)).toContain('failure');
  });

  test('a model is trained elsewhere, and a pull request asks for its promotion', async () => {
    const github = opened(await startGitHubServer());
    github.push('refs/heads/main', 'README.md', 'hello');
    const place = { GITHUB_API_URL: github.url, GITHUB_REPOSITORY: github.repository };
    const how = { node, env: { ...env, ...place } };
    const token = { 'github-token': 'write-token', state: 'auto' };
    const answer = `require('fs').writeFileSync(process.env.ML_LOOP_TRAINING, '{"status":"submitted","job":"demand-17"}')`;
    const command = JSON.stringify(['node', '-e', answer]);
    const trained = await space.step('train', { ...token, name: 'demand', where: 'elsewhere', command }, how);
    expect(trained).toMatchObject({
      exit: 0,
      stderr: '',
      outputs: { training: 'submitted', job: 'demand-17' },
    });
    await registerVersion(space, { version: '1.0.0', alias: 'candidate', off: 4 });
    const asked = { approval: 'before-traffic', promotion: 'promotions/demand.json', 'max-error-rate': '5%' };
    const deployed = await space.step(
      'deploy-canary',
      { ...DEPLOYMENT, ...token, ...asked, now: at(30) },
      how,
    );
    expect(deployed).toMatchObject({ exit: 0, stderr: '', outputs: { phase: 'awaiting-approval' } });
    expect(deployed.outputs['pull-request']).toMatch(/\/pull\/1$/);
  });

  test('looks at a candidate are counted', async () => {
    writeProject(space);
    writeModel(space, 'model', 4);
    const judged = await space.step('validate-model', { ...validation('model'), looks: '2' }, options);
    expect(judged).toMatchObject({ stderr: '', outputs: { 'looks-left': '1' } });
  });

  test('lineage follows a version back', async () => {
    writeProject(space);
    await registerVersion(space, { version: '1.0.0', alias: 'champion' });
    const { registry, state } = STORES;
    const args = [
      'lineage',
      '--name',
      NAME,
      '--registry',
      registry,
      '--state',
      state,
      '--html',
      'lineage.html',
    ];
    const run = await space.cli(args, { node, env });
    expect(run).toMatchObject({ exit: 0, stderr: '', stdout: expect.stringContaining('demand 1.0.0') });
    expect(space.read('lineage.html')).toContain('demand 1.0.0');
  });

  test('a use of a test set is counted afterwards', async () => {
    writeProject(space);
    writeModel(space, 'model', 4);
    const asked = { ...validation('model'), now: at(0) };
    await space.step('validate-model', asked, { ...options, event: pullRequestInto(space) });
    const verdict = 'ml-loop-report/validate-model/verdict.json';
    const counted = await space.step(
      'validate-model',
      { operation: 'record-use', verdict, name: NAME, state: STORES.state, 'report-id': 'use', now: at(1) },
      options,
    );
    expect(counted).toMatchObject({ exit: 0, stderr: '', outputs: { status: 'pass' } });
  });

  test('validate-data reads of a Delta table what is in it', async () => {
    space.write('t/a.parquet', readFileSync(resolve('test/fixtures/parquet/snappy.parquet')));
    space.write('t/_delta_log/00000000000000000000.json', ['{"add":{"path":"a.parquet"}}']);
    const read = await space.step('validate-data', { data: 't', 'report-id': 'delta' }, options);
    expect(read).toMatchObject({ exit: 0, stderr: '' });
  });

  // Only large files are scanned by several threads.
  test('a thread scans the part of a file that it is given', () => {
    space.write('train.csv', ['temp', '1', '2', '3']);
    space.write('some.parquet', readFileSync(resolve('test/fixtures/parquet/snappy.parquet')));
    const common = {
      ...({ fileIndex: 0, last: true, keys: [], maxLocations: 3, samples: 'hide', memory: 1e6 } as const),
      ...{ contract: undefined, now: undefined, patternLimitMs: undefined, compare: undefined },
      ...{
        layout: undefined,
        forms: undefined,
        reference: undefined,
        partition: undefined,
        missing: undefined,
        limits: undefined,
      },
    };
    const tasks: readonly Work['task'][] = [
      {
        ...common,
        file: 'train.csv',
        from: 5,
        to: 11,
        syntax: { delimiter: ',', layout: {} },
        columns: ['temp'],
      },
      { ...common, file: 'some.parquet', from: 0, to: 1, syntax: 'parquet', columns: [] },
    ];
    const script = `
      const { Worker } = require('node:worker_threads');
      const [file, work] = process.argv.slice(1);
      new Worker(file, { workerData: JSON.parse(work) }).on('message', (answer) => {
        console.log(Object.keys(answer).join(), answer.result?.whole);
      });`;
    for (const task of tasks) {
      const work: Work = { task, workingDirectory: space.folder, spillFolder: undefined };
      const argv = ['-e', script, resolve('dist/scan-worker.mjs'), JSON.stringify(work)];
      const told = execFileSync(NODES[node], argv, { encoding: 'utf8', env: { ...process.env, ...env } });
      expect(told).toBe('result true\n');
    }
  });

  test('init looks at a repository', async () => {
    space.write('rows.csv', ['id,y', '1,2', '2,3']);
    const run = await space.cli(['init'], { node, env });
    expect(run).toMatchObject({ exit: 0, stderr: '' });
    expect(space.files()).toContain('ml-loop.yml');
    const doctor = await space.cli(['doctor', '--json'], { node, env });
    expect(JSON.parse(doctor.stdout)).toMatchObject({ action: 'doctor', status: 'inconclusive' });
  });

  test('validate-data asks where data are', async () => {
    const server = await startFaultyServer(() => ({ status: 404 }));
    const stores = {
      ...{ AWS_ENDPOINT_URL_S3: server.url, STORAGE_EMULATOR_HOST: server.url },
      ...{ AZURE_STORAGE_SERVICE_ENDPOINT: server.url, AZURE_STORAGE_ACCOUNT: 'acme' },
    };
    try {
      for (const data of ['s3://b1/a.csv', 'gs://b1/a.csv', 'az://b1/a.csv', `${server.url}/a.csv`]) {
        const run = await space.cli(['validate-data', '--data', data], { node, env: { ...env, ...stores } });
        expect(run.exit).toBe(2);
        expect(run.stderr).toContain('a.csv');
      }
    } finally {
      await server.close();
    }
  });

  test('every chunk was loaded by some of it', () => {
    expect(loaded(coverage)).toEqual(built());
  });
});
