/** Files at a server of https. No credentials are sent, and only redirects to https are followed. */
import { isLoopback } from '../ports/loopback.ts';
import type { StreamResponse } from '../ports/ports.ts';
import { MissingFile, UserError } from '../problem/problem.ts';
import { isParquet } from '../read/names.ts';
import { StoreRequests, shownUrl } from '../registry/origin/requests.ts';
import { refuseHtml, saidBy } from '../registry/remote/answer.ts';
import { beginsAt } from '../registry/remote/bytes.ts';
import { type DataPorts, type DataStore, REPLACED, type StoreBody, type StoredState } from './store.ts';

const FIX = 'check the address and the proxy settings of the runner';
const SERVER = { noun: 'the server', fix: FIX, input: 'address', redirects: true, half: 'judged' };
/** Names of parameters that are secrets: whoever reads the verdict could use them. */
const SECRET =
  /^(sig|signature|.*-signature|.*token|.*key|.*password|.*secret|awsaccesskeyid|googleaccessid)$/i;

export function httpsStore(ports: DataPorts): DataStore {
  return new HttpsStore(ports);
}

class HttpsStore implements DataStore {
  readonly #requests: StoreRequests;

  constructor(ports: DataPorts) {
    this.#requests = new StoreRequests(SERVER, ports);
  }

  /** By a GET of one byte, for what signs or counts requests may refuse HEAD. */
  async find(address: string): Promise<StoredState> {
    const answer = await this.#get(address, { range: 'bytes=0-0' });
    const { status, headers } = answer;
    await dropped(answer);
    // A file without bytes has no byte 0.
    const isEmpty = status === 416 && /^bytes \*\/0$/.test(headers['content-range'] ?? '');
    if (status !== 200 && status !== 206 && !isEmpty) throw refusal(status, address);
    refuseHtml({ ...answer, status }, shownUrl(address), 'a data file', 'address');
    refuseEncoded(headers, address);
    const pin = pinOf(headers);
    return {
      size: isEmpty ? 0 : status === 206 ? wholeSize(headers) : numberOf(headers['content-length']),
      pin,
      ranges: status === 206 && pin !== undefined,
    };
  }

  async open(address: string, { pin, size }: StoredState, start: number, end?: number): Promise<StoreBody> {
    const isPart = start > 0 || end !== undefined;
    const range = `bytes=${start}-${end === undefined ? '' : end - 1}`;
    const answer = await this.#get(address, isPart ? { range } : {});
    const { status, headers, body } = answer;
    if (status !== 200 && status !== 206) {
      await dropped(answer);
      throw status === 412 ? replaced(address) : refusal(status, address);
    }
    const total = status === 206 ? wholeSize(headers) : numberOf(headers['content-length']);
    const isSame = pinOf(headers) === pin && (total === undefined || size === undefined || total === size);
    if (isSame) return { body, at: beginsAt(answer) };
    await dropped(answer);
    throw replaced(address);
  }

  async list(prefix: string): Promise<readonly string[]> {
    throw new UserError({
      what: 'files of a server of https cannot be listed, so `*` finds nothing there',
      where: prefix,
      fix: 'name each file; or use s3:, gs: or az:',
    });
  }

  #get(address: string, headers: Readonly<Record<string, string>>): Promise<StreamResponse> {
    const url = checkedUrl(address);
    return this.#requests.open({
      method: 'GET',
      url: url.href,
      // The bytes as they are stored, which ranges and the ETag are about.
      headers: { 'accept-encoding': 'identity', ...headers },
    });
  }
}

/** @throws UserError for http to another machine, logins, and secrets in the query, which verdicts would tell. */
function checkedUrl(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.host));
  if (url === undefined || !isSafe)
    throw new UserError({
      what: 'is not an address of https',
      where: address.replace(/\/\/[^/]*@/, '//…@').replace(/\?.*$/s, ''),
      fix: 'write https://HOST/PATH',
    });
  const secret = [...url.searchParams.keys()].some((name) => SECRET.test(name));
  if (url.username === '' && url.password === '' && !secret) return url;
  throw new UserError({
    what: `has ${secret ? 'a signature or key in its query' : 'a login in it'}, which every reader of the verdict could use`,
    where: shownUrl(address),
    fix: 'use s3:, gs: or az: with the job’s own credentials, or fetch the file in a step before',
  });
}

/** The ETag if it is strong; else when the file was last written. */
function pinOf(headers: StreamResponse['headers']): string | undefined {
  const { etag, 'last-modified': modified } = headers;
  // A weak one is shared by files whose bytes differ.
  if (etag !== undefined && !etag.startsWith('W/')) return `etag=${etag}`;
  return modified === undefined ? undefined : `last-modified=${modified}`;
}

/** Parquet that a server compresses on its way cannot be read by parts; other files are known by their first bytes. */
function refuseEncoded(
  { 'content-encoding': encoding = 'identity' }: StreamResponse['headers'],
  address: string,
) {
  if (encoding === 'identity' || !isParquet(new URL(address).pathname)) return;
  throw new UserError({
    what: `the server sends the file compressed (content-encoding: ${encoding}), and Parquet is read in parts`,
    where: shownUrl(address),
    fix: 'switch that off for the file, or fetch it in a step before',
  });
}

/** Of the whole file, as the answer with a part tells it. */
function wholeSize(headers: StreamResponse['headers']) {
  const size = /^bytes \d{1,15}-\d{1,15}\/(\d{1,15})$/.exec(headers['content-range'] ?? '')?.[1];
  return numberOf(size);
}

function numberOf(text: string | undefined): number | undefined {
  return /^\d{1,15}$/.test(text ?? '') ? Number(text) : undefined;
}

/** Closes the connection of an answer that is not read. */
async function dropped({ body }: StreamResponse): Promise<void> {
  for await (const _ of body) break;
}

function replaced(address: string): UserError {
  return new UserError({ ...REPLACED, where: shownUrl(address) });
}

function refusal(status: number, address: string): UserError {
  const where = shownUrl(address);
  if (status === 404 || status === 410)
    return new MissingFile({ what: `there is no such file (${status})`, where, fix: 'correct the address' });
  const asks = status === 401 || status === 403;
  return new UserError({
    what: `the server refused to give the file: ${status}${saidBy([])}`,
    where,
    fix: asks
      ? 'ml-loop sends no credentials by https: use s3:, gs: or az:, or fetch the file in a step before'
      : FIX,
  });
}
