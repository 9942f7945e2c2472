/** Who the job is to Google: what google-github-actions/auth has left, or a token of the user's own. */

import { createSign } from 'node:crypto';
import { isLoopback } from '../ports/loopback.ts';
import type { StoreSettings } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';
import type { DataPorts } from './store.ts';

const SCOPE = 'https://www.googleapis.com/auth/devstorage.read_only';
const WHERE = 'variable GOOGLE_APPLICATION_CREDENTIALS';
const AGAIN = 'run google-github-actions/auth again, shortly before this step';
/** Tokens hold for an hour; one that is about to end is replaced. */
const HELD_MS = 45 * 60_000;

type Json = Readonly<Record<string, unknown>>;

export class GsToken {
  readonly #settings: StoreSettings['gs'];
  readonly #ports: DataPorts;
  #made: { readonly token: Promise<string>; readonly at: number } | undefined;

  constructor(settings: StoreSettings['gs'], ports: DataPorts) {
    this.#settings = settings;
    this.#ports = ports;
  }

  /** Without credentials none, which public buckets need not. @throws UserError if Google gives no token. */
  async headers(): Promise<Readonly<Record<string, string>>> {
    const { token, credentials } = this.#settings;
    if (token !== undefined) return { authorization: `Bearer ${token}` };
    if (credentials === undefined) return {};
    if (this.#made === undefined || Date.now() - this.#made.at > HELD_MS)
      this.#made = { token: this.#fromFile(credentials), at: Date.now() };
    return { authorization: `Bearer ${await this.#made.token}` };
  }

  async #fromFile(path: string): Promise<string> {
    const file = jsonOf(await this.#ports.readText(path), 'is not JSON');
    const token = await (file.type === 'service_account'
      ? this.#asAccount(file)
      : file.type === 'external_account'
        ? this.#asWorkload(file)
        : undefined);
    if (token === undefined)
      throw new UserError({
        what: 'is of no kind that ml-loop reads (external_account or service_account)',
        where: WHERE,
        fix: 'use google-github-actions/auth, or set GOOGLE_OAUTH_ACCESS_TOKEN to a token',
      });
    this.#ports.logins.mask(token);
    return token;
  }

  /** A key of a service account signs what asks for the token. */
  async #asAccount(file: Json): Promise<string> {
    const address = serverIn(file, 'token_uri');
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: textIn(file, 'client_email'),
      scope: SCOPE,
      aud: address,
      iat: now,
      exp: now + 3600,
    };
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const unsigned = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`;
    const key = textIn(file, 'private_key');
    this.#ports.logins.mask(key);
    const signature = createSign('RSA-SHA256').update(unsigned).sign(key, 'base64url');
    const grant = {
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: `${unsigned}.${signature}`,
    };
    return textIn(await this.#ask(address, grant), 'access_token');
  }

  /** GitHub's token of the job is exchanged for Google's, and that for the service account's if there is one. */
  async #asWorkload(file: Json): Promise<string> {
    const source = file.credential_source as Json | undefined;
    const headers = Object.fromEntries(Object.entries((source?.headers ?? {}) as Record<string, string>));
    const given = await this.#ask(serverIn(source ?? {}, 'url'), undefined, headers);
    const field = (source?.format as Json | undefined)?.subject_token_field_name ?? 'value';
    const exchange = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      audience: textIn(file, 'audience'),
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      subject_token_type: textIn(file, 'subject_token_type'),
      subject_token: textIn(given, String(field)),
    };
    const federated = textIn(await this.#ask(serverIn(file, 'token_url'), exchange), 'access_token');
    this.#ports.logins.mask(federated);
    if (file.service_account_impersonation_url === undefined) return federated;
    const address = serverIn(file, 'service_account_impersonation_url');
    const answer = await this.#ask(address, { scope: SCOPE }, { authorization: `Bearer ${federated}` });
    return textIn(answer, 'accessToken');
  }

  /** @param form what is sent; without it, the address is read. @throws UserError if it is refused. */
  async #ask(address: string, form?: Readonly<Record<string, string>>, headers = {}): Promise<Json> {
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    const { status, body } = await this.#ports.http.request(
      address,
      form === undefined
        ? { headers }
        : { method: 'POST', body: new URLSearchParams(form).toString(), headers: { ...type, ...headers } },
    );
    const { host, pathname } = new URL(address);
    if (status === 200) return jsonOf(body, `the answer of ${host} is not JSON`);
    throw new UserError({
      what: `Google gave no token: ${host}${pathname} answered ${status}`,
      where: WHERE,
      fix: `${AGAIN}; and compare the workload identity provider’s condition with this repository`,
    });
  }
}

/** @throws UserError for what a token must not be sent to. */
function serverIn(file: Json, name: string): string {
  const text = textIn(file, name);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.host))) return text;
  throw new UserError({ what: `${name} is not an address of https`, where: WHERE, fix: AGAIN });
}

function textIn(file: Json, name: string): string {
  const found = file[name];
  if (typeof found === 'string' && found !== '') return found;
  throw new UserError({ what: `lacks ${JSON.stringify(name)}`, where: WHERE, fix: AGAIN });
}

function jsonOf(text: string, what: string): Json {
  try {
    const found: unknown = JSON.parse(text);
    if (typeof found === 'object' && found !== null) return found as Json;
  } catch {}
  throw new UserError({ what, where: WHERE, fix: AGAIN });
}
