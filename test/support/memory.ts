import { createHash } from 'node:crypto';
import type {
  ByteSource,
  Clock,
  CommandOptions,
  CommandResult,
  Commands,
  Files,
  Http,
  HttpRequest,
  HttpResponse,
  LocalBundle,
  Ports,
  Spill,
} from '../../shared/ports/ports.ts';
import { MissingFile, UserError } from '../../shared/problem/problem.ts';
import {
  AliasConflict,
  type AliasMove,
  type Attachment,
  type ModelVersion,
  type NewVersion,
  type Registry,
  VersionTakenError,
} from '../../shared/registry/registry.ts';
import type { Router, Weights } from '../../shared/rollout/router.ts';
import { StateConflict, type StateEntry, type StateStore } from '../../shared/state/state.ts';
import { type BundleFile, digestOf } from '../../shared/verdict/digest.ts';
import type { Json } from '../../shared/verdict/verdict.ts';

/** A clock that only `sleep` and `advance` move. */
export class MemoryClock implements Clock {
  #now: number;

  constructor(start = '2026-01-05T12:00:00.000Z') {
    this.#now = Date.parse(start);
  }

  now(): Date {
    return new Date(this.#now);
  }

  async sleep(milliseconds: number): Promise<void> {
    this.#now += milliseconds;
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }

  set(instant: string): void {
    this.#now = Date.parse(instant);
  }
}

/** A state store with the revisions of every write kept. */
export class MemoryState implements StateStore {
  readonly #stored = new Map<string, StateEntry>();
  /** Every write, in order. */
  readonly writes: { key: string; value: Json; message: string }[] = [];

  async read(key: string): Promise<StateEntry | null> {
    const stored = this.#stored.get(key);
    return stored === undefined ? null : { value: structuredClone(stored.value), revision: stored.revision };
  }

  async write(key: string, value: Json, expected: string | null, message: string): Promise<string> {
    if ((this.#stored.get(key)?.revision ?? null) !== expected) throw new StateConflict(key);
    const revision = String(this.writes.length + 1);
    const copy = JSON.parse(JSON.stringify(value)) as Json;
    this.#stored.set(key, { value: copy, revision });
    this.writes.push({ key, value: copy, message });
    return revision;
  }
}

/** A registry in memory. `add` registers a version from file contents. */
export class MemoryRegistry implements Registry {
  readonly #versions = new Map<string, ModelVersion[]>();
  readonly #aliases = new Map<string, Record<string, string>>();
  readonly #evidence = new Map<string, string>();

  add(
    name: string,
    version: string,
    files: Readonly<Record<string, string>>,
    evidence: Readonly<Record<string, string>> = {},
    createdAt = '2026-01-01T00:00:00Z',
  ): ModelVersion {
    const bundle = memoryBundle(files);
    return this.#store(name, version, bundle.files, Object.entries(evidence), new Date(createdAt), {});
  }

  /** Adds or replaces an attached file of a version. */
  attach(version: ModelVersion, name: string, content: string): void {
    this.#evidence.set(`${version.name}@${version.version}/${name}`, content);
    const list = this.#versions.get(version.name) ?? [];
    const at = list.findIndex((candidate) => candidate.version === version.version);
    const found = list[at];
    if (found !== undefined) list[at] = { ...found, evidence: [...new Set([...found.evidence, name])] };
  }

  #store(
    name: string,
    version: string,
    files: readonly BundleFile[],
    evidence: readonly (readonly [string, string])[],
    createdAt: Date,
    metadata: Readonly<Record<string, string>>,
  ): ModelVersion {
    const list = this.#versions.get(name) ?? [];
    if (list.some((existing) => existing.version === version)) throw new VersionTakenError(version);
    const made: ModelVersion = {
      name,
      version,
      digest: digestOf(files),
      uri: `memory:${name}@${version}`,
      createdAt: createdAt.toISOString(),
      files,
      metadata,
      evidence: evidence.map(([file]) => file),
    };
    this.#versions.set(name, [...list, made]);
    for (const [file, content] of evidence) this.#evidence.set(`${name}@${version}/${file}`, content);
    return made;
  }

  async names(): Promise<readonly string[]> {
    return [...this.#versions.keys()].sort();
  }

  async versions(name: string): Promise<readonly ModelVersion[]> {
    return [...(this.#versions.get(name) ?? [])];
  }

  async create(version: NewVersion): Promise<ModelVersion> {
    const evidence = version.evidence.map(({ name, content }) => [name, content] as const);
    return this.#store(
      version.name,
      version.version,
      version.bundle.files,
      evidence,
      version.createdAt,
      version.metadata,
    );
  }

  async aliases(name: string): Promise<Readonly<Record<string, string>>> {
    return { ...this.#aliases.get(name) };
  }

  /** When aliases were set; a test moves it. */
  aliasTime = new Date('2026-01-01T00:00:00Z');

  readonly #moves = new Map<string, Record<string, (string | null)[]>>();

  async history(name: string): Promise<Readonly<Record<string, readonly AliasMove[]>>> {
    const at = this.aliasTime.toISOString();
    return Object.fromEntries(
      Object.entries(this.#moves.get(name) ?? {}).map(([alias, moves]) => [
        alias,
        moves.map((version) => ({ version, at })),
      ]),
    );
  }

  async remove({ name, version }: Pick<ModelVersion, 'name' | 'version'>): Promise<void> {
    const kept = (this.#versions.get(name) ?? []).filter((each) => each.version !== version);
    this.#versions.set(name, kept);
  }

  async addEvidence(
    { name, version }: Pick<ModelVersion, 'name' | 'version'>,
    files: readonly Attachment[],
  ): Promise<ModelVersion> {
    const found = (this.#versions.get(name) ?? []).find((each) => each.version === version);
    if (found === undefined) throw new UserError({ what: 'there is no such version', where: name });
    for (const file of files) this.attach(found, file.name, file.content);
    return found;
  }

  async setAlias(
    name: string,
    alias: string,
    version: string | null,
    expected?: string | null,
  ): Promise<void> {
    const aliases = { ...this.#aliases.get(name) };
    if (expected !== undefined && (aliases[alias] ?? null) !== expected) throw new AliasConflict(alias);
    if (version === null) delete aliases[alias];
    else aliases[alias] = version;
    this.#aliases.set(name, aliases);
    const moves = this.#moves.get(name) ?? {};
    this.#moves.set(name, { ...moves, [alias]: [...(moves[alias] ?? []), version] });
  }

  async readEvidence(version: ModelVersion, name: string): Promise<string> {
    const content = this.#evidence.get(`${version.name}@${version.version}/${name}`);
    if (content === undefined) throw new UserError({ what: 'there is no such evidence', where: name });
    return content;
  }

  /** Versions whose stored bytes are no longer those that were registered. */
  readonly altered = new Set<string>();

  async verify({ name, version }: Pick<ModelVersion, 'name' | 'version'>): Promise<void> {
    if (this.altered.has(version))
      throw new UserError({
        what: 'does not hold the bytes that were registered',
        where: `${name} ${version}`,
      });
  }

  async fetch(): Promise<void> {}
}

/** A router in memory, with every write kept. */
export class MemoryRouter implements Router {
  weights: Weights | null = null;
  readonly writes: Weights[] = [];

  async read(): Promise<Weights | null> {
    return this.weights === null ? null : structuredClone(this.weights);
  }

  async write(weights: Weights): Promise<void> {
    this.weights = structuredClone(weights);
    this.writes.push(structuredClone(weights));
  }
}

/** Answers requests by a function, and keeps them. */
export class MemoryHttp implements Http {
  readonly requests: { url: string; request: HttpRequest }[] = [];
  readonly #answer: (url: string, request: HttpRequest) => HttpResponse;

  constructor(answer: (url: string, request: HttpRequest) => HttpResponse) {
    this.#answer = answer;
  }

  async request(url: string, request: HttpRequest = {}): Promise<HttpResponse> {
    this.requests.push({ url, request });
    return this.#answer(url, request);
  }

  async stream(url: string): Promise<never> {
    throw new Error(`${url} is not in memory`);
  }
}

/** "Runs" commands by a function, and keeps them. */
export class MemoryCommands implements Commands {
  readonly runs: { argv: readonly string[]; options: CommandOptions }[] = [];
  readonly #answer: (argv: readonly string[], options: CommandOptions) => Partial<CommandResult>;

  constructor(
    answer: (argv: readonly string[], options: CommandOptions) => Partial<CommandResult> = () => ({}),
  ) {
    this.#answer = answer;
  }

  async run(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    this.runs.push({ argv, options });
    return {
      exitCode: 0,
      stdout: '',
      stderr: '',
      timedOut: false,
      truncated: false,
      ...this.#answer(argv, options),
    };
  }
}

/** Files by path; patterns are matched by name or by a single `*`. */
export class MemoryFiles implements Files {
  readonly contents: Map<string, string>;
  #temporary = 0;

  constructor(contents: Readonly<Record<string, string>> = {}) {
    this.contents = new Map(Object.entries(contents));
  }

  async glob(patterns: readonly string[]): Promise<string[]> {
    const found = new Set<string>();
    for (const pattern of patterns) {
      const [head = '', tail] = pattern.split('*');
      const matches = [...this.contents.keys()].filter((path) =>
        tail === undefined ? path === pattern : path.startsWith(head) && path.endsWith(tail),
      );
      if (matches.length === 0) throw new MissingFile({ what: 'there is no such file', where: pattern });
      for (const match of matches) found.add(match);
    }
    return [...found].sort();
  }

  async exists(path: string): Promise<boolean> {
    return this.contents.has(path);
  }

  async readText(path: string): Promise<string> {
    const content = this.contents.get(path);
    if (content === undefined) throw new MissingFile({ what: 'there is no such file', where: path });
    return content;
  }

  source(path: string): ByteSource {
    const readText = () => this.readText(path);
    return {
      name: path,
      async *open() {
        yield new TextEncoder().encode(await readText());
      },
    };
  }

  async bundle(...[paths, hash]: Parameters<Files['bundle']>): Promise<LocalBundle> {
    const files: Record<string, string> = {};
    for (const path of paths) files[path] = await this.readText(path);
    const bundle = memoryBundle(files);
    for (const file of bundle.files) await hash?.(file.path, this.source(file.path), async () => file);
    return bundle;
  }

  async local(path: string): Promise<string> {
    return path;
  }

  resolve(path: string): string {
    return path.startsWith('/') ? path : `/memory/${path}`;
  }

  async writeReport(name: string, content: string): Promise<string> {
    this.contents.set(`report/${name}`, content);
    return `report/${name}`;
  }

  async temporary(): Promise<string> {
    this.#temporary += 1;
    return `/memory/temporary-${this.#temporary}`;
  }
}

/** A bundle of contents by path. */
export function memoryBundle(contents: Readonly<Record<string, string>>): LocalBundle {
  const files = Object.entries(contents).map(([path, content]) => ({
    path,
    size: Buffer.byteLength(content),
    sha256: createHash('sha256').update(content).digest('hex'),
  }));
  return { digest: digestOf(files), files, source: (path) => new MemoryFiles(contents).source(path) };
}

/** Partitions in memory. */
export class MemorySpill implements Spill {
  readonly #partitions = new Map<number, Uint8Array[]>();

  append(partition: number, bytes: Uint8Array): void {
    this.#partitions.set(partition, [...(this.#partitions.get(partition) ?? []), Uint8Array.from(bytes)]);
  }

  size(partition: number): number {
    return (this.#partitions.get(partition) ?? []).reduce((sum, { length }) => sum + length, 0);
  }

  read(partition: number, target: Uint8Array, at: number): void {
    target.set(Buffer.concat(this.#partitions.get(partition) ?? []), at);
  }
}

/** Ports in memory; each part can be replaced. Without an answer, no server can be reached and no program runs. */
export function memoryPorts(parts: Partial<Ports> = {}): Ports {
  return {
    runner: { github: false, hosted: false },
    clock: new MemoryClock(),
    spill: async () => new MemorySpill(),
    files: new MemoryFiles(),
    commands: new MemoryCommands((argv) => {
      throw new UserError({ what: 'cannot be started (ENOENT)', where: argv[0] ?? '' });
    }),
    http: new MemoryHttp((url) => {
      throw new UserError({ what: 'cannot be reached', where: url });
    }),
    log: { info: () => {} },
    github: async () => {
      throw new UserError({ what: 'there is no GitHub in memory' });
    },
    repository: async () => {
      throw new UserError({ what: 'there is no GitHub in memory' });
    },
    ...parts,
  };
}
