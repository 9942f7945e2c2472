/** Who the job is to Azure: a shared access signature, the account's key, a token, or GitHub's token of the job. */
import { createHmac } from 'node:crypto';
import { UserError } from '../problem/problem.ts';
import type { DataPorts } from './store.ts';

const VERSION = '2021-12-02';
const HELD_MS = 45 * 60_000;

export interface AzRequest {
  readonly method: 'GET' | 'HEAD';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly account: string;
}

export class AzLogin {
  readonly #ports: DataPorts;
  #made: { readonly token: Promise<string>; readonly at: number } | undefined;

  constructor(ports: DataPorts) {
    this.#ports = ports;
  }

  /** Are there credentials to send? */
  get isKnown(): boolean {
    const { sas, key, token, client } = this.#ports.stores().az;
    return [sas, key, token, client].some((one) => one !== undefined);
  }

  /** The address and the headers of a request with what proves who asks. @throws UserError if Azure gives no token. */
  async signed({ method, url, headers, account }: AzRequest) {
    const { sas, key, token, client } = this.#ports.stores().az;
    // The machine's time, whatever the input `now` says: servers compare it with theirs.
    const own = { 'x-ms-version': VERSION, 'x-ms-date': new Date().toUTCString() };
    if (sas !== undefined) {
      const signed = new URL(url);
      for (const [name, value] of new URLSearchParams(sas)) signed.searchParams.set(name, value);
      return { url: signed, headers: own };
    }
    if (key !== undefined) {
      const signature = signatureOf({ method, url, headers: { ...headers, ...own }, account }, key);
      return { url, headers: { ...own, authorization: `SharedKey ${account}:${signature}` } };
    }
    const bearer = token ?? (client === undefined ? undefined : await this.#federated());
    return { url, headers: bearer === undefined ? own : { ...own, authorization: `Bearer ${bearer}` } };
  }

  #federated(): Promise<string> {
    if (this.#made === undefined || Date.now() - this.#made.at > HELD_MS)
      this.#made = { token: this.#exchanged(), at: Date.now() };
    return this.#made.token;
  }

  /** GitHub's token of the job is exchanged for Azure's, as azure/login does. */
  async #exchanged(): Promise<string> {
    const { client, tenant = '', authority = 'https://login.microsoftonline.com' } = this.#ports.stores().az;
    const { identity, logins, http } = this.#ports;
    if (identity === undefined)
      throw new UserError({
        what: 'the job has no token of GitHub’s that Azure could know it by',
        where: 'variable AZURE_CLIENT_ID',
        fix: 'give the job `permissions: { id-token: write }`, or set AZURE_STORAGE_SAS_TOKEN or AZURE_STORAGE_KEY',
      });
    const form = {
      grant_type: 'client_credentials',
      client_id: client ?? '',
      scope: 'https://storage.azure.com/.default',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await identity.token('api://AzureADTokenExchange'),
    };
    const { status, body } = await http.request(
      `${authority}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(form).toString(),
      },
    );
    const found = fieldsOf(body);
    if (status === 200 && typeof found.access_token === 'string') {
      logins.mask(found.access_token);
      return found.access_token;
    }
    const code = /^AADSTS\d+/.exec(String(found.error_description))?.[0] ?? '';
    throw new UserError({
      what: `Azure gave no token: ${status} ${code}`.trim(),
      where: 'variables AZURE_CLIENT_ID and AZURE_TENANT_ID',
      fix: 'compare the app’s federated credential with this repository, branch and environment',
    });
  }
}

function fieldsOf(body: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(body) ?? {};
  } catch {
    return {};
  }
}

/** The signature “Shared Key” of a request without a body, in base64. @throws UserError for a key that is none. */
export function signatureOf({ method, url, headers, account }: AzRequest, key: string): string {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(key))
    throw new UserError({
      what: 'is not a key of a storage account, which is base64',
      where: 'variable AZURE_STORAGE_KEY',
      fix: 'store the key alone in the secret',
    });
  const own = Object.keys(headers)
    .filter((name) => name.startsWith('x-ms-'))
    .sort()
    .map((name) => `${name}:${headers[name]}`);
  const parameters = [...url.searchParams.entries()]
    .map(([name, value]) => `${name.toLowerCase()}:${value}`)
    .sort();
  const text = [
    // Method, and Content-Encoding, -Language, -Length, -MD5, -Type and Date, which a request without a body has not.
    ...[method, '', '', '', '', '', ''],
    // If-Modified-Since, If-Match, If-None-Match, If-Unmodified-Since, Range.
    ...['', headers['if-match'] ?? '', '', '', headers.range ?? ''],
    ...own,
    [`/${account}${url.pathname}`, ...parameters].join('\n'),
  ].join('\n');
  return createHmac('sha256', Buffer.from(key, 'base64')).update(text, 'utf8').digest('base64');
}
