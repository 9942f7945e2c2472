/** How a blob's bytes get to a registry: in one request; if they are many, in chunks, so that a cut costs one chunk. */
import type { ByteSource } from '../../ports/ports.ts';
import { Unreachable, UserError } from '../../problem/problem.ts';
import type { TextAnswer } from '../remote/answer.ts';
import { type BytesFacts, checked } from '../remote/bytes.ts';
import { DELAYS } from '../remote/repeat.ts';
import { Feed } from './feed.ts';
import type { Ask, Requests } from './requests.ts';

const MIB = 1024 * 1024;
/** Larger blobs go in chunks. Registries that allow only smaller ones (GitHub's: 4 MiB) get the blob in one request. */
const LARGE = 64 * MIB;
/** Long, because nothing is sent while a registry ends a chunk; many registries keep what came of one that was cut. */
const CHUNK = 256 * MIB;

/** The registry does not know an upload any more that was begun, or has lost parts of it: it is to begin again. */
export class LostUpload extends UserError {}

export interface Storing {
  /** Is told how many bytes were sent, each time. */
  readonly onBytes?: ((count: number) => void) | undefined;
  /** Another repository of this registry that may have the blob, which then need not be sent. */
  readonly from?: string | undefined;
  /** Is all of it to be sent in one request? */
  readonly whole?: boolean;
}

export class Uploads {
  readonly #repository: string;
  readonly #requests: Requests;
  readonly #shown: (digest: string) => string;
  /** False as soon as the registry has refused a chunk. */
  #takesChunks = true;

  constructor(repository: string, requests: Requests, shown: (digest: string) => string) {
    this.#repository = repository;
    this.#requests = requests;
    this.#shown = shown;
  }

  /**
   * Stores a blob that is not there, with one hash pass over its bytes.
   *
   * @throws LostUpload, Unreachable if it is to be tried again; UserError if the source does not hold these bytes.
   */
  async store(blob: BytesFacts, source: ByteSource, storing: Storing = {}): Promise<void> {
    const begun = await this.#begin(blob, storing.from);
    if (begun === undefined) return;
    const { chunkBytes } = this.#requests;
    const chunk = Math.max(chunkBytes ?? CHUNK, begun.least);
    if (blob.size <= (chunkBytes ?? LARGE) || storing.whole === true || !this.#takesChunks)
      return this.#whole(begun.url, blob, () => checked(source.open(), blob, storing.onBytes));
    if (await this.#inChunks(begun.url, chunk, blob, new Feed(source, blob, storing.onBytes))) return;
    this.#takesChunks = false;
    return this.store(blob, source, { ...storing, whole: true });
  }

  /** Where the bytes go, and how long a chunk is at least; undefined if the registry had them in the other repository. */
  async #begin(blob: BytesFacts, from?: string): Promise<{ url: URL; least: number } | undefined> {
    const mount = from === undefined ? '' : `?mount=${blob.digest}&from=${encodeURIComponent(from)}`;
    const ask = this.#ask('POST', `/v2/${this.#repository}/blobs/uploads/${mount}`, {
      headers: { 'content-length': '0' },
      ...(from === undefined ? {} : { from }),
    });
    const answer = await this.#requests.ask(ask);
    if (answer.status === 201 && from !== undefined) return undefined;
    const url = this.#next(answer, new URL(ask.url, this.#requests.address.origin));
    if (answer.status === 202 && url !== undefined)
      return { url, least: Number(answer.headers['oci-chunk-min-length'] ?? 0) || 0 };
    return from === undefined ? this.#refuse(answer, blob, ask) : this.#begin(blob);
  }

  async #whole(url: URL, blob: BytesFacts, body: () => AsyncIterable<Uint8Array>): Promise<void> {
    const headers = { ...BYTES, 'content-length': String(blob.size) };
    const ask = this.#ask('PUT', closing(url, blob), { headers, body, once: true });
    const answer = await this.#requests.ask(ask);
    if (answer.status === 201) return;
    if (answer.status === 404 || answer.status === 416) throw this.#lost(blob);
    return this.#refuse(answer, blob, ask);
  }

  /** @returns false if the registry does not take chunks, or not such ones. */
  async #inChunks(begun: URL, chunk: number, blob: BytesFacts, feed: Feed): Promise<boolean> {
    let url = begun;
    let at = 0;
    let tries = 0;
    try {
      while (at < blob.size) {
        const end = Math.min(at + chunk, blob.size);
        const answer = await this.#chunk(url, feed, at, end);
        if ('status' in answer && (answer.status === 202 || answer.status === 204)) {
          [at, tries] = [end, 0];
          url = this.#next(answer, url) ?? url;
          continue;
        }
        if ('status' in answer && answer.status !== 416) return this.#refusedChunk(answer, blob, at);
        const delay = DELAYS[tries++];
        if (delay === undefined) throw 'status' in answer ? this.#lost(blob) : answer;
        await this.#requests.clock.sleep(delay);
        const kept = await this.#kept(url, blob);
        if (kept.bytes > end) throw this.#lost(blob);
        // It wants these very bytes, and does not want them so: they are too many for it.
        if ('status' in answer && kept.bytes === at) return false;
        if (kept.bytes > at) tries = 0;
        [at, url] = [kept.bytes, kept.url];
      }
      return await this.#close(url, blob);
    } finally {
      await feed.close();
    }
  }

  async #chunk(url: URL, feed: Feed, from: number, to: number): Promise<TextAnswer | Unreachable> {
    const headers = { ...BYTES, 'content-length': String(to - from), 'content-range': `${from}-${to - 1}` };
    const body = () => feed.part(from, to);
    try {
      return await this.#requests.ask(this.#ask('PATCH', url.href, { headers, body, once: true }));
    } catch (error) {
      if (error instanceof Unreachable) return error;
      throw error;
    }
  }

  /** @returns false if the registry does not take chunks. @throws Refused if it takes nothing. */
  #refusedChunk(answer: TextAnswer, blob: BytesFacts, at: number): false | Promise<never> {
    if (answer.status === 401 || answer.status === 403)
      return this.#refuse(answer, blob, this.#ask('PATCH', '', {}));
    if (answer.status === 404 && at > 0) throw this.#lost(blob);
    return false;
  }

  /** What the registry has of an upload that was cut. */
  async #kept(url: URL, blob: BytesFacts): Promise<{ bytes: number; url: URL }> {
    const answer = await this.#requests.ask(this.#ask('GET', url.href, {}));
    const [, last] = /^(?:bytes=)?0-(\d+)$/.exec(answer.headers.range ?? '') ?? [];
    if (answer.status >= 300 || last === undefined) throw this.#lost(blob);
    // `0-0` is what registries say of nothing, too.
    return { bytes: last === '0' ? 0 : Number(last) + 1, url: this.#next(answer, url) ?? url };
  }

  /**
   * Ends an upload; again, as long as the registry still has all of it.
   *
   * @returns false if what the chunks are together is not what was sent.
   */
  async #close(url: URL, blob: BytesFacts, tries = 0): Promise<boolean> {
    const ask = this.#ask('PUT', closing(url, blob), { headers: { 'content-length': '0' }, once: true });
    try {
      const answer = await this.#requests.ask(ask);
      if (answer.status === 201) return true;
      if (answer.status === 404) throw this.#lost(blob);
      if (answer.status === 400 || answer.status === 416) return false;
      return await this.#refuse(answer, blob, ask);
    } catch (error) {
      const delay = DELAYS[tries];
      if (!(error instanceof Unreachable) || delay === undefined) throw error;
      await this.#requests.clock.sleep(delay);
      const kept = await this.#kept(url, blob);
      if (kept.bytes !== blob.size) throw this.#lost(blob);
      return this.#close(kept.url, blob, tries + 1);
    }
  }

  #next({ headers: { location } }: Pick<TextAnswer, 'headers'>, base: URL): URL | undefined {
    return location === undefined ? undefined : this.#requests.safe(location, base);
  }

  #ask(method: Ask['method'], url: string, parts: Omit<Ask, 'method' | 'url' | 'repository'>): Ask {
    return { method, url, repository: this.#repository, push: true, ...parts };
  }

  #refuse(answer: TextAnswer, { digest }: BytesFacts, ask: Ask): Promise<never> {
    return this.#requests.refuse(answer, `store ${this.#shown(digest)}`, ask);
  }

  #lost({ digest }: BytesFacts): LostUpload {
    return new LostUpload({
      what: 'the registry lost what was sent, also when it was sent again',
      where: this.#shown(digest),
      fix: 'run the job again; if it stays so, see the registry’s log',
    });
  }
}

const BYTES = { 'content-type': 'application/octet-stream' };

/** The address that ends an upload; it may have a query already. */
function closing(url: URL, { digest }: BytesFacts): string {
  const closed = new URL(url);
  closed.searchParams.set('digest', digest);
  return closed.href;
}
