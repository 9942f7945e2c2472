/**
 * A user's repository on a GitHub of our own: the API, a registry, and act in the place of the runners. An event starts the
 * workflows that GitHub would start for it, and so does a dispatch that a workflow sends.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { parse } from 'yaml';
import { pythonOf } from '../../../scripts/python-tool.ts';
import { SCIKIT_LEARN } from '../../../scripts/workflow-tools.ts';
import { rewritten, targetOf } from '../../../scripts/workflows/rewrite.ts';
import { createPorts } from '../../../shared/host/ports.ts';
import { productionNow } from '../../../shared/registry/compared.ts';
import { openRegistry } from '../../../shared/registry/open.ts';
import { type Dispatch, type GitHubServer, startGitHubServer } from '../../support/github-server.ts';
import { type OciRegistryServer, startOciRegistry } from '../../support/oci-registry.ts';
import { type ActRun, runAct } from './act.ts';
import { type Internet, startInternet } from './internet.ts';
import { type Files, UserRepository } from './repository.ts';

const REPOSITORY = 'acme/models';
/** The logs of all runs, for who looks for the reason of a failure. */
const LOGS = '.cache/workflow-logs';

export interface WorldOptions {
  /** The folder that the repository begins as. */
  readonly files: string;
  /** GitHub's own runners, or machines of the team's. */
  readonly runners: 'github-hosted' | 'self-hosted';
}

/** An event as GitHub sends it. */
export interface GitHubEvent {
  readonly name: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** The branch of the pull request. */
  readonly branch?: string;
  /** Who did it; `ada` if left out. */
  readonly actor?: string;
  /** The commit of the push; the newest of `main` for other events. */
  readonly commit?: string;
}

/** An attempt of a run. */
export interface Attempt {
  readonly runId: string;
  readonly attempt: number;
}

/** What the job's own tokens may do: all that the templates grant, and on pull requests of a branch what ml-ci grants. */
const TOKENS = {
  'write-token': {
    contents: 'write',
    checks: 'write',
    statuses: 'write',
    issues: 'write',
    'pull-requests': 'write',
  },
  'read-token': { contents: 'read', checks: 'write', statuses: 'write', 'pull-requests': 'write' },
} as const;

export class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'workflows-'));
  readonly github: GitHubServer;
  readonly registry: OciRegistryServer;
  readonly repository: UserRepository;
  /** All runs so far, with those that a dispatch started. */
  readonly runs: ActRun[] = [];
  readonly #runners: WorldOptions['runners'];
  /** Dispatches that workflows send are answered while those still run. */
  readonly #dispatched: Promise<unknown>[] = [];
  readonly #name: string;
  readonly #internet: Internet;
  #runId = 1000;

  private constructor(options: WorldOptions, { github, registry, internet }: Servers) {
    this.github = github;
    this.registry = registry;
    this.#internet = internet;
    this.#runners = options.runners;
    this.#name = basename(options.files);
    mkdirSync(LOGS, { recursive: true });
    this.repository = new UserRepository(join(this.folder, 'repository'), {
      name: REPOSITORY,
      files: options.files,
    });
    copyRelease(join(this.folder, 'release'));
  }

  static async start(options: WorldOptions): Promise<World> {
    let world: World | undefined;
    const github = await startGitHubServer({
      repository: REPOSITORY,
      tokens: TOKENS,
      onDispatch: (dispatch) => world?.dispatched(dispatch),
    });
    const registry = await startOciRegistry();
    const internet = await startInternet({
      'api.github.com': Number(new URL(github.url).port),
      'ghcr.io': Number(new URL(`http://${registry.host}`).port),
    });
    world = new World(options, { github, registry, internet });
    world.commit({});
    return world;
  }

  commit(files: Files, options: { branch?: string; message?: string } = {}): string {
    const commit = this.repository.commit(files, options);
    this.adopt();
    return commit;
  }

  /** Takes over what was committed, as a push to GitHub does. */
  adopt(): void {
    this.github.git.adopt(this.repository.folder);
  }

  /** Runs what GitHub would run for the event, one workflow after the other, and all that those dispatch. */
  async send(event: GitHubEvent): Promise<ActRun[]> {
    const before = this.runs.length;
    for (const workflow of this.workflowsFor(event)) await this.#runAndFollow(workflow, event);
    while (this.#dispatched.length > 0) await this.#dispatched.shift();
    return this.runs.slice(before);
  }

  push(): Promise<ActRun[]> {
    return this.send(this.pushOf(this.repository.git('rev-parse', 'main')));
  }

  pushOf(commit: string): GitHubEvent {
    const payload = { ref: 'refs/heads/main', after: commit, head_commit: { id: commit } };
    return { name: 'push', payload: { ...this.#origin(), ...payload }, commit };
  }

  pullRequest(branch: string, { number = 7 } = {}): Promise<ActRun[]> {
    const { repository } = this.#origin();
    const side = (ref: string) => ({ ref, sha: this.repository.git('rev-parse', ref), repo: repository });
    const pull_request = { number, base: side('main'), head: side(branch), draft: false };
    const payload = { ...this.#origin(), action: 'synchronize', number, pull_request };
    return this.send({ name: 'pull_request', payload, branch });
  }

  schedule(cron: string): Promise<ActRun[]> {
    return this.send({ name: 'schedule', payload: { ...this.#origin(), schedule: cron } });
  }

  dispatchByHand(
    workflow: string,
    inputs: Readonly<Record<string, string>>,
    actor = 'ada',
  ): Promise<ActRun[]> {
    return this.send({
      name: 'workflow_dispatch',
      actor,
      payload: { ...this.#origin(), workflow: `.github/workflows/${workflow}`, inputs },
    });
  }

  /** What GitHub answers a `POST /dispatches` with: the workflows that wait for this type. */
  dispatched({ event_type, client_payload }: Dispatch): void {
    const event = {
      name: 'repository_dispatch',
      payload: { ...this.#origin(), action: event_type, branch: 'main', client_payload },
    };
    const runs = async () => {
      for (const workflow of this.workflowsFor(event)) await this.#runAndFollow(workflow, event);
    };
    this.#dispatched.push(runs());
  }

  /** Runs a workflow, and those that wait for its end. */
  async #runAndFollow(workflow: string, event: GitHubEvent): Promise<void> {
    const { exit, runId } = await this.run(workflow, event);
    const { branch = 'main' } = event;
    const { name } = parse(this.repository.git('show', `${branch}:.github/workflows/${workflow}`));
    const workflow_run = {
      id: runId,
      name,
      event: event.name,
      conclusion: exit === 0 ? 'success' : 'failure',
    };
    const ended = {
      name: 'workflow_run',
      payload: { ...this.#origin(), action: 'completed', workflow: { name }, workflow_run },
    };
    for (const follower of this.workflowsFor(ended)) await this.run(follower, ended);
  }

  /** What a registry, by default GitHub's own, says of a model: its versions, the newest first, and which one is in production. */
  async model(
    name: string,
    registry = `oci://${this.registry.host}/${REPOSITORY}`,
  ): Promise<{ versions: string[]; champion: string | undefined }> {
    const ports = createPorts({ workingDirectory: this.folder, reportFolder: 'unused' });
    const opened = await openRegistry(
      { registry, 'registry-timeout': 60_000, 'state-persistent': true },
      ports,
    );
    const { versions, champion } = await productionNow(opened, name);
    return { versions: versions.map(({ version }) => version).sort(), champion: champion?.version };
  }

  /** Runs one workflow on a fresh clone; again, if it is another attempt of a run. */
  async run(workflow: string, event: GitHubEvent, again?: Attempt): Promise<ActRun> {
    const { runId, attempt } = again ?? { runId: String(++this.#runId), attempt: 1 };
    const scratch = join(this.folder, 'runs', `${runId}-${attempt}`);
    const clone = join(scratch, 'models');
    mkdirSync(scratch, { recursive: true });
    this.repository.cloneInto(clone, event);
    const run = await runAct({
      clone,
      scratch,
      workflow,
      event,
      runId,
      attempt,
      actor: event.actor ?? 'ada',
      release: join(this.folder, 'release'),
      env: {
        ...this.#internet.env,
        GITHUB_TRIGGERING_ACTOR: event.actor ?? 'ada',
        RUNNER_ENVIRONMENT: this.#runners,
        STAND_IN_ARTIFACTS: join(this.folder, 'artifacts'),
        STAND_IN_PYTHON: dirname(pythonOf(SCIKIT_LEARN)),
        // The packages are there already, so that pip asks no one for them.
        PIP_NO_INDEX: '1',
        PIP_DISABLE_PIP_VERSION_CHECK: '1',
      },
      secrets: { GITHUB_TOKEN: event.name === 'pull_request' ? 'read-token' : 'write-token' },
    });
    rmSync(scratch, { recursive: true, force: true });
    this.runs.push(run);
    writeFileSync(join(LOGS, `${this.#name}-${runId}-${attempt}-${workflow}-${event.name}.log`), run.log);
    return run;
  }

  /**
   * The workflows that the event starts, of `main` or of the pull request; act itself does not look at types, branches and
   * crons.
   */
  workflowsFor({ name, payload, branch = 'main' }: GitHubEvent): string[] {
    const { repository } = this;
    const folder = '.github/workflows/';
    const files = repository.git('ls-tree', '--name-only', branch, folder).split('\n').filter(Boolean);
    const isMeant = (file: string) =>
      isStarted(parse(repository.git('show', `${branch}:${file}`)).on, file, name, payload);
    return files
      .filter(isMeant)
      .map((file) => file.slice(folder.length))
      .sort();
  }

  async stop(): Promise<void> {
    await this.#internet.close();
    await this.registry.close();
    rmSync(this.folder, { recursive: true, force: true });
    await this.github.close();
  }

  #origin() {
    const [owner = '', name = ''] = REPOSITORY.split('/');
    const repository = {
      id: 1,
      name,
      full_name: REPOSITORY,
      owner: { login: owner },
      default_branch: 'main',
      private: true,
    };
    return { repository, sender: { login: 'ada', type: 'User' } };
  }
}

interface Servers {
  readonly github: GitHubServer;
  readonly registry: OciRegistryServer;
  readonly internet: Internet;
}

interface Trigger {
  readonly types?: readonly string[];
  readonly branches?: readonly string[];
  readonly workflows?: readonly string[];
  readonly cron?: string;
}

function isStarted(
  on: Readonly<Record<string, Trigger | readonly Trigger[] | null>>,
  file: string,
  name: string,
  payload: Readonly<Record<string, unknown>>,
): boolean {
  if (!(name in on)) return false;
  const trigger = on[name] ?? {};
  if (name === 'schedule')
    return (trigger as readonly Trigger[]).some(({ cron }) => cron === payload.schedule);
  if (name === 'workflow_dispatch') return payload.workflow === file;
  const { types, branches, workflows } = trigger as Trigger;
  if (name === 'workflow_run')
    return workflows?.includes((payload.workflow as { name: string }).name) ?? false;
  if (name === 'push') return branches?.includes('main') ?? true;
  return types?.includes(String(payload.action)) ?? true;
}

/** What a job downloads of ml-loop: the actions, their bundles, and the reusable workflows. */
function copyRelease(folder: string): void {
  for (const part of ['action.yml', 'actions', 'dist'])
    cpSync(part, join(folder, part), { recursive: true, filter: (path) => !path.endsWith('.ts') });
  const workflows = '.github/workflows';
  mkdirSync(join(folder, workflows), { recursive: true });
  for (const file of readdirSync(workflows).filter((name) => name.startsWith('ml-'))) {
    const text = readFileSync(join(workflows, file), 'utf8');
    // act does not know `$/`.
    writeFileSync(join(folder, workflows, file), rewritten(text, targetOf('ml-loop/ml-loop@v0')));
  }
}
