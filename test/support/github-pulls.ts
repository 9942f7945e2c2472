/** Pull requests of the loopback GitHub, and what they are about: the default branch, and files at a commit. */
import { type Answer, type Json, Refused, type Repository } from './github-git.ts';

interface Pull {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly head: string;
  readonly base: string;
  state: 'open' | 'closed';
  merged?: { readonly by: string; readonly commit: string };
}

export class Pulls {
  readonly all: Pull[] = [];
  readonly #git: Repository;
  readonly #repository: string;
  /** What the setting of the repository allows a job's own token. */
  allowed = true;

  constructor(git: Repository, repository: string) {
    this.#git = git;
    this.#repository = repository;
  }

  /** As a person does on GitHub: a commit on the base with the tree of the head. */
  merge(number: number, by: string): string {
    const pull = this.#find(number);
    const head = this.#git.refs.get(`refs/heads/${pull.head}`) ?? '';
    const parents = [this.#git.refs.get(`refs/heads/${pull.base}`) ?? '', head];
    const tree = this.#git.commits.get(head)?.tree ?? '';
    const commit = this.#git.addCommit({ tree, parents, message: `Merge pull request #${number}` });
    this.#git.refs.set(`refs/heads/${pull.base}`, commit);
    pull.state = 'closed';
    pull.merged = { by, commit };
    return commit;
  }

  /** Without a merge. */
  reject(number: number): void {
    this.#find(number).state = 'closed';
  }

  #find(number: number): Pull {
    const pull = this.all.find((one) => one.number === number);
    if (pull === undefined) throw new Refused(404, 'Not Found');
    return pull;
  }

  /** Undefined if it is not a route of these. */
  route(method: string, path: string, query: URLSearchParams, body: Json): Answer | undefined {
    const [, number] = /^\/pulls\/(\d+)$/.exec(path) ?? [];
    if (method === 'GET' && path === '') return { status: 200, body: { default_branch: 'main' } };
    if (method === 'GET' && path === '/pulls')
      return { status: 200, list: this.#listed(query).map((one) => this.#told(one)) };
    if (method === 'POST' && path === '/pulls') return this.#open(body);
    if (method === 'GET' && number !== undefined)
      return { status: 200, body: this.#told(this.#find(Number(number))) };
    if (method === 'GET' && path.startsWith('/contents/'))
      return this.#file(path.slice('/contents/'.length), query.get('ref') ?? 'main');
    return undefined;
  }

  #listed(query: URLSearchParams): Pull[] {
    const [head, base, state] = ['head', 'base', 'state'].map((name) => query.get(name));
    const owner = this.#repository.split('/')[0];
    return this.all
      .filter((pull) => head === null || head === `${owner}:${pull.head}`)
      .filter((pull) => base === null || base === pull.base)
      .filter((pull) => state === 'all' || pull.state === (state ?? 'open'))
      .reverse();
  }

  #open({ title, head, base, body }: Json): Answer {
    if (!this.allowed)
      throw new Refused(403, 'GitHub Actions is not permitted to create or approve pull requests.');
    if (![head, base].every((branch) => this.#git.refs.has(`refs/heads/${branch}`)))
      throw new Refused(422, 'Validation Failed', [
        { resource: 'PullRequest', field: 'head', code: 'invalid' },
      ]);
    if (this.all.some((one) => one.state === 'open' && one.head === head))
      throw new Refused(422, 'Validation Failed', [
        { message: `A pull request already exists for ${head}.` },
      ]);
    const pull: Pull = {
      number: this.all.length + 1,
      title: String(title),
      body: String(body),
      head: String(head),
      base: String(base),
      state: 'open',
    };
    this.all.push(pull);
    return { status: 201, body: this.#told(pull) };
  }

  #told({ number, title, body, head, base, state, merged }: Pull): Json {
    return {
      number,
      title,
      body,
      state,
      html_url: `https://github.com/${this.#repository}/pull/${number}`,
      head: { ref: head, sha: this.#git.refs.get(`refs/heads/${head}`) },
      base: { ref: base },
      merged_at: merged === undefined ? null : '2026-01-05T13:00:00Z',
      merged_by: merged === undefined ? null : { login: merged.by },
      merge_commit_sha: merged?.commit ?? null,
    };
  }

  #file(path: string, ref: string): Answer {
    const commit = this.#git.commits.get(this.#git.refs.get(`refs/heads/${ref}`) ?? ref);
    let sha = commit?.tree;
    for (const part of path.split('/'))
      sha = this.#git.trees.get(sha ?? '')?.find((entry) => entry.path === part)?.sha;
    const content = this.#git.blobs.get(sha ?? '');
    if (content === undefined) throw new Refused(404, 'Not Found');
    return {
      status: 200,
      body: { type: 'file', encoding: 'base64', path, content: content.toString('base64') },
    };
  }
}
