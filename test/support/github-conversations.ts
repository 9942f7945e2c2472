/** Comments, check runs and commit statuses as GitHub's API keeps them, in memory, with the rights of each token. */
import { type Answer, type Json, Refused } from './github-git.ts';

/** What a job's `permissions:` give its token. What is not named is not given. */
export interface Permissions {
  readonly contents?: 'read' | 'write';
  readonly checks?: 'read' | 'write';
  readonly statuses?: 'read' | 'write';
  readonly issues?: 'read' | 'write';
  readonly 'pull-requests'?: 'read' | 'write';
  /** The user of a personal token; a job's token is `github-actions[bot]`, and has no user. */
  readonly user?: string;
}

export interface IssueComment {
  readonly id: number;
  readonly issue: number;
  body: string;
  readonly user: { readonly login: string; readonly type: 'Bot' | 'User' };
}

export interface StoredCheckRun {
  readonly id: number;
  readonly head_sha: string;
  /** The token's app, which alone may change it. */
  readonly app: string;
  name: string;
  external_id: string;
  status: string;
  conclusion: string | null;
  output: { title: string | null; summary: string | null; text: string | null };
  readonly annotations: Json[];
}

export interface StoredStatus {
  readonly sha: string;
  readonly context: string;
  readonly state: string;
  readonly description: string;
}

const BYTES = 65_535;
const COMMENT_CHARACTERS = 65_536;
const BOT = 'github-actions[bot]';

type Handler = (values: readonly string[], body: Json, query: URLSearchParams, who: Permissions) => Answer;

export class Conversations {
  readonly comments: IssueComment[] = [];
  readonly checkRuns: StoredCheckRun[] = [];
  readonly statuses: StoredStatus[] = [];
  /** Conversations that take no more comments. */
  readonly locked = new Set<number>();
  #id = 1000;

  readonly #routes: readonly [string, RegExp, readonly (keyof Permissions)[], Handler][] = [
    ['GET', /^\/issues\/(\d+)\/comments$/, ['issues', 'pull-requests'], ([n]) => this.#listed(Number(n))],
    [
      'POST',
      /^\/issues\/(\d+)\/comments$/,
      ['issues', 'pull-requests'],
      ([n], body, _, who) => this.comment(Number(n), String(body.body), who.user),
    ],
    [
      'PATCH',
      /^\/issues\/comments\/(\d+)$/,
      ['issues', 'pull-requests'],
      ([id], body) => this.#edit(id, body),
    ],
    ['DELETE', /^\/issues\/comments\/(\d+)$/, ['issues', 'pull-requests'], ([id]) => this.#remove(id)],
    ['GET', /^\/commits\/([^/]+)\/check-runs$/, ['checks'], ([sha], _, query) => this.#runsOf(sha, query)],
    ['POST', /^\/check-runs$/, ['checks'], (_, body, __, who) => this.#create(body, who)],
    ['PATCH', /^\/check-runs\/(\d+)$/, ['checks'], ([id], body, _, who) => this.#update(id, body, who)],
    ['GET', /^\/check-runs\/(\d+)\/annotations$/, ['checks'], ([id]) => this.#annotations(id)],
    ['POST', /^\/statuses\/([0-9a-f]{40})$/, ['statuses'], ([sha], body) => this.#status(sha, body)],
  ];

  /** Undefined if the path is of something else. */
  route(
    method: string,
    path: string,
    { body, query, who }: { body: Json; query: URLSearchParams; who: Permissions },
  ): Answer | undefined {
    for (const [of, pattern, permissions, handle] of this.#routes) {
      const values = of === method ? pattern.exec(path)?.slice(1) : undefined;
      if (values === undefined) continue;
      const held = permissions.map((permission) => who[permission]);
      const may = method === 'GET' ? held.some((right) => right !== undefined) : held.includes('write');
      if (!may && who.user === undefined) throw new Refused(403, 'Resource not accessible by integration');
      return handle(values, body, query, who);
    }
    return undefined;
  }

  /** A comment by a person, or by a job without a name. */
  comment(issue: number, body: string, user?: string): Answer {
    if (this.locked.has(issue)) throw new Refused(403, 'Unable to create comment because issue is locked.');
    refuseLong(body);
    const login = user ?? BOT;
    const made: IssueComment = {
      id: this.#id++,
      issue,
      body,
      user: { login, type: login.endsWith('[bot]') ? 'Bot' : 'User' },
    };
    this.comments.push(made);
    return { status: 201, body: made as unknown as Json };
  }

  #listed(issue: number): Answer {
    return { status: 200, list: this.comments.filter((one) => one.issue === issue) as unknown as Json[] };
  }

  #edit(id: string | undefined, body: Json): Answer {
    const found = this.comments.find((one) => one.id === Number(id));
    if (found === undefined) throw new Refused(404, 'Not Found');
    refuseLong(String(body.body));
    found.body = String(body.body);
    return { status: 200, body: found as unknown as Json };
  }

  #remove(id: string | undefined): Answer {
    const place = this.comments.findIndex((one) => one.id === Number(id));
    if (place < 0) throw new Refused(404, 'Not Found');
    this.comments.splice(place, 1);
    return { status: 204 };
  }

  #runsOf(sha: string | undefined, query: URLSearchParams): Answer {
    const name = query.get('check_name');
    const found = this.checkRuns.filter(
      (one) => one.head_sha === sha && (name === null || one.name === name),
    );
    // GitHub shows the newest of each name by default.
    const latest = query.get('filter') === 'all' ? found : found.slice(-1);
    return { status: 200, list: latest.map(shown), wrapped: 'check_runs' };
  }

  #create(body: Json, who: Permissions): Answer {
    const { name, head_sha, external_id = '', status = 'queued', conclusion = null } = body;
    const run: StoredCheckRun = {
      id: this.#id++,
      head_sha: String(head_sha),
      app: who.user ?? BOT,
      name: String(name),
      external_id: String(external_id),
      status: String(status),
      conclusion: conclusion as string | null,
      output: { title: null, summary: null, text: null },
      annotations: [],
    };
    take(run, body);
    this.checkRuns.push(run);
    return { status: 201, body: shown(run) };
  }

  #update(id: string | undefined, body: Json, who: Permissions): Answer {
    const run = this.checkRuns.find((one) => one.id === Number(id));
    if (run === undefined) throw new Refused(404, 'Not Found');
    if (run.app !== (who.user ?? BOT))
      throw new Refused(
        403,
        'Invalid app_id - check run can only be modified by the GitHub App that created it.',
      );
    take(run, body);
    return { status: 200, body: shown(run) };
  }

  #annotations(id: string | undefined): Answer {
    const run = this.checkRuns.find((one) => one.id === Number(id));
    if (run === undefined) throw new Refused(404, 'Not Found');
    return { status: 200, list: run.annotations };
  }

  #status(sha: string | undefined, { state, context, description = '' }: Json): Answer {
    if (String(description).length > 140)
      throw new Refused(422, 'Validation Failed', [
        { field: 'description', message: 'is too long (maximum is 140 characters)' },
      ]);
    this.statuses.push({
      sha: String(sha),
      context: String(context),
      state: String(state),
      description: String(description),
    });
    return { status: 201, body: { state: String(state), context: String(context) } };
  }
}

/** Over what is there; annotations are added to those that are there. */
function take(run: StoredCheckRun, { output, conclusion, status }: Json): void {
  if (conclusion !== undefined) run.conclusion = String(conclusion);
  if (status !== undefined) run.status = String(status);
  if (run.status === 'completed' && run.conclusion === null)
    throw new Refused(422, 'Invalid request.\n\nMissing required parameter conclusion.');
  if (typeof output !== 'object' || output === null) return;
  const { title, summary, text, annotations = [] } = output as Record<string, unknown>;
  for (const [field, value] of Object.entries({ summary, text })) {
    if (typeof value !== 'string') continue;
    const characters = [...value].length;
    if (characters > BYTES)
      throw new Refused(
        422,
        `Invalid request.\n\nOnly ${BYTES} characters are allowed; ${characters} were supplied.`,
      );
    if (Buffer.byteLength(value) > BYTES)
      throw new Refused(422, 'Validation Failed', [
        {
          resource: 'CheckRun',
          code: 'custom',
          field,
          message: `${field} exceeds a maximum bytesize of ${BYTES}`,
        },
      ]);
  }
  if ((annotations as unknown[]).length > 50)
    throw new Refused(422, 'Invalid request.\n\nNo more than 50 items are allowed.');
  Object.assign(run.output, { title, summary, ...(text === undefined ? {} : { text }) });
  run.annotations.push(...(annotations as Json[]));
}

function shown({ annotations, output, ...run }: StoredCheckRun): Json {
  return { ...run, output: { ...output, annotations_count: annotations.length } } as unknown as Json;
}

function refuseLong(body: string): void {
  if ([...body].length > COMMENT_CHARACTERS)
    throw new Refused(422, 'Validation Failed', [
      {
        resource: 'IssueComment',
        code: 'unprocessable',
        field: 'data',
        message: 'Body is too long (maximum is 65536 characters)',
      },
    ]);
}
