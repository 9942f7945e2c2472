/** One bucket, by the three calls of S3 that read: ListObjectsV2, HeadObject and GetObject. */
import type { Clock, S3Settings, StreamResponse } from '../../ports/ports.ts';
import { UserError } from '../../problem/problem.ts';
import { readWhole, type TextAnswer } from '../remote/answer.ts';
import { beginsAt } from '../remote/bytes.ts';
import { StoreRequests } from './requests.ts';
import { s3Url, signedHeaders } from './s3-address.ts';
import { readListing, type S3Listing } from './s3-listing.ts';
import { askFor } from './s3-proof.ts';
import { type ReplacedObject, type S3Asked, SINCE_REGISTERED, s3Refusal } from './s3-refusal.ts';
import { type StorePorts, tooManyObjects } from './store.ts';

const SERVER = {
  noun: 'the store of the bucket',
  fix: 'check the bucket’s name, AWS_REGION, AWS_ENDPOINT_URL_S3 and the proxy settings of the runner',
  input: 'variable AWS_ENDPOINT_URL_S3',
  redirects: false,
};
/** To ask for an object's checksum with its headers. */
const CHECKSUM = { 'x-amz-checksum-mode': 'ENABLED' };

interface Call {
  readonly method: 'GET' | 'HEAD';
  /** Empty for a list. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly pin?: string | undefined;
}

export class S3Bucket {
  readonly #name: string;
  readonly #settings: S3Settings;
  readonly #requests: StoreRequests;
  readonly #replaced: ReplacedObject;

  /** @param replaced what to say of an object in another state than the pinned one. */
  constructor(
    name: string,
    ports: Pick<StorePorts, 'http' | 'stores'> & { readonly clock: Pick<Clock, 'sleep'> },
    replaced: ReplacedObject = SINCE_REGISTERED,
  ) {
    this.#name = name;
    this.#settings = ports.stores?.().s3 ?? {};
    this.#replaced = replaced;
    const half = replaced === SINCE_REGISTERED ? 'registered' : 'judged';
    this.#requests = new StoreRequests({ ...SERVER, half }, ports);
  }

  /** `s3://BUCKET/KEY`. */
  shown(key: string): string {
    return `s3://${this.#name}/${key}`;
  }

  /**
   * All keys that begin so, without the empty objects that consoles make for folders.
   *
   * @throws UserError for more than `most`.
   */
  async keys(folder: string, most = Number.POSITIVE_INFINITY): Promise<string[]> {
    const keys: string[] = [];
    const seen = new Set<string>();
    for (let token: string | undefined = ''; token !== undefined; ) {
      const page: S3Listing = await this.#page(folder, token);
      const files = page.objects.filter(({ key, size }) => !(key.endsWith('/') && size === 0));
      keys.push(...files.map(({ key }) => key));
      if (keys.length > most) throw tooManyObjects(this.shown(folder), most);
      token = page.next;
      if (token !== undefined && seen.has(token))
        throw this.#strange(folder, 'the list of objects goes round in a circle');
      seen.add(token ?? '');
    }
    return keys;
  }

  /** The headers of an object. @throws NoSuchObject; UserError if it may not be read, or was replaced since it was pinned. */
  async head(key: string, pin?: string): Promise<StreamResponse['headers']> {
    const call: Call = { method: 'HEAD', key, pin, headers: CHECKSUM };
    const answer = await this.#requests.ask(this.#request(call));
    if (answer.status !== 200) throw s3Refusal(await this.#reason(answer, call), this.#asked('read', call));
    // Every object has one; a page of a proxy that stands in between does not.
    if (answer.headers.etag !== undefined) return answer.headers;
    throw this.#strange(key, 'the answer is not about an object of S3: it has no ETag');
  }

  /** Why HEAD was refused, which only the body of a GET can say. */
  async #reason(refused: TextAnswer, call: Call): Promise<TextAnswer> {
    if (![400, 401, 403].includes(refused.status)) return refused;
    const again: Call = { ...call, method: 'GET', headers: { range: 'bytes=0-0' } };
    const answer = await this.#requests.ask(this.#request(again));
    return answer.status === refused.status ? answer : refused;
  }

  /** The bytes from `start` to before `end`, or all of them if the store cannot. */
  async open(key: string, pin: string | undefined, start: number, end?: number) {
    const isPart = start > 0 || end !== undefined;
    const range = `bytes=${start}-${end === undefined ? '' : end - 1}`;
    const call: Call = { method: 'GET', key, pin, headers: isPart ? { range } : {} };
    const answer = await this.#requests.open(this.#request(call));
    if (answer.status === 200 || (answer.status === 206 && isPart))
      return { body: answer.body, at: beginsAt(answer), headers: answer.headers };
    throw s3Refusal(await readWhole(answer), this.#asked('read', call));
  }

  async #page(folder: string, token: string): Promise<S3Listing> {
    const query = {
      ...{ 'list-type': '2', 'encoding-type': 'url', prefix: folder },
      ...(token === '' ? {} : { 'continuation-token': token }),
    };
    const call: Call = { method: 'GET', key: '', query };
    const answer = await this.#requests.ask(this.#request(call));
    if (answer.status !== 200)
      throw s3Refusal(answer, { ...this.#asked('list the objects', call), where: this.shown(folder) });
    return readListing(answer.text, folder, this.shown(folder));
  }

  #request({ method, key, query, pin, headers: own = {} }: Call) {
    const state = askFor(pin);
    const url = s3Url(this.#settings, this.#name, key, { ...query, ...state.query });
    const headers = { ...own, ...state.headers };
    return { method, url, headers, own: () => signedHeaders({ method, url, headers }, this.#settings) };
  }

  #asked(doing: string, { key, pin }: Call): S3Asked {
    const read = askFor(pin).query.versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion';
    const folder = [...key.split('/').slice(0, -1), '*'].join('/');
    return {
      ...{ doing, where: this.shown(key), pinned: pin !== undefined, replaced: this.#replaced },
      action: key === '' ? 's3:ListBucket' : read,
      resource: `arn:aws:s3:::${this.#name}${key === '' ? '' : `/${folder}`}`,
      known: this.#settings.credentials !== undefined,
      region: this.#settings.region,
    };
  }

  #strange(key: string, what: string): UserError {
    return new UserError({ what, where: this.shown(key), fix: SERVER.fix });
  }
}
