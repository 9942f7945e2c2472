/** Models on the Hugging Face Hub: large files are kept by their SHA-256, small ones by git. */

import { createHash } from 'node:crypto';
import { isLoopback } from '../../ports/loopback.ts';
import type { HfSettings } from '../../ports/ports.ts';
import { inParallel } from '../../problem/parallel.ts';
import { type Problem, UserError } from '../../problem/problem.ts';
import { revision as isRevision, validate as isTree } from '../../schema/generated/hf.js';
import { shapeReader, type Validator } from '../../schema/shape.ts';
import { readWhole, saidBy, type TextAnswer } from '../remote/answer.ts';
import { resumed } from '../remote/bytes.ts';
import { type HfReference, shownReference } from './reference.ts';
import { type StoreRequest, StoreRequests } from './requests.ts';
import { checkedBytes, type ModelStore, refusePaths, type StoredFile, type StorePorts } from './store.ts';

const HUB = 'https://huggingface.co';
const SERVER = {
  noun: 'Hugging Face',
  fix: 'check HF_ENDPOINT and the proxy settings of the runner',
  input: 'variable HF_ENDPOINT',
  redirects: true,
};
/** Git keeps files up to 10 MB; what is larger and has no SHA-256 is not from there. */
const LARGEST_SMALL = 64 * 1024 * 1024;

interface TreeEntry {
  readonly type: string;
  readonly path: string;
  readonly size: number;
  /** Of git. */
  readonly oid: string;
  readonly lfs?: { readonly oid: string; readonly size: number };
}

export function hfStore(reference: HfReference, where: string, ports: StorePorts): ModelStore {
  return new HuggingFace(reference, where, ports);
}

class HuggingFace implements ModelStore {
  readonly #reference: HfReference;
  readonly #where: string;
  readonly #settings: HfSettings;
  readonly #requests: StoreRequests;

  constructor(reference: HfReference, where: string, ports: StorePorts) {
    this.#reference = reference;
    this.#where = where;
    this.#settings = ports.stores?.().hf ?? {};
    this.#requests = new StoreRequests(SERVER, ports);
  }

  get pinned(): string {
    return shownReference(this.#reference);
  }

  async list(): Promise<readonly StoredFile[]> {
    await this.#requireCommit();
    const entries = await this.#tree();
    const strange = entries.filter(({ type }) => type !== 'file' && type !== 'directory');
    if (strange.length > 0) {
      throw new UserError(
        strange.map(({ path, type }) => ({
          what: `${JSON.stringify(path)} is a ${JSON.stringify(type)}, not a file`,
          where: this.pinned,
          fix: 'take it out of the repository, and name that commit',
        })),
      );
    }
    const files = entries.filter(({ type }) => type === 'file');
    refusePaths(
      files.map(({ path }) => path),
      this.pinned,
    );
    return inParallel(files, async (entry) => {
      const { path, lfs } = entry;
      return lfs === undefined ? this.#small(entry) : { path, size: lfs.size, sha256: lfs.oid };
    });
  }

  bytes(file: StoredFile): AsyncIterable<Uint8Array> {
    return checkedBytes(file, `${this.pinned} ${file.path}`, (start) => this.#open(file.path, start));
  }

  async #open(path: string, start: number) {
    const range: Record<string, string> = start === 0 ? {} : { range: `bytes=${start}-` };
    const { repo, revision } = this.#reference;
    const file = path.split('/').map(encodeURIComponent).join('/');
    const answer = await this.#requests.open(this.#get(`/${repo}/resolve/${revision}/${file}`, range));
    if (answer.status === 200 || (answer.status === 206 && start > 0))
      return { body: answer.body, at: answer.status === 206 ? start : 0 };
    throw this.#refusal(await readWhole(answer), `read ${path}`);
  }

  /** A branch or a tag moves: a commit does not. @throws UserError with the commit that it names now. */
  async #requireCommit(): Promise<void> {
    const { repo, revision } = this.#reference;
    const isHash = /^[0-9a-f]{40}$/.test(revision);
    const of = encodeURIComponent(revision === '' ? 'main' : revision);
    const answer = await this.#requests.ask(this.#get(`/api/models/${repo}/revision/${of}`));
    if (answer.status !== 200)
      throw this.#refusal(answer, `find ${revision === '' ? repo : `${repo}@${revision}`}`);
    const { sha } = this.#shaped<{ sha: string }>(isRevision, answer);
    if (isHash && sha === revision) return;
    throw new UserError({
      what:
        revision === ''
          ? 'names no commit'
          : `names ${JSON.stringify(revision)}, which is not a commit and may move`,
      where: this.#where,
      fix: `write hf:${repo}@${sha}, which it names now`,
    });
  }

  /** All entries; the list comes in pages. */
  async #tree(): Promise<TreeEntry[]> {
    const { repo, revision } = this.#reference;
    const entries: TreeEntry[] = [];
    const seen = new Set<string>();
    let url: string | undefined = `/api/models/${repo}/tree/${revision}?recursive=true`;
    while (url !== undefined) {
      if (seen.has(url)) throw this.#strange('the list of files goes round in a circle');
      seen.add(url);
      const answer: TextAnswer = await this.#requests.ask(this.#get(url));
      if (answer.status !== 200) throw this.#refusal(answer, 'list the files');
      entries.push(...this.#shaped<TreeEntry[]>(isTree, answer));
      url = this.#nextPage(answer);
    }
    return entries;
  }

  /** @throws UserError if the list goes on at another server. */
  #nextPage({ headers }: Pick<TextAnswer, 'headers'>): string | undefined {
    const [, next] = /<([^>]+)>\s*;[^,]*\brel="?next"?/i.exec(headers.link ?? '') ?? [];
    if (next === undefined) return undefined;
    const own = new URL(this.#endpoint);
    const url = URL.canParse(next, own.href) ? new URL(next, own) : undefined;
    if (url !== undefined && url.origin === own.origin) return url.href;
    throw this.#strange('the list of files goes on at another server');
  }

  /** A file that git keeps by the SHA-1 of its blob: its bytes are read. */
  async #small({ path, size, oid }: TreeEntry): Promise<StoredFile> {
    const where = `${this.pinned} ${path}`;
    if (size > LARGEST_SMALL)
      throw this.#strange(
        `has ${size} bytes and no SHA-256, which Hugging Face has of all large files`,
        where,
      );
    const hash = createHash('sha256');
    const inGit = createHash('sha1').update(`blob ${size}\0`);
    let seen = 0;
    for await (const chunk of resumed((start) => this.#open(path, start), { size, digest: '', where })) {
      seen += chunk.length;
      hash.update(chunk);
      inGit.update(chunk);
    }
    if (seen !== size || inGit.digest('hex') !== oid)
      throw this.#strange('is not the file of that commit', where);
    return { path, size, sha256: hash.digest('hex') };
  }

  #strange(what: string, where = this.pinned): UserError {
    return new UserError({ what, where, fix: SERVER.fix });
  }

  get #endpoint(): string {
    return (this.#settings.endpoint ?? HUB).replace(/\/+$/, '');
  }

  /** With the token, unless it would be read on the way. */
  #get(address: string, headers: Readonly<Record<string, string>> = {}): StoreRequest {
    const { token } = this.#settings;
    const url = address.startsWith('/') ? `${this.#endpoint}${address}` : address;
    const own = async ({ protocol, host }: URL): Promise<Record<string, string>> =>
      token !== undefined && (protocol === 'https:' || isLoopback(host))
        ? { authorization: `Bearer ${token}` }
        : {};
    return { method: 'GET', url, headers, own };
  }

  #shaped<T>(validator: Validator, { text }: TextAnswer): T {
    const shaped = shapeReader<T>(validator)(text, this.pinned);
    if ('value' in shaped) return shaped.value;
    throw new UserError(
      shaped.problems.map(
        ({ what }): Problem => ({
          what: `the answer of Hugging Face is not what it should be: ${what}`,
          where: this.pinned,
          fix: SERVER.fix,
        }),
      ),
    );
  }

  #refusal({ status, headers }: Pick<TextAnswer, 'status' | 'headers'>, doing: string): UserError {
    const code = headers['x-error-code'] ?? '';
    return new UserError({
      what: `Hugging Face refused to ${doing}: ${status}${saidBy([code, headers['x-error-message']])}`,
      where: this.pinned.replace(/@$/, ''),
      fix: this.#fixOf(status, code),
    });
  }

  #fixOf(status: number, code: string): string {
    const { repo, revision } = this.#reference;
    const known = this.#settings.token !== undefined;
    if (code === 'GatedRepo')
      return `accept the conditions on the page of ${repo} with the account whose token is HF_TOKEN`;
    if (code === 'RevisionNotFound')
      return `${repo} has no ${revision}: name a commit that its history shows`;
    if (code === 'EntryNotFound') return 'the file is not in that commit any more: name another commit';
    if (status === 401 || status === 403 || code === 'RepoNotFound')
      return known
        ? `check the name of ${repo}; if it is private, set HF_TOKEN to a token that may read it, from a secret: the one that is set may not, or has expired`
        : `check the name of ${repo}; if it is private, set HF_TOKEN for this step, from a secret: \`env: { HF_TOKEN: \${{ secrets.HF_TOKEN }} }\``;
    if (status === 404) return `check the name of ${repo}, and the commit`;
    return SERVER.fix;
  }
}
