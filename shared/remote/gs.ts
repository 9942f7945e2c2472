/** Files in Google Cloud Storage, by its JSON API. */
import { UserError } from '../problem/problem.ts';
import { StoreRequests } from '../registry/origin/requests.ts';
import { tooManyObjects } from '../registry/origin/store.ts';
import { readWhole, type TextAnswer } from '../registry/remote/answer.ts';
import { beginsAt } from '../registry/remote/bytes.ts';
import { GsToken } from './gs-token.ts';
import { refusalOf } from './refusal.ts';
import type { DataPorts, DataStore, StoreBody, StoredState } from './store.ts';

const SERVER = {
  noun: 'Google Cloud Storage',
  fix: 'check the proxy settings of the runner',
  input: 'variable STORAGE_EMULATOR_HOST',
  redirects: false,
  half: 'judged',
};
const LOG_IN =
  'run google-github-actions/auth before this step, in a job with `permissions: { id-token: write }`';

interface Place {
  readonly bucket: string;
  /** The object, or what objects begin with. */
  readonly key: string;
}

export function gsStore(ports: DataPorts): DataStore {
  return new GsStore(ports);
}

class GsStore implements DataStore {
  readonly #base: string;
  readonly #requests: StoreRequests;
  readonly #token: GsToken;

  constructor(ports: DataPorts) {
    const { gs } = ports.stores();
    this.#base = gs.endpoint ?? 'https://storage.googleapis.com';
    this.#requests = new StoreRequests(SERVER, ports);
    this.#token = new GsToken(gs, ports);
  }

  async find(address: string): Promise<StoredState> {
    const answer = await this.#requests.ask(
      this.#request(objectPath(placeOf(address)), { fields: 'size,generation' }),
    );
    if (answer.status !== 200) throw await this.#refusal(answer, address);
    const { size, generation } = parsed(answer, address);
    if (!isNumber(size) || !isNumber(generation)) throw strange(address);
    return { size: Number(size), pin: pinOf({ 'x-goog-generation': String(generation) }), ranges: true };
  }

  async open(address: string, { pin = '' }: StoredState, start: number, end?: number): Promise<StoreBody> {
    const isPart = start > 0 || end !== undefined;
    const query = { alt: 'media', ifGenerationMatch: pin.replace(/^generation=/, '') };
    const answer = await this.#requests.open(
      // The bytes as they are stored: those of ranges, and those that are counted.
      this.#request(objectPath(placeOf(address)), query, {
        'accept-encoding': 'gzip',
        ...(isPart ? { range: `bytes=${start}-${end === undefined ? '' : end - 1}` } : {}),
      }),
    );
    if (answer.status === 200 || (answer.status === 206 && isPart))
      return { body: answer.body, at: beginsAt(answer), pin: pinOf(answer.headers) };
    throw await this.#refusal(await readWhole(answer), address);
  }

  async list(prefix: string, most: number): Promise<readonly string[]> {
    const { bucket, key } = placeOf(prefix);
    const found: string[] = [];
    for (let pageToken: unknown = ''; typeof pageToken === 'string'; ) {
      const query = { prefix: key, fields: 'items(name),nextPageToken', pageToken };
      const answer = await this.#requests.ask(this.#request(`b/${encodeURIComponent(bucket)}/o`, query));
      if (answer.status !== 200) throw await this.#refusal(answer, prefix);
      const { items = [], nextPageToken } = parsed(answer, prefix);
      if (!Array.isArray(items) || nextPageToken === pageToken) throw strange(prefix);
      const names = items.map((item) => item?.name);
      if (!names.every((name) => typeof name === 'string' && name.startsWith(key))) throw strange(prefix);
      // Consoles make empty objects for folders.
      found.push(...names.filter((name) => !name.endsWith('/')).map((name) => `gs://${bucket}/${name}`));
      if (found.length > most) throw tooManyObjects(prefix, most);
      pageToken = nextPageToken;
    }
    return found;
  }

  #request(path: string, query: Readonly<Record<string, string>>, headers = {}) {
    const given = Object.entries(query).filter(([, value]) => value !== '');
    const url = `${this.#base}/storage/v1/${path}?${new URLSearchParams(given)}`;
    return { method: 'GET' as const, url, headers, own: () => this.#token.headers() };
  }

  async #refusal({ status, text }: TextAnswer, where: string): Promise<UserError> {
    return refusalOf({
      ...{ status, where, said: [messageIn(text)], logIn: LOG_IN },
      allow: 'the role roles/storage.objectViewer on the bucket (listing needs it, too)',
      known: 'authorization' in (await this.#token.headers()),
    });
  }
}

function pinOf({ 'x-goog-generation': generation }: TextAnswer['headers']): string | undefined {
  return generation === undefined ? undefined : `generation=${generation}`;
}

/** @throws UserError */
function placeOf(address: string): Place {
  const [, bucket = '', key = ''] = /^gs:\/\/([a-z0-9][a-z0-9._-]*[a-z0-9])\/(.*)$/s.exec(address) ?? [];
  if (bucket !== '') return { bucket, key };
  throw new UserError({ what: 'names no bucket', where: address, fix: 'write gs://BUCKET/OBJECT' });
}

function objectPath({ bucket, key }: Place): string {
  return `b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(key)}`;
}

function isNumber(value: unknown): boolean {
  return /^\d{1,20}$/.test(String(value));
}

function parsed({ text }: TextAnswer, where: string): Readonly<Record<string, unknown>> {
  try {
    const found: unknown = JSON.parse(text);
    if (typeof found === 'object' && found !== null) return found as Record<string, unknown>;
  } catch {}
  throw strange(where);
}

function strange(where: string): UserError {
  return new UserError({
    what: 'the answer is not one of Google Cloud Storage',
    where,
    fix: 'check STORAGE_EMULATOR_HOST and the proxy settings of the runner',
  });
}

function messageIn(text: string): string {
  try {
    return String(JSON.parse(text).error.message);
  } catch {
    return '';
  }
}
