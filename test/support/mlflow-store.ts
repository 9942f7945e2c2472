/** As much of MLflow's REST API as ml-loop uses, in memory. */

export interface MlflowRequest {
  readonly method: string;
  /** What follows `/api/2.0/`, decoded. */
  readonly route: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export interface MlflowAnswer {
  readonly status: number;
  readonly type?: string;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface MlflowStoreOptions {
  /** MLflow 2 knows no logged models. */
  readonly major?: 2 | 3;
  /** Where artifacts are, as runs say it; `mlflow-artifacts:/` if left out. */
  readonly root?: string;
  /** Versions on a page, however many are asked for. */
  readonly page?: number;
}

interface Version {
  readonly name: string;
  readonly version: string;
  readonly source: string;
  readonly run_id?: string;
  readonly model_id?: string;
  readonly tags: Map<string, string>;
}

interface Model {
  readonly name: string;
  readonly tags: Map<string, string>;
  readonly aliases: Map<string, string>;
  next: number;
}

type Values = Readonly<Record<string, unknown>>;

const json = (body: unknown, status = 200): MlflowAnswer => ({
  status,
  type: 'application/json',
  body: JSON.stringify(body),
});
const failure = (status: number, code: string, message = code): MlflowAnswer =>
  json({ error_code: code, message }, status);
const missing = () => failure(404, 'RESOURCE_DOES_NOT_EXIST');
const there = () => failure(400, 'RESOURCE_ALREADY_EXISTS');
const listOf = (tags: ReadonlyMap<string, string>) => [...tags].map(([key, value]) => ({ key, value }));
/** What MLflow says of a row that another write has made meanwhile. */
export const REFUSED_ROW = failure(
  400,
  'BAD_REQUEST',
  '(sqlite3.IntegrityError) UNIQUE constraint failed: registered_model_aliases.name, registered_model_aliases.alias',
);
const NOT_FOUND: MlflowAnswer = { status: 404, type: 'text/html', body: '<!doctype html><title>404</title>' };

export class MlflowStore {
  readonly options: MlflowStoreOptions;
  readonly experiments = new Map<string, string>();
  readonly runs = new Map<string, string>();
  readonly loggedModels = new Map<string, string>();
  readonly models = new Map<string, Model>();
  versions: Version[] = [];
  /** By the path below the proxy. */
  readonly artifacts = new Map<string, Buffer>();
  #count = 0;

  constructor(options: MlflowStoreOptions) {
    this.options = options;
  }

  /** The path of a file of a version, below the proxy. */
  path(number: number, path: string): string {
    const folder = this.versions.find(({ version }) => version === String(number))?.tags.get('ml-loop.files');
    return `${folder?.replace(/^mlflow-artifacts:\/+/, '')}/${path}`;
  }

  answer(request: MlflowRequest): MlflowAnswer {
    const { method, route, query, body } = request;
    if (route.startsWith('mlflow-artifacts/artifacts')) return this.#artifact(request);
    const values: Values =
      method === 'GET' ? Object.fromEntries(query) : (JSON.parse(String(body) || '{}') as Values);
    const [, logged] = /^mlflow\/logged-models(?:\/(.+))?$/.exec(route) ?? [];
    if (route.startsWith('mlflow/logged-models')) return this.#loggedModel(method, logged, values);
    const handler = this.#handlers[`${method} ${route.replace(/^mlflow\//, '')}`];
    return handler === undefined ? NOT_FOUND : handler(values);
  }

  /** The row that a write would make, if there is none; of MLflow's tables those whose rows two runs can both make. */
  newRow({ method, route, body }: MlflowRequest): string | undefined {
    if (method !== 'POST') return undefined;
    const { name, version, alias, key } = JSON.parse(String(body)) as Record<string, string>;
    const model = this.models.get(name ?? '');
    const isMade: Record<string, boolean | undefined> = {
      'mlflow/experiments/create': this.experiments.has(name ?? ''),
      'mlflow/registered-models/create': model !== undefined,
      'mlflow/registered-models/set-tag': model?.tags.has(key ?? ''),
      'mlflow/registered-models/alias': model?.aliases.has(alias ?? ''),
      'mlflow/model-versions/set-tag': this.versions
        .find((each) => each.name === name && each.version === version)
        ?.tags.has(key ?? ''),
    };
    return isMade[route] === false ? [route, name, version, alias, key].join(' ') : undefined;
  }

  readonly #handlers: Readonly<Record<string, (values: Values) => MlflowAnswer>> = {
    'GET experiments/get-by-name': ({ experiment_name: name }) => {
      const id = this.experiments.get(String(name));
      return id === undefined
        ? missing()
        : json({ experiment: { experiment_id: id, lifecycle_stage: 'active' } });
    },
    'POST experiments/create': ({ name }) => {
      if (this.experiments.has(String(name))) return there();
      const id = String(++this.#count);
      this.experiments.set(String(name), id);
      return json({ experiment_id: id });
    },
    'POST runs/create': ({ experiment_id: experiment }) => {
      const id = `run${++this.#count}`;
      this.runs.set(id, 'RUNNING');
      return json({
        run: { info: { run_id: id, artifact_uri: this.#uri(`${experiment}/${id}/artifacts`) } },
      });
    },
    'POST runs/update': ({ run_id: id, status }) => {
      if (!this.runs.has(String(id))) return missing();
      this.runs.set(String(id), String(status));
      return json({});
    },
    'POST runs/delete': ({ run_id: id }) => {
      this.runs.set(String(id), 'DELETED');
      return json({});
    },
    'POST registered-models/create': ({ name }) => {
      if (this.models.has(String(name))) return there();
      this.models.set(String(name), { name: String(name), tags: new Map(), aliases: new Map(), next: 1 });
      return json({ registered_model: { name } });
    },
    'GET registered-models/get': ({ name }) => {
      const model = this.models.get(String(name));
      if (model === undefined) return missing();
      const aliases = [...model.aliases].map(([alias, version]) => ({ alias, version }));
      return json({ registered_model: { name, tags: listOf(model.tags), aliases } });
    },
    'POST registered-models/set-tag': ({ name, key, value }) => {
      const model = this.models.get(String(name));
      if (String(value).length > 5000) return failure(400, 'INVALID_PARAMETER_VALUE');
      model?.tags.set(String(key), String(value));
      return model === undefined ? missing() : json({});
    },
    'POST registered-models/alias': ({ name, alias, version }) => {
      if (!this.versions.some((each) => each.name === name && each.version === version)) return missing();
      this.models.get(String(name))?.aliases.set(String(alias), String(version));
      return json({});
    },
    'DELETE registered-models/alias': ({ name, alias }) => {
      this.models.get(String(name))?.aliases.delete(String(alias));
      return json({});
    },
    'POST model-versions/create': ({ name, source, run_id: run, model_id: model, tags = [] }) => {
      const registered = this.models.get(String(name));
      if (registered === undefined) return missing();
      const given = tags as readonly { readonly key: string; readonly value: string }[];
      const made: Version = {
        ...{ name: String(name), version: String(registered.next++), source: String(source) },
        ...(run === undefined ? {} : { run_id: String(run) }),
        ...(model === undefined ? {} : { model_id: String(model) }),
        tags: new Map(given.map(({ key, value }) => [key, value])),
      };
      this.versions.push(made);
      return json({ model_version: { ...made, tags: listOf(made.tags) } });
    },
    'GET model-versions/search': ({ filter, page_token: token = '0' }) => {
      const [, name] = /name = '([^']*)'/.exec(String(filter)) ?? [];
      const found = this.versions.filter((each) => name === undefined || each.name === name).reverse();
      const { page = found.length } = this.options;
      const from = Number(token);
      const next = from + page < found.length ? { next_page_token: String(from + page) } : {};
      const shown = found.slice(from, from + page).map((each) => ({ ...each, tags: listOf(each.tags) }));
      return json(shown.length === 0 ? {} : { model_versions: shown, ...next });
    },
    'DELETE model-versions/delete': ({ name, version }) => {
      const found = this.versions.find((each) => each.name === name && each.version === version);
      if (found === undefined) return missing();
      this.versions = this.versions.filter((each) => each !== found);
      for (const [alias, target] of this.models.get(String(name))?.aliases ?? [])
        if (target === version) this.models.get(String(name))?.aliases.delete(alias);
      return json({});
    },
    'POST model-versions/set-tag': ({ name, version, key, value }) => {
      const found = this.versions.find((each) => each.name === name && each.version === version);
      found?.tags.set(String(key), String(value));
      return found === undefined ? missing() : json({});
    },
  };

  #loggedModel(method: string, id: string | undefined, values: Values): MlflowAnswer {
    if (this.options.major === 2) return NOT_FOUND;
    if (method === 'POST' && id === undefined) {
      const made = `m-${++this.#count}`;
      this.loggedModels.set(made, 'PENDING');
      const uri = this.#uri(`${values.experiment_id}/models/${made}/artifacts`);
      return json({ model: { info: { model_id: made, artifact_uri: uri } } });
    }
    if (id === undefined || !this.loggedModels.has(id)) return missing();
    this.loggedModels.set(id, method === 'DELETE' ? 'DELETED' : String(values.status));
    return json({});
  }

  #artifact({ method, route, query, headers, body }: MlflowRequest): MlflowAnswer {
    const path = route.slice('mlflow-artifacts/artifacts/'.length);
    if (path.includes('#') || path.split('/').includes('..')) return failure(400, 'INVALID_PARAMETER_VALUE');
    if (method === 'PUT') {
      if (headers['content-length'] !== String(body.length)) return failure(400, 'BAD_REQUEST');
      this.artifacts.set(path, body);
      return json({});
    }
    if (path === '') return this.#listing(query.get('path') ?? '');
    const found = this.artifacts.get(path);
    if (found === undefined) return missing();
    // As MLflow, which guesses the type of what it sends.
    const type = path.endsWith('.html') ? 'text/html' : 'application/octet-stream';
    return { status: 200, type, body: found };
  }

  #listing(folder: string): MlflowAnswer {
    const names = [...this.artifacts.keys()]
      .filter((path) => path.startsWith(`${folder}/`))
      .map((path) => path.slice(folder.length + 1).split('/'));
    const files = new Map(names.map(([name = '', ...rest]) => [name, rest.length > 0]));
    return json({ files: [...files].map(([path, isFolder]) => ({ path, is_dir: isFolder })) });
  }

  #uri(path: string): string {
    return `${this.options.root ?? 'mlflow-artifacts:/'}${path}`;
  }
}
