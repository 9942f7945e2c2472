/**
 * What actions are given instead of reaching for it: time, files, processes, the network, GitHub.
 * `shared/host` implements these on a machine; tests implement them in memory.
 */
import type { ActionName } from '../inputs/table.ts';
import type { Bundle } from '../verdict/digest.ts';
import type { FileHash } from '../verdict/hash.ts';
import type { VerdictSource as MadeIn, StoreStates } from '../verdict/verdict.ts';

export interface Clock {
  /** The input `now` if it was given, and what the run has slept since; the machine’s clock otherwise. */
  now(): Date;
  sleep(milliseconds: number): Promise<void>;
}

/** Bytes with a name; `open` may be called again to read them again. */
export interface ByteSource {
  readonly name: string;
  /** @throws UserError if the bytes cannot be read. */
  open(): AsyncIterable<Uint8Array>;
  /** The same in less memory: each piece only until the next is asked for. */
  stream?(): AsyncIterable<Uint8Array>;
  /** The number of bytes, if they can be read at any place; given together with `slice`. @throws as `open`. */
  size?(): Promise<number>;
  /** The bytes from `start` to before `end`, fewer only if the source ends before. @throws as `open`. */
  slice?(start: number, end: number): Promise<Uint8Array>;
  /**
   * Copies the bytes into a new file by the system's own means, if it has them.
   *
   * @throws as `open`; UserError if the bytes change meanwhile; Error if they cannot be written.
   */
  copyTo?(place: string): Promise<void>;
}

/** Room for what goes beyond memory: partitions that are appended to and read back whole. */
export interface Spill {
  append(partition: number, bytes: Uint8Array): void;
  /** Bytes of a partition. */
  size(partition: number): number;
  /** Reads all of them into `target`, from `at` on. */
  read(partition: number, target: Uint8Array, at: number): void;
}

/** A part of a file, from byte `from` to before byte `to`; of a Parquet file, row groups instead of bytes. */
export interface FilePart {
  readonly file: string;
  /** The file's place among those of the table. */
  readonly fileIndex: number;
  readonly from: number;
  readonly to: number;
}

/** A file whose bytes can be read from any place: plain text, without a byte order mark and not compressed. */
export interface RandomAccess {
  readonly size: number;
  /** Each piece only until the next is asked for. */
  read(from: number, to: number): AsyncIterable<Uint8Array>;
}

/** Threads that scan parts of large files (`scanPart` of shared/scan). */
export interface Threads {
  /** How many parts are scanned at a time, this thread's included. */
  readonly count: number;
  /** Undefined where the file is not worth it, or cannot be read from any place. */
  open(file: string): Promise<RandomAccess | undefined>;
  /** Is a Parquet file of so many values, rows times columns, worth it? */
  isWorth(values: number): boolean;
  /** What is given and answered is cloned. @throws UserError as the work itself. */
  run(part: FilePart): Promise<unknown>;
  /** What the work on a part has put aside. */
  spillOf(part: FilePart): Spill | undefined;
}

/** Files under one identity, whose bytes can be read. */
export interface LocalBundle extends Bundle {
  /** In which state the files were at their addresses; left out if they are on this machine. */
  readonly stored?: StoreStates;
  /** The bytes of one of its files, by the path it has in the bundle. */
  source(path: string): ByteSource;
}

/** What an action, or the root action, writes into its report folder; each run begins by removing what an earlier one left. */
export const REPORT_FILES = [
  'verdict.json',
  'report.html',
  'violations.csv',
  'contract.yml',
  'profile.json',
  'judged.csv',
  'predictions.csv',
  'predictions.jsonl',
  'predictions.parquet',
  'reasons.json',
  'retrain.json',
  'attestations.jsonl',
  'index.html',
  'stages.json',
] as const;
export type ReportFile = (typeof REPORT_FILES)[number];

/** Files below `working-directory`, where relative paths start; and data at addresses such as `s3://BUCKET/KEY`. */
export interface Files {
  /** Matching files, sorted. @throws UserError naming each pattern that matches nothing. */
  glob(patterns: readonly string[]): Promise<string[]>;
  exists(path: string): Promise<boolean>;
  /** @throws UserError if the file cannot be read. */
  readText(path: string): Promise<string>;
  source(path: string): ByteSource;
  /**
   * Hashes files and whole folders; their paths are relative to the folder given, or to the deepest one that holds all
   * that is given; a file alone goes by its name. A symbolic link has its own name and its target's bytes.
   *
   * @param hash tells what a file holds, such as a registry that copies it. `read` reads it where it is, and throws if it
   * changes meanwhile; by default it is read there, and may change: a log grows.
   * @throws UserError for links to places that are not followed, missing and unreadable files; what `hash` throws.
   */
  bundle(
    paths: readonly string[],
    hash?: (path: string, source: ByteSource, read: () => Promise<FileHash>) => Promise<FileHash>,
  ): Promise<LocalBundle>;
  /** The absolute path. */
  resolve(path: string): string;
  /** A path for another program: of what is at an address, that of a copy; else the path itself. @throws UserError */
  local(path: string): Promise<string>;
  /** Writes a file into this action's report folder; returns its path. */
  writeReport(name: ReportFile, content: string | Uint8Array): Promise<string>;
  /** An empty folder of its own, removed when the action ends. */
  temporary(): Promise<string>;
}

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  /** Did standard output hold more than was kept of it? */
  readonly truncated: boolean;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** What the program reads from its standard input; without it there is none. */
  readonly stdin?: string;
  /** Is told each line of both streams as it comes. */
  readonly show?: (line: string) => void;
  /** How many bytes of each stream are kept, 64 KiB if it is left out; the rest is read and dropped. */
  readonly keptBytes?: number;
}

/** Child processes by argument array; no shell ever reads them. */
export interface Commands {
  /** @throws UserError if the program cannot be started. */
  run(argv: readonly string[], options?: CommandOptions): Promise<CommandResult>;
}

export interface HttpResponse {
  readonly status: number;
  readonly body: string;
}

export interface HttpRequest {
  readonly method?: 'GET' | 'POST';
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** A request whose body, or whose answer, may be of any length. */
export interface StreamRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  /** With chunks, the header `content-length` says how many bytes they are. */
  readonly body?: string | AsyncIterable<Uint8Array>;
  /** The longest silence, either way. */
  readonly idleMs?: number;
}

export interface StreamResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** To be read, or at least begun: the connection is held until then. @throws Error if it breaks off. */
  readonly body: AsyncIterable<Uint8Array>;
}

export interface Http {
  /** @throws UserError if the server cannot be reached. */
  request(url: string, request?: HttpRequest): Promise<HttpResponse>;
  /**
   * No redirect is followed, and nothing is repeated.
   *
   * @throws Error if the server cannot be reached; what the body throws.
   */
  stream(url: string, request: StreamRequest): Promise<StreamResponse>;
}

export interface Login {
  readonly user: string;
  readonly password: string;
}

/** How an MLflow server knows the user. */
export type MlflowLogin = Login | { readonly token: string };

/** How registries know the user. */
export interface Logins {
  /**
   * At a container registry, by `HOST[:PORT]`; undefined if none is known.
   *
   * @throws UserError for a file of logins that cannot be read.
   */
  of(host: string): Promise<Login | undefined>;
  /** At an MLflow server; undefined if none is known. @throws UserError for half a login. */
  mlflow(): MlflowLogin | undefined;
  /** Keeps a token that a registry gave out of the log. */
  mask(secret: string): void;
}

export interface S3Settings {
  /** Of a store that is not AWS's. */
  readonly endpoint?: string;
  readonly region?: string;
  /** Without them requests are not signed. */
  readonly credentials?: { readonly id: string; readonly secret: string; readonly session?: string };
}

export interface HfSettings {
  /** Of a mirror. */
  readonly endpoint?: string;
  readonly token?: string;
}

export interface GsSettings {
  /** Of an emulator. */
  readonly endpoint?: string;
  readonly token?: string;
  /** The path of the file that google-github-actions/auth has written. */
  readonly credentials?: string;
}

export interface AzSettings {
  /** Of the account, if it is not Azure's public cloud. */
  readonly endpoint?: string;
  readonly account?: string;
  /** A shared access signature, without its question mark. */
  readonly sas?: string;
  readonly key?: string;
  readonly token?: string;
  /** The app that the job's own token stands for. */
  readonly client?: string;
  readonly tenant?: string;
  /** What gives out tokens, if it is not Azure's public cloud. */
  readonly authority?: string;
}

/** How stores of models and of data that stay where they are know the user. */
export interface StoreSettings {
  readonly s3: S3Settings;
  readonly hf: HfSettings;
  readonly gs: GsSettings;
  readonly az: AzSettings;
}

/** GitHub's REST API for one repository. */
export interface GitHub {
  readonly owner: string;
  readonly repo: string;
  /** Is it another repository than the job's? A job's own token does not know it. */
  readonly isForeign?: boolean;
  /** `route` as in GitHub's documentation: `POST /repos/{owner}/{repo}/dispatches`; answers of 4xx are returned, not thrown. */
  request(route: string, parameters?: Record<string, unknown>): Promise<{ status: number; data: unknown }>;
  /**
   * The items of all pages of a list, as one answer of status 200, also if GitHub wraps each page
   * (`{ total_count, check_runs }`). A page that is refused is the answer.
   */
  list(route: string, parameters?: Record<string, unknown>): Promise<{ status: number; data: unknown }>;
}

/** The same, with files of any length. The token goes to GitHub's own servers alone. */
export interface GitHubRepository extends GitHub {
  /**
   * Sends a file to the address for uploads that a release names (`upload_url`), once; again only if a limit was reached.
   *
   * @throws Unreachable if it may have come through or not; what the body throws.
   */
  upload(
    address: string,
    file: { readonly name: string; readonly size: number; body(): AsyncIterable<Uint8Array> },
  ): Promise<{ status: number; data: unknown }>;
  /**
   * The file that a route answers, from a byte on, or from the byte `at` if the server cannot begin there; without
   * `bytes` it was refused.
   *
   * @throws Unreachable if GitHub is, also when it is asked again.
   */
  download(
    route: string,
    parameters: Record<string, unknown>,
    from: number,
  ): Promise<
    | { readonly status: number; readonly bytes: AsyncIterable<Uint8Array>; readonly at: number }
    | { readonly status: number; readonly bytes?: undefined; readonly data: unknown }
  >;
}

/** What GitHub says of the job that runs, signed by GitHub; only if the job has `id-token: write`. */
export interface Identity {
  /** A token of OpenID Connect for the audience. @throws UserError if GitHub gives none. */
  token(audience: string): Promise<string>;
}

/** The services of a Sigstore instance, by address. */
export interface SigstoreServices {
  readonly fulcio: string;
  /** The transparency log. */
  readonly rekor?: string;
  /** The time stamping authority. */
  readonly timestamp?: string;
}

/** Sigstore's servers. */
export interface Sigstore {
  /**
   * Signs an in-toto statement with a key of one use, whose certificate says who has the token.
   *
   * @returns a Sigstore bundle as JSON, on one line.
   * @throws UserError if a server refuses, or cannot be reached.
   */
  sign(statement: string, token: string, services: SigstoreServices): Promise<string>;
  /**
   * The trusted root of an instance, the public one or GitHub's own, as JSON; TUF brings it up to date.
   *
   * @throws UserError if it cannot be reached, or is not what TUF says it must be.
   */
  trustedRoot(of: SigstoreInstance): Promise<string>;
}

export type SigstoreInstance = 'public' | 'github';

/** Progress for people; never on standard output. */
export interface Log {
  info(message: string): void;
}

/** The retrain that a run answers. A dispatch that says that training has ended knows the request's key alone. */
export type DispatchedRetrain = {
  /** Of the model. */
  readonly name: string;
  readonly dedupeKey: string;
  readonly requestedAt?: string;
  /** What was in production then. */
  readonly champion?: { readonly digest: string; readonly version: string } | null;
  readonly reasons?: readonly string[];
  /** The data that check-drift compared, by digest. */
  readonly compared?: { readonly reference: string; readonly current: string };
};

/** Where the run takes place. */
export interface Runner {
  /** Inside a GitHub workflow. */
  readonly github: boolean;
  /** On a machine of GitHub's that is thrown away after the job. */
  readonly hosted: boolean;
  /** `push`, `pull_request`, `schedule`, …; left out outside of workflows. */
  readonly event?: string | undefined;
  /** The people behind the run, as GitHub says: who caused it, and who ran it again. Left out if that is not known. */
  readonly actors?: readonly string[] | undefined;
  /** The branch or tag of the run, such as `refs/heads/main`. */
  readonly ref?: string | undefined;
  /** `OWNER/REPO` on GitHub, also for a command line within a workflow. */
  readonly repository?: string | undefined;
  /** The host of GitHub's own container registry, such as `ghcr.io`. */
  readonly containers?: string | undefined;
  /** What a verdict that is made here says of where it was made: repository, commit, the run. */
  readonly source?: MadeIn | undefined;
  /** The address of GitHub, such as `https://github.com`. */
  readonly server?: string | undefined;
  /** The repository's default branch, if the event tells it. */
  defaultBranch?(): string | undefined;
  /** Undefined if no retrain asked for this run. @throws UserError if what should say so cannot be read. */
  requested?(): Promise<DispatchedRetrain | undefined>;
}

/** What the base branch's configuration asks of an action for a model; without pull requests it is the checkout's. */
export interface BaseTerms {
  /** All inputs of the action as they are parsed, defaults included. */
  readonly values: Readonly<Record<string, unknown>>;
  /** A value of an input as the action parses it; undefined if there is no such input, or the value is not allowed. */
  parse(input: string, value: unknown): unknown;
}

/** A file in a store, or at a path, with what `sha256sum` prints of it. */
export interface FileElsewhere {
  readonly uri: string;
  readonly sha256: string;
}

/** A dispatch's payload, checked; of one that says what was trained, where that is. */
export interface DispatchPayload {
  readonly name: string;
  readonly 'dedupe-key'?: string | undefined;
  readonly trained?: {
    readonly model: string;
    readonly digest: string;
    readonly profile?: FileElsewhere;
    readonly predictions?: FileElsewhere;
    readonly job?: string;
  };
}

export interface Ports {
  readonly runner: Runner;
  readonly clock: Clock;
  readonly files: Files;
  readonly commands: Commands;
  readonly http: Http;
  /** Left out if there are none. */
  readonly logins?: Logins;
  /** Left out if nothing is set. @throws UserError for settings that cannot be. */
  stores?(): StoreSettings;
  /** Left out if the job has none. */
  readonly identity?: Identity;
  /** Left out if it is not reached from here. */
  readonly sigstore?: Sigstore;
  readonly log: Log;
  /** Room beyond memory, in a folder that is removed when the action ends. */
  spill(): Promise<Spill>;
  /** Threads beside this one; without it all work is done here. */
  readonly threads?: Threads;
  /** The names of the models of the configuration file; left out if there is none. */
  readonly models?: readonly string[] | undefined;
  /**
   * Null if no configuration has a section for the action and the model; left out if there is none to read.
   *
   * @throws UserError if the base branch's configuration cannot be read.
   */
  asked?(action: ActionName, model: string): Promise<BaseTerms | null>;
  /**
   * What the `repository_dispatch` of this run says, if it is one of ml-loop's.
   *
   * @throws UserError for a payload that this repository must not act on.
   */
  dispatch?(): Promise<DispatchPayload | null>;
  /** @throws UserError without a repository or a token. */
  github(): Promise<GitHub>;
  /** Any repository, `OWNER/REPO`, as far as the token knows it. @throws UserError without a token. */
  repository(name: string): Promise<GitHubRepository>;
}
