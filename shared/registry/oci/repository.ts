/** One repository of a registry, by OCI distribution 1.1: tags, manifests and blobs. */
import type { ByteSource } from '../../ports/ports.ts';
import { type Problem, Unreachable, UserError } from '../../problem/problem.ts';
import { tags as isTags } from '../../schema/generated/oci.js';
import { shapeReader } from '../../schema/shape.ts';
import { sha256Text } from '../../verdict/digest.ts';
import { readWhole, type TextAnswer } from '../remote/answer.ts';
import { type BytesFacts, checked, resumed } from '../remote/bytes.ts';
import { untilDone } from '../remote/repeat.ts';
import { ACCEPTED, type Blob, MANIFEST_TYPE, type ManifestText } from './manifests.ts';
import { faultsOf } from './refusal.ts';
import type { Ask, Requests } from './requests.ts';
import { LostUpload, type Storing, Uploads } from './upload.ts';

const readTags = shapeReader<{ readonly tags: readonly string[] | null }>(isTags);
const PAGE = 1000;
const ACCEPT = { accept: ACCEPTED };

export class Repository {
  readonly name: string;
  readonly requests: Requests;
  /** By digest: such a manifest never changes. */
  readonly #manifests = new Map<string, ManifestText>();
  readonly #uploads: Uploads;

  constructor(name: string, requests: Requests) {
    this.name = name;
    this.requests = requests;
    this.#uploads = new Uploads(name, requests, (digest) => this.shown(digest));
  }

  /** `HOST/PATH/NAME`, with a tag or a digest if one is given. */
  shown(reference = ''): string {
    const separator = reference === '' ? '' : reference.startsWith('sha256:') ? '@' : ':';
    return `${this.requests.address.host}/${this.name}${separator}${reference}`;
  }

  /** All tags; none if there is no such repository. */
  async tags(): Promise<string[]> {
    return this.requests.pages(
      { method: 'GET', url: `/v2/${this.name}/tags/list?n=${PAGE}`, repository: this.name },
      `list the versions of ${this.name}`,
      (text, where) => {
        const shaped = readTags(text, where);
        if ('value' in shaped) return shaped.value.tags ?? [];
        throw notOfRegistry(shaped.problems, this.requests.address.input);
      },
    );
  }

  /** The manifest of a tag or digest, whole; null if there is none. */
  async manifest(reference: string): Promise<ManifestText | null> {
    const known = this.#manifests.get(reference);
    if (known !== undefined) return known;
    const ask = this.#ask('GET', `manifests/${reference}`, { headers: ACCEPT });
    const answer = await this.requests.ask(ask);
    if (answer.status === 404) return null;
    if (answer.status !== 200) return this.requests.refuse(answer, `read ${this.shown(reference)}`, ask);
    const type = answer.headers['content-type'];
    const stored = {
      text: answer.text,
      digest: sha256Text(answer.text),
      ...(type === undefined ? {} : { type }),
    };
    const promised = reference.startsWith('sha256:') ? reference : answer.headers['docker-content-digest'];
    if (promised?.startsWith('sha256:') === true && promised !== stored.digest)
      throw damaged(this.shown(reference), `its manifest has the digest ${stored.digest}, not ${promised}`);
    this.#manifests.set(stored.digest, stored);
    return stored;
  }

  /**
   * Stores a manifest by its digest, or under a tag, which moves there.
   *
   * @returns whether the registry keeps the list of what refers to the manifest's subject.
   */
  async put(
    { text, digest }: ManifestText,
    reference: string = digest,
    { type = MANIFEST_TYPE, once = false }: { type?: string; once?: boolean } = {},
  ): Promise<boolean> {
    const headers = { 'content-type': type, 'content-length': String(Buffer.byteLength(text)) };
    const ask = this.#ask('PUT', `manifests/${reference}`, { push: true, headers, body: text, once });
    const answer = await untilDone(this.requests.clock, async (isLast) => {
      const given = await this.requests.ask(ask);
      return isLast || !isUnsettled(given) ? given : undefined;
    });
    if (answer.status !== 201) return this.requests.refuse(answer, `store ${this.shown(reference)}`, ask);
    const kept = answer.headers['docker-content-digest'] ?? digest;
    if (kept.startsWith('sha256:') && kept !== digest)
      throw damaged(this.shown(reference), `the registry stored ${kept} instead of ${digest}`);
    this.#manifests.set(digest, { text, digest });
    return answer.headers['oci-subject'] !== undefined;
  }

  /** Removes a tag, or a manifest by its digest, if the registry does such things; many do not. */
  async remove(reference: string): Promise<void> {
    this.#manifests.delete(reference);
    const ask = this.#ask('DELETE', `manifests/${reference}`, { push: true, once: true });
    await this.requests.ask(ask).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
    });
  }

  async hasBlob(digest: string): Promise<boolean> {
    return (await this.findBlob(digest)) !== null;
  }

  /** What the registry says of a blob, with its size unless it leaves that out; null if there is none. */
  async findBlob(digest: string): Promise<{ readonly size?: number } | null> {
    const ask = this.#ask('HEAD', `blobs/${digest}`, {});
    const answer = await this.requests.ask(ask);
    if (answer.status === 404) return null;
    if (answer.status !== 200) return this.requests.refuse(answer, `look for ${this.shown(digest)}`, ask);
    const length = answer.headers['content-length'] ?? '';
    return /^\d{1,15}$/.test(length) ? { size: Number(length) } : {};
  }

  async putText({ content, digest }: Blob): Promise<void> {
    const bytes = Buffer.from(content);
    const source = async function* () {
      yield bytes;
    };
    await this.putBlob(
      { digest, size: bytes.length, where: this.shown(digest) },
      { name: digest, open: source },
    );
  }

  /**
   * Stores a blob if it is not there, with one hash pass over its bytes.
   *
   * @throws UserError if the source does not hold these bytes.
   */
  async putBlob(blob: BytesFacts, source: ByteSource, storing: Storing = {}): Promise<void> {
    await untilDone(this.requests.clock, async (isLast) => {
      if (await this.hasBlob(blob.digest)) return true;
      try {
        await this.#uploads.store(blob, source, { ...storing, whole: isLast });
        return true;
      } catch (error) {
        // What was begun is lost, or stored and the answer lost: another look tells.
        if (!isLast && (error instanceof Unreachable || error instanceof LostUpload)) return undefined;
        throw error;
      }
    });
  }

  /** A blob's bytes; a break is gone over. @throws UserError if they are not those of the digest. */
  readBlob(blob: BytesFacts): AsyncIterable<Uint8Array> {
    const from = async (start: number) => {
      const range: Record<string, string> = start === 0 ? {} : { range: `bytes=${start}-` };
      const ask = this.#ask('GET', `blobs/${blob.digest}`, { headers: range });
      const answer = await this.requests.open(ask);
      if (answer.status === 200 || (answer.status === 206 && start > 0))
        return { body: answer.body, at: answer.status === 206 ? start : 0 };
      const whole = await readWhole(answer);
      if (answer.status === 404) throw damaged(blob.where, 'its bytes are not in the registry any more');
      return this.requests.refuse(whole, `read ${this.shown(blob.digest)}`, ask);
    };
    return checked(resumed(from, blob), { ...blob, change: CHANGED });
  }

  #ask(method: Ask['method'], path: string, parts: Omit<Ask, 'method' | 'url' | 'repository'>): Ask {
    return { method, url: `/v2/${this.name}/${path}`, repository: this.name, ...parts };
  }
}

/**
 * Is it said of a manifest that its digest is wrong, or that its blobs are not there? They are: where another run stores
 * the same ones at the same time, the registry has not written them down yet.
 */
function isUnsettled(answer: TextAnswer): boolean {
  const codes = ['DIGEST_INVALID', 'BLOB_UNKNOWN', 'MANIFEST_BLOB_UNKNOWN'];
  return (faultsOf(answer) ?? []).some(({ code = '' }) => codes.includes(code));
}

const CHANGED = {
  what: 'does not hold the bytes that were registered',
  fix: 'push its last good copy to the registry again',
};

function damaged(where: string, what: string): UserError {
  return new UserError({ what, where, fix: 'push its last good copy to the registry again' });
}

function notOfRegistry(problems: readonly Problem[], input: string): UserError {
  return new UserError(problems.map((problem) => ({ ...problem, fix: `check the address in the ${input}` })));
}
