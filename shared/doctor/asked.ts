import type { Config } from '../config/config.ts';
import type { GitHub } from '../ports/ports.ts';
import type { WorkflowUse } from './uses.ts';
import type { Workflow } from './workflow.ts';

/** Answers of GitHub; what could not be asked is undefined, and told. */
export class GitHubAnswers {
  readonly #github: GitHub;
  readonly refused: string[] = [];

  constructor(github: GitHub) {
    this.#github = github;
  }

  /** The answer, null if there is none (404), undefined if it may not be asked. @throws UserError if GitHub is not reached. */
  async get(
    what: string,
    route: string,
    parameters: Record<string, unknown> = {},
  ): Promise<Answer | null | undefined> {
    return this.#settled(what, await this.#github.request(route, parameters)) as Answer | null | undefined;
  }

  /** The items of a list; of one that is not there none. */
  async list(
    what: string,
    route: string,
    parameters: Record<string, unknown> = {},
  ): Promise<readonly Answer[] | undefined> {
    const items = this.#settled(what, await this.#github.list(route, parameters));
    return items === null ? [] : (items as readonly Answer[] | undefined);
  }

  #settled(what: string, { status, data }: { status: number; data: unknown }): unknown {
    if (status === 200) return data;
    if (status === 404 || status === 422) return null;
    this.refused.push(what);
    return undefined;
  }
}

type Answer = Readonly<Record<string, unknown>>;

/** What is set up here. */
export interface SetUp {
  readonly workflows: readonly Workflow[];
  readonly uses: readonly WorkflowUse[];
  readonly config: Config | null;
}
