/** One repository on GitHub as the registry asks it: refs, and answers of the shape that was expected. */
import type { Clock, GitHubRepository, Log } from '../../ports/ports.ts';
import { UserError } from '../../problem/problem.ts';
import { refs as isRefs } from '../../schema/generated/github.js';
import { requireShape, type Validator } from '../../schema/shape.ts';
import { type GitHubAnswer, gitHubRefusal } from '../../state/github-answer.ts';

export interface HubPorts {
  readonly github: GitHubRepository;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Ref {
  readonly ref: string;
  readonly object: { readonly sha: string };
}

const CHECK = 'check GITHUB_API_URL: what answers there does not answer as GitHub does';

export class Hub {
  readonly github: GitHubRepository;
  readonly clock: Clock;
  readonly log: Log;

  constructor({ github, clock, log }: HubPorts) {
    this.github = github;
    this.clock = clock;
    this.log = log;
  }

  /** `OWNER/REPO`, with what is meant in it. */
  shown(what = ''): string {
    return `${this.github.owner}/${this.github.repo}${what === '' ? '' : ` ${what}`}`;
  }

  /**
   * An answer of one of the statuses that are expected.
   *
   * @param doing what for, in errors: `read …` needs `contents: read`, anything else `contents: write`.
   * @throws NotPermitted or Refused otherwise.
   */
  async ask(
    route: string,
    parameters: Record<string, unknown>,
    doing: string,
    ...expected: readonly number[]
  ): Promise<GitHubAnswer> {
    const answer = await this.github.request(route, parameters);
    if (expected.includes(answer.status)) return answer;
    throw this.refusal(answer, doing);
  }

  refusal(answer: GitHubAnswer, doing: string): UserError {
    return gitHubRefusal(this.github, answer, doing);
  }

  /** @throws UserError if the answer is not of this shape. */
  read<T>(validate: Validator, { data }: GitHubAnswer, what: string): T {
    return requireShape<T>(validate, data, `GitHub’s answer about ${what}`, CHECK);
  }

  /** All refs that begin so. None is not the same as not being allowed to see: GitHub answers 404 to that. */
  async refs(prefix: string): Promise<readonly Ref[]> {
    const answer = await this.ask(
      'GET /repos/{owner}/{repo}/git/matching-refs/{ref}',
      { ref: prefix.slice('refs/'.length) },
      `read the refs ${prefix}`,
      200,
    );
    return this.read<Ref[]>(isRefs, answer, prefix).filter(({ ref }) => ref.startsWith(prefix));
  }

  /**
   * Creates a ref, which only one of two runs can do.
   *
   * @returns false if there is one that names something else.
   */
  async createRef(ref: string, sha: string): Promise<boolean> {
    const doing = `create ${ref}`;
    const answer = await this.github.request('POST /repos/{owner}/{repo}/git/refs', { ref, sha });
    if (answer.status === 201) return true;
    // An earlier try may have come through although its answer was lost.
    const found = answer.status === 422 ? await this.ref(ref) : undefined;
    if (found === undefined) throw this.refusal(answer, doing);
    return found === sha;
  }

  /** What a ref names; undefined if there is none. */
  async ref(name: string): Promise<string | undefined> {
    return (await this.refs(name)).find(({ ref }) => ref === name)?.object.sha;
  }

  /** Removes a ref, if it is there. */
  async deleteRef(ref: string): Promise<void> {
    const parameters = { ref: ref.slice('refs/'.length) };
    const answer = await this.github.request('DELETE /repos/{owner}/{repo}/git/refs/{ref}', parameters);
    if (answer.status === 204 || answer.status === 404) return;
    if (answer.status === 422 && (await this.ref(ref)) === undefined) return;
    throw this.refusal(answer, `remove ${ref}`);
  }
}

export function tooManyPages(what: string, where: string): UserError {
  return new UserError({ what, where, fix: 'let one run at a time use this model (a concurrency group)' });
}
