/** Files on an MLflow server, behind its proxy of artifacts: streams of checked bytes, by place. */
import { UserError } from '../../problem/problem.ts';
import { listing as isListing } from '../../schema/generated/mlflow.js';
import { type BundleFile, textFile } from '../../verdict/digest.ts';
import { checked, resumed } from '../remote/bytes.ts';
import { untilDone } from '../remote/repeat.ts';
import { refusedUpload } from './refusal.ts';
import type { MlflowServer } from './server.ts';

/** The API of artifacts, and the lists of its folders. */
const ROUTE = 'mlflow-artifacts/artifacts';

/** A file that is stored, with what its bytes must be. */
export interface Artifact {
  /** As MLflow writes it: `mlflow-artifacts:/…`. */
  readonly place: string;
  readonly size: number;
  readonly sha256: string;
  /** The file, for errors. */
  readonly where: string;
}

const CHANGED = {
  what: 'does not hold the bytes that were registered',
  fix: 'put its last good copy back among the artifacts, or remove this model version from MLflow',
};

const NOT_KEPT = {
  what: 'the MLflow server gives back other bytes than it was given',
  fix: 'see the server’s log and the store of its artifacts, and run the job again',
};

export class Artifacts {
  readonly #server: MlflowServer;
  /** By place. */
  readonly #texts = new Map<string, string>();

  constructor(server: MlflowServer) {
    this.#server = server;
  }

  /**
   * Stores a file and reads it back; one that is there is replaced.
   *
   * @param open its bytes, which are checked as they are sent.
   * @throws UserError for a source with other bytes, or a server that gives back others.
   */
  async put(
    file: Artifact,
    open: () => AsyncIterable<Uint8Array>,
    onBytes?: (count: number) => void,
  ): Promise<void> {
    await this.#upload(file, open, onBytes);
    await readToEnd(this.#bytes(file, NOT_KEPT));
  }

  /** As `put`, for a text, which another run may put there at once: then it is not whole for a moment. */
  async putText(place: string, content: string, where: string): Promise<BundleFile> {
    const text = textFile(where, content);
    const file = { ...text, place, where };
    await this.#upload(file, async function* () {
      yield Buffer.from(content);
    });
    await untilDone(this.#server.clock, async (isLast) => {
      const reading = readToEnd(this.#bytes(file, NOT_KEPT)).then(() => true);
      return isLast ? reading : reading.catch(toAgain);
    });
    return text;
  }

  async #upload(
    file: Artifact,
    open: () => AsyncIterable<Uint8Array>,
    onBytes?: (count: number) => void,
  ): Promise<void> {
    const measured = { digest: `sha256:${file.sha256}`, size: file.size, where: file.where };
    const headers = { 'content-type': 'application/octet-stream', 'content-length': String(file.size) };
    const body = () => checked(open(), measured, onBytes);
    const doing = `store ${file.where}`;
    await this.#server
      .upload({ route: this.#route(file.place), doing, headers, body })
      .catch((error: unknown) => {
        throw refusedUpload(error);
      });
  }

  /** The bytes of a file; a break is gone over. @throws UserError if they are not those that were stored. */
  read(file: Artifact): AsyncIterable<Uint8Array> {
    return this.#bytes(file, CHANGED);
  }

  /** A text that has no digest, and stays as it is: this job asks for it once. @throws Refused if it is not there. */
  async text(place: string, where: string): Promise<string> {
    const known = this.#texts.get(place);
    if (known !== undefined) return known;
    const text = await this.#server.text({ route: this.#route(place), doing: `read ${where}` });
    this.#texts.set(place, text);
    return text;
  }

  /** The places of all files below a folder. */
  async list(folder: string): Promise<string[]> {
    const call = { method: 'GET', route: ROUTE, doing: `list ${folder}` } as const;
    const { files = [] } = await this.#server.ask<{
      readonly files?: readonly { readonly path: string; readonly is_dir?: boolean }[];
    }>({ ...call, query: { path: this.#path(folder) } }, isListing);
    const below = files.map(async ({ path, is_dir: isFolder = false }) => {
      const place = `${folder}/${path.split('/').at(-1)}`;
      return isFolder ? this.list(place) : [place];
    });
    return (await Promise.all(below)).flat();
  }

  #bytes(file: Artifact, change: typeof CHANGED): AsyncIterable<Uint8Array> {
    const measured = { digest: `sha256:${file.sha256}`, size: file.size, where: file.where, change };
    const from = async (start: number) => {
      const headers: Record<string, string> = start === 0 ? {} : { range: `bytes=${start}-` };
      const doing = `read ${file.where}`;
      const answer = await this.#server.open({ route: this.#route(file.place), doing, headers });
      return { body: answer.body, at: answer.status === 206 ? start : 0 };
    };
    return checked(resumed(from, measured), measured);
  }

  #route(place: string): string {
    return `${ROUTE}/${this.#path(place)}`;
  }

  /** The path below the proxy. @throws UserError for a store that is not behind the server's proxy. */
  #path(place: string): string {
    const [, host, path = ''] = /^mlflow-artifacts:(?:\/\/([^/]*))?\/+(.+)$/.exec(place) ?? [];
    const isHere = host === undefined || host === '' || host === this.#server.address.host;
    const isBelow = path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
    if (path !== '' && isHere && isBelow) return path;
    const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(place)?.[0] ?? 'a path,';
    throw new UserError({
      what: `keeps the artifacts of this model outside of the server (${scheme} not mlflow-artifacts:), where a job cannot reach them without a login of its own`,
      where: this.#server.address.base,
      fix: 'start the server with --serve-artifacts and --artifacts-destination; an experiment keeps the place that it was made with, so rename the old one if there is one of the model’s name; or use another registry, such as oci:',
    });
  }
}

async function readToEnd(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of chunks);
}

/** @throws the error, unless it is that other bytes came. */
function toAgain(error: unknown): undefined {
  if (error instanceof UserError && error.problems[0]?.what === NOT_KEPT.what) return undefined;
  throw error;
}

/** Characters that MLflow, or a store behind it, cannot have in a file's name, as `=` and their bytes; `=` itself too. */
export function nameOf(path: string): string {
  return path.replace(/[^A-Za-z0-9._/ ()+,@\-\u0080-\u{10ffff}]/gu, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
}
