/** How a registry gets to know who asks: `Basic`, or a token from the server that its challenge names. */
import { isLoopback } from '../../ports/loopback.ts';
import type { Login, Logins } from '../../ports/ports.ts';
import { UserError } from '../../problem/problem.ts';
import { token as isToken } from '../../schema/generated/oci.js';
import { shapeReader } from '../../schema/shape.ts';
import { refuseHtml, type TextAnswer } from '../remote/answer.ts';
import type { OciAddress } from './address.ts';
import { OCI_SERVER } from './refusal.ts';

const readToken = shapeReader<{ readonly token?: string; readonly access_token?: string }>(isToken);

interface Challenge {
  readonly scheme: 'bearer' | 'basic';
  readonly realm: string;
  readonly service: string;
}

export interface AuthPorts {
  readonly logins?: Pick<Logins, 'of' | 'mask'> | undefined;
  /** Sends a GET request, and repeats it if the server fails. */
  get(url: string, headers: Readonly<Record<string, string>>): Promise<TextAnswer>;
}

export class Authorization {
  readonly #address: OciAddress;
  readonly #ports: AuthPorts;
  /** The header by scope; while a token is asked for, all who need it wait for the same one. */
  readonly #headers = new Map<string, Promise<string | undefined>>();

  constructor(address: OciAddress, ports: AuthPorts) {
    this.#address = address;
    this.#ports = ports;
  }

  /** The header for a scope, or for one that holds it; undefined if nothing is known yet. */
  async header(scope: string): Promise<string | undefined> {
    const wider = [...this.#headers.keys()].find((known) => known.split(' ').includes(scope));
    return this.#headers.get(scope) ?? this.#headers.get(wider ?? scope);
  }

  /**
   * The header after an answer of 401 to a request that was sent with `used`; undefined if there is no other to try.
   *
   * @throws UserError for a challenge that would give the login away.
   */
  async renewed(scope: string, used: string | undefined, challenge: string): Promise<string | undefined> {
    const known = await this.#headers.get(scope);
    if (known !== undefined && known !== used) return known;
    const next = this.#asked(scope, parseChallenge(challenge));
    this.#headers.set(scope, next);
    const header = await next.catch((error: unknown) => {
      this.#headers.delete(scope);
      throw error;
    });
    return header === used ? undefined : header;
  }

  async #asked(scope: string, challenge: Challenge | undefined): Promise<string | undefined> {
    if (challenge === undefined) return undefined;
    const login = await this.#ports.logins?.of(this.#address.host);
    const basic = login === undefined ? undefined : basicHeader(login);
    if (challenge.scheme === 'basic') return basic;
    const url = this.#realm(challenge);
    if (challenge.service !== '') url.searchParams.set('service', challenge.service);
    for (const each of scope.split(' ')) url.searchParams.append('scope', each);
    const answer = await this.#ports.get(url.href, basic === undefined ? {} : { authorization: basic });
    const where = `${url.origin}${url.pathname}`;
    if (answer.status !== 200) return undefined;
    refuseHtml(answer, where, OCI_SERVER, this.#address.input);
    return `Bearer ${this.#tokenOf(answer, where)}`;
  }

  /** A login is sent by TLS only, or within this machine. */
  #realm({ realm }: Challenge): URL {
    const url = URL.canParse(realm) ? new URL(realm) : undefined;
    const inside = url !== undefined && isLoopback(url.host) && isLoopback(this.#address.host);
    if (url !== undefined && (url.protocol === 'https:' || (url.protocol === 'http:' && inside))) return url;
    throw new UserError({
      what: 'the registry names a server for tokens that is not reached by https, and a login would be read on the way',
      where: this.#address.host,
      fix: `check the address in the ${this.#address.input}`,
    });
  }

  #tokenOf(answer: TextAnswer, where: string): string {
    const shaped = readToken(answer.text, where);
    const token = 'value' in shaped ? (shaped.value.token ?? shaped.value.access_token) : undefined;
    if (token === undefined) {
      throw new UserError({
        what: 'answered without a token',
        where,
        fix: `check the address in the ${this.#address.input}`,
      });
    }
    this.#ports.logins?.mask(token);
    return token;
  }
}

function basicHeader({ user, password }: Login): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** `WWW-Authenticate` (RFC 9110, section 11.6.1), of the two schemes that registries use. */
export function parseChallenge(text: string): Challenge | undefined {
  const [, scheme, rest = ''] = /^\s*(Bearer|Basic)\b(.*)$/is.exec(text) ?? [];
  if (scheme === undefined) return undefined;
  const parameters = [...rest.matchAll(/([A-Za-z_]+)=(?:"([^"]*)"|([^\s,"]+))/g)].map(
    ([, name = '', quoted, bare]) => [name.toLowerCase(), quoted ?? bare ?? ''] as const,
  );
  const { realm = '', service = '' } = Object.fromEntries(parameters) as { realm?: string; service?: string };
  return { scheme: scheme.toLowerCase() === 'basic' ? 'basic' : 'bearer', realm, service };
}
