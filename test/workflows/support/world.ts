/**
 * A user's repository on a GitHub of our own: the API, a registry, and act in the place of the runners. An event starts the
 * workflows that GitHub would start for it, and so does a dispatch that a workflow sends.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { pythonOf } from '../../../scripts/python-tool.ts';
import { SCIKIT_LEARN } from '../../../scripts/workflow-tools.ts';
import { rewritten, targetOf } from '../../../scripts/workflows/rewrite.ts';
import { createPorts } from '../../../shared/host/ports.ts';
import { productionNow } from '../../../shared/registry/compared.ts';
import { openRegistry } from '../../../shared/registry/open.ts';
import type { Permissions } from '../../support/github-conversations.ts';
import { type Dispatch, type GitHubServer, startGitHubServer } from '../../support/github-server.ts';
import { type OciRegistryServer, startOciRegistry } from '../../support/oci-registry.ts';
import { type ActRun, runAct } from './act.ts';
import { againOnly } from './again.ts';
import { type Internet, startInternet } from './internet.ts';
import { type Files, UserRepository } from './repository.ts';

const REPOSITORY = 'acme/models';
const OURS = 'ml-loop/ml-loop';
/** The logs of all runs, for who looks for the reason of a failure. */
const LOGS = '.cache/workflow-logs';
const WORKFLOWS = '.github/workflows';

export interface WorldOptions {
  /** The folder that the repository begins as. */
  readonly files: string;
  /** GitHub's own runners, or machines of the team's. */
  readonly runners: 'github-hosted' | 'self-hosted';
  /** The repository's secrets; runs for a fork see none of them. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** An event as GitHub sends it. */
export interface GitHubEvent {
  readonly name: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** The branch of the pull request. */
  readonly branch?: string;
  /** Who did it; `ada` if left out. */
  readonly actor?: string;
  /** The commit of the push or of the merge queue; the newest of `main` for other events. */
  readonly commit?: string;
  /** What the token of its jobs may do: all that the templates grant if left out. */
  readonly token?: keyof typeof RUNS;
}

/** An image that would be built. */
export interface Image {
  readonly run: string;
  readonly dockerfile: string;
  readonly files: readonly string[];
  readonly tags: string;
  readonly push: boolean;
  readonly digest: string;
}

/** An attempt of a run. */
export interface Attempt {
  readonly runId: string;
  readonly attempt: number;
  /** The folder of ml-loop, if it is not as released. */
  readonly release?: string;
}

/** What the tokens of a run may do at most: on pull requests of a fork GitHub leaves the rights to read. */
const RUNS = {
  'write-token': {
    contents: 'write',
    checks: 'write',
    statuses: 'write',
    issues: 'write',
    'pull-requests': 'write',
  },
  'fork-token': { contents: 'read', checks: 'read', statuses: 'read', 'pull-requests': 'read' },
} as const;

export class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'workflows-'));
  readonly github: GitHubServer;
  readonly registry: OciRegistryServer;
  readonly repository: UserRepository;
  /** All runs so far, with those that a dispatch started. */
  readonly runs: ActRun[] = [];
  readonly #runners: WorldOptions['runners'];
  readonly #secrets: Readonly<Record<string, string>>;
  /** Dispatches that workflows send are answered while those still run. */
  readonly #dispatched: Promise<unknown>[] = [];
  readonly #name: string;
  readonly #internet: Internet;
  #runId = 1000;
  /** What started each run. */
  readonly #events = new Map<string, GitHubEvent>();
  /** How many requests to GitHub a test has looked at. */
  #seen = 0;

  private constructor(options: WorldOptions, { github, registry, internet }: Servers) {
    this.github = github;
    this.registry = registry;
    this.#internet = internet;
    this.#runners = options.runners;
    this.#secrets = options.secrets ?? {};
    this.#name = basename(options.files);
    mkdirSync(LOGS, { recursive: true });
    this.repository = new UserRepository(join(this.folder, 'repository'), {
      name: REPOSITORY,
      files: options.files,
    });
    copyRelease(join(this.folder, 'release'), reusableWorkflows());
  }

  static async start(options: WorldOptions): Promise<World> {
    let world: World | undefined;
    const github = await startGitHubServer({
      repository: REPOSITORY,
      tokens: tokensOf(reusableWorkflows()),
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
  send(event: GitHubEvent): Promise<ActRun[]> {
    return this.following(async () => {
      for (const workflow of this.workflowsFor(event)) await this.#runAndFollow(workflow, event);
    });
  }

  /** The runs of what is done, and of all dispatches that follow from it. */
  async following(doIt: () => Promise<unknown>): Promise<ActRun[]> {
    const before = this.runs.length;
    await doIt();
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

  /** @param from the fork that the branch is in; this repository if left out. */
  pullRequest(branch: string, { number = 7, from = REPOSITORY } = {}): Promise<ActRun[]> {
    return this.send(this.pullRequestOf(branch, { number, from }));
  }

  pullRequestOf(branch: string, { number = 7, from = REPOSITORY } = {}): GitHubEvent {
    const { repository } = this.#origin();
    const side = (ref: string, repo: object) => ({ ref, sha: this.repository.git('rev-parse', ref), repo });
    const head = side(branch, { ...repository, full_name: from });
    const pull_request = { number, base: side('main', repository), head, draft: false };
    const payload = { ...this.#origin(), action: 'synchronize', number, pull_request };
    const token = from === REPOSITORY ? 'write-token' : 'fork-token';
    return { name: 'pull_request', payload, branch, token };
  }

  /** The merge queue tries the branch on `main`. */
  mergeQueue(branch: string): Promise<ActRun[]> {
    const [base_sha, head_sha] = [
      this.repository.git('rev-parse', 'main'),
      this.repository.merge(branch, `gh-readonly-queue/main/${branch}`),
    ];
    this.adopt();
    const refs = { base_ref: 'refs/heads/main', head_ref: `refs/heads/gh-readonly-queue/main/${branch}` };
    const payload = { action: 'checks_requested', merge_group: { ...refs, base_sha, head_sha } };
    const event = { ...this.#origin(), ...payload };
    return this.send({ name: 'merge_group', payload: event, commit: head_sha });
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

  /** The images that the stand-in of docker/build-push-action wrote down. */
  get images(): Image[] {
    const path = join(this.folder, 'artifacts/images.jsonl');
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
    return lines.map((line) => JSON.parse(line) as Image);
  }

  /** What GitHub was asked since a test last looked, and how often; commits and numbers are left out. */
  calls(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { method, path } of this.github.requests.slice(this.#seen)) {
      const short = path
        .replace(`/repos/${REPOSITORY}`, '')
        .replace(/[0-9a-f]{40}/g, 'SHA')
        .replace(/(check-runs|comments)\/\d+/, '$1/ID');
      const call = `${method} ${short}`;
      counts[call] = (counts[call] ?? 0) + 1;
    }
    this.#seen = this.github.requests.length;
    return counts;
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
    this.#events.set(runId, event);
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
      release: again?.release ?? join(this.folder, 'release'),
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
      secrets: {
        ...(event.token === 'fork-token' ? {} : this.#secrets),
        GITHUB_TOKEN: event.token ?? 'write-token',
      },
    });
    rmSync(scratch, { recursive: true, force: true });
    this.runs.push(run);
    writeFileSync(join(LOGS, `${this.#name}-${runId}-${attempt}-${workflow}-${event.name}.log`), run.log);
    return run;
  }

  /** Runs single jobs of a run again, by their ids, with those that need them. */
  async again(first: ActRun, ...jobs: readonly string[]): Promise<ActRun> {
    const { workflow, runId } = first;
    const attempt = this.runs.filter((run) => run.runId === runId).length + 1;
    const release = join(this.folder, `release-${runId}-${attempt}`);
    copyRelease(release, againOnly(reusableWorkflows(), jobs, { first, folder: join(release, 'outputs') }));
    const event = this.#events.get(runId) as GitHubEvent;
    const [run] = await this.following(() => this.run(workflow, event, { runId, attempt, release }));
    rmSync(release, { recursive: true });
    return run as ActRun;
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

interface Job {
  readonly permissions?: Permissions;
  readonly steps?: readonly { readonly uses?: string; readonly with?: object }[];
}

/**
 * The reusable workflows of a release, by file. act does not know `$/`, and gives all jobs of a run one token; so here each job
 * names itself with it.
 */
function reusableWorkflows(): Map<string, string> {
  const files = readdirSync(WORKFLOWS).filter((name) => name.startsWith('ml-'));
  return new Map(
    files.map((file) => {
      const text = readFileSync(join(WORKFLOWS, file), 'utf8');
      const workflow = parse(rewritten(text, targetOf(`${OURS}@v0`))) as { jobs: Record<string, Job> };
      const jobs = Object.entries(workflow.jobs).map(([id, job]) => [id, namedBy(id, job)]);
      return [file, stringify({ ...workflow, jobs: Object.fromEntries(jobs) })];
    }),
  );
}

function namedBy(id: string, { steps, ...job }: Job): Job {
  if (steps === undefined) return job;
  const isOurs = (uses = '') => uses.startsWith(`${OURS}/actions/`) && !uses.includes('/setup@');
  const token = `\${{ github.token }}:${id}`;
  const named = steps.map((step) =>
    isOurs(step.uses) ? { ...step, with: { ...step.with, 'github-token': token } } : step,
  );
  return { ...job, steps: named };
}

/** What each token may do: that of a run, and those of its jobs, which have what `permissions:` grants of it. */
function tokensOf(workflows: ReadonlyMap<string, string>): Record<string, Permissions> {
  const jobs = [...workflows.values()].flatMap((text) =>
    Object.entries((parse(text) as { jobs: Record<string, Job> }).jobs),
  );
  const ofRun = ([token, most]: [string, Permissions]) => [
    [token, most],
    ...jobs.map(([id, { permissions = {} }]) => [`${token}:${id}`, atMost(most, permissions)]),
  ];
  return Object.fromEntries(Object.entries(RUNS).flatMap(ofRun));
}

function atMost(most: Permissions, asked: Permissions): Permissions {
  const granted = Object.entries(asked).flatMap(([scope, right]) => {
    const limit = most[scope as keyof Permissions];
    return limit === undefined ? [] : [[scope, limit === 'read' ? 'read' : right]];
  });
  return Object.fromEntries(granted);
}

/** What a job downloads of ml-loop: the actions, their bundles, and the reusable workflows. */
function copyRelease(folder: string, workflows: ReadonlyMap<string, string>): void {
  for (const part of ['action.yml', 'actions'])
    cpSync(part, join(folder, part), { recursive: true, filter: (path) => !/\.(ts|md)$/.test(path) });
  // act copies the folder for each step that uses an action, and a third of all time went there with hundreds of bundles.
  symlinkSync(resolve('dist'), join(folder, 'dist'));
  mkdirSync(join(folder, WORKFLOWS), { recursive: true });
  for (const [file, text] of workflows) writeFileSync(join(folder, WORKFLOWS, file), text);
}
