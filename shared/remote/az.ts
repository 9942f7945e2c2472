/** Files in Azure Blob Storage. */
import { UserError } from '../problem/problem.ts';
import { StoreRequests } from '../registry/origin/requests.ts';
import { tooManyObjects } from '../registry/origin/store.ts';
import { xmlTexts } from '../registry/origin/xml.ts';
import { readWhole, type TextAnswer } from '../registry/remote/answer.ts';
import { beginsAt } from '../registry/remote/bytes.ts';
import { AzLogin } from './az-login.ts';
import { refusalOf } from './refusal.ts';
import { type DataPorts, type DataStore, REPLACED, type StoreBody, type StoredState } from './store.ts';

const SERVER = {
  noun: 'Azure Blob Storage',
  fix: 'check the storage account’s name (AZURE_STORAGE_ACCOUNT) and the proxy settings of the runner',
  input: 'variable AZURE_STORAGE_SERVICE_ENDPOINT',
  redirects: false,
  half: 'judged',
};
const LOG_IN =
  'set AZURE_CLIENT_ID and AZURE_TENANT_ID as for azure/login, in a job with `permissions: { id-token: write }`; or set AZURE_STORAGE_SAS_TOKEN or AZURE_STORAGE_KEY';

interface Place {
  /** The account's address. */
  readonly base: string;
  readonly account: string;
  readonly container: string;
  /** The blob, or what blobs begin with. */
  readonly key: string;
  /** What all addresses of the container begin with. */
  readonly shown: string;
}

interface Call {
  readonly method?: 'GET' | 'HEAD';
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export function azStore(ports: DataPorts): DataStore {
  return new AzStore(ports);
}

class AzStore implements DataStore {
  readonly #ports: DataPorts;
  readonly #requests: StoreRequests;
  readonly #login: AzLogin;

  constructor(ports: DataPorts) {
    this.#ports = ports;
    this.#requests = new StoreRequests(SERVER, ports);
    this.#login = new AzLogin(ports);
  }

  async find(address: string): Promise<StoredState> {
    const answer = await this.#requests.ask(await this.#request(address, { method: 'HEAD' }));
    const { status, headers } = answer;
    if (status !== 200) throw this.#refusal(await this.#reason(answer, address), address);
    const { 'content-length': size = '' } = headers;
    const pin = pinOf(headers);
    if (pin === undefined || !/^\d{1,15}$/.test(size)) throw strange(address);
    return { size: Number(size), pin, ranges: true };
  }

  /** Why HEAD was refused, which only the body of a GET says in words. */
  async #reason(refused: TextAnswer, address: string): Promise<TextAnswer> {
    if (refused.status !== 401 && refused.status !== 403) return refused;
    const answer = await this.#requests.ask(
      await this.#request(address, { headers: { range: 'bytes=0-0' } }),
    );
    return answer.status === refused.status ? answer : refused;
  }

  async open(address: string, { pin }: StoredState, start: number, end?: number): Promise<StoreBody> {
    const isPart = start > 0 || end !== undefined;
    const answer = await this.#requests.open(
      await this.#request(address, {
        headers: {
          ...(pin === undefined ? {} : { 'if-match': pin.replace(/^etag=/, '') }),
          ...(isPart ? { range: `bytes=${start}-${end === undefined ? '' : end - 1}` } : {}),
        },
      }),
    );
    if (answer.status === 200 || (answer.status === 206 && isPart))
      return { body: answer.body, at: beginsAt(answer), pin: pinOf(answer.headers) };
    throw this.#refusal(await readWhole(answer), address);
  }

  async list(prefix: string, most: number): Promise<readonly string[]> {
    const { key, shown } = this.#placeOf(prefix);
    const found: string[] = [];
    for (let marker: string | undefined = ''; marker !== undefined; ) {
      const query = { restype: 'container', comp: 'list', prefix: key, marker };
      const answer = await this.#requests.ask(await this.#request(prefix, { query }));
      if (answer.status !== 200) throw this.#refusal(answer, prefix);
      const page = readPage(answer, prefix);
      if (page.next === marker || !page.names.every((name) => name.startsWith(key))) throw strange(prefix);
      found.push(...page.names.map((name) => `${shown}/${name}`));
      if (found.length > most) throw tooManyObjects(prefix, most);
      marker = page.next;
    }
    return found;
  }

  /** Of a blob; with a query, of the container. */
  async #request(address: string, { method = 'GET', query, headers = {} }: Call) {
    const { base, account, container, key } = this.#placeOf(address);
    const path = query === undefined ? `/${key.split('/').map(encodeURIComponent).join('/')}` : '';
    const url = new URL(`${base}/${container}${path}`);
    for (const [name, value] of Object.entries(query ?? {}))
      if (value !== '') url.searchParams.set(name, value);
    const signed = await this.#login.signed({ method, url, headers, account });
    return { method, url: signed.url.href, headers, own: async () => signed.headers };
  }

  /** @throws UserError */
  #placeOf(address: string): Place {
    const { az } = this.#ports.stores();
    const [, first = '', rest = ''] = /^az:\/\/([^/]+)\/(.*)$/s.exec(address) ?? [];
    const [, host, named] = /^(([a-z0-9]{3,24})\.blob\.[a-z0-9.-]+)$/.exec(first) ?? [];
    const [, inHost = '', keyInHost = ''] = /^([^/]+)\/(.*)$/s.exec(rest) ?? [];
    const container = named === undefined ? first : inHost;
    const key = named === undefined ? rest : keyInHost;
    const isAzure =
      host === undefined || /\.blob\.core\.(windows\.net|chinacloudapi\.cn|usgovcloudapi\.net)$/.test(host);
    if (!/^(\$root|\$web|[a-z0-9](?:-?[a-z0-9])+)$/.test(container) || !isAzure)
      throw new UserError({
        what: 'is not the address of a blob',
        where: address,
        fix: 'write az://CONTAINER/BLOB with AZURE_STORAGE_ACCOUNT in the step’s env, or az://ACCOUNT.blob.core.windows.net/CONTAINER/BLOB',
      });
    const account = named ?? az.account;
    if (account === undefined)
      throw new UserError({
        what: 'the storage account is not known',
        where: address,
        fix: 'set AZURE_STORAGE_ACCOUNT in the step’s env, or write az://ACCOUNT.blob.core.windows.net/CONTAINER/BLOB',
      });
    const own = host === undefined ? az.endpoint : undefined;
    const base = own ?? `https://${host ?? `${account}.blob.core.windows.net`}`;
    return {
      base,
      account,
      container,
      key,
      shown: `az://${host === undefined ? '' : `${host}/`}${container}`,
    };
  }

  #refusal({ status, text, headers }: TextAnswer, where: string): UserError {
    const texts = xmlTexts(text) ?? [];
    const said = (name: string) => texts.find(({ path }) => path === `Error/${name}`)?.text;
    const code = headers['x-ms-error-code'] ?? said('Code');
    // Of another state that is gone, and of a conflict with one that is being written.
    if (status === 409) return new UserError({ ...REPLACED, where });
    // Azure answers 403 also for a login that has ended or does not fit.
    const isLogin = /^(AuthenticationFailed|NoAuthenticationInformation)$/.test(code ?? '');
    const isRefused = /failed to authenticate/i.test(said('Message') ?? '');
    return refusalOf({
      ...{ status: isLogin || isRefused ? 401 : status, where, logIn: LOG_IN },
      said: [code, said('Message')?.split('\n')[0]],
      allow: 'the role “Storage Blob Data Reader” on the container (it takes some minutes to work)',
      known: this.#login.isKnown,
    });
  }
}

function pinOf({ etag }: TextAnswer['headers']): string | undefined {
  return etag === undefined ? undefined : `etag=${etag}`;
}

function readPage({ text }: TextAnswer, where: string) {
  const texts = xmlTexts(text);
  if (texts === undefined || texts.at(-1)?.path !== 'EnumerationResults') throw strange(where);
  const names: string[] = [];
  for (const { path, text: found } of texts) {
    if (path === 'EnumerationResults/Blobs/Blob/Name') names.push(found);
    // With a hierarchical namespace folders are entries, too.
    else if (path === 'EnumerationResults/Blobs/Blob/Properties/ResourceType' && found === 'directory')
      names.pop();
  }
  const next = texts.find(({ path }) => path === 'EnumerationResults/NextMarker')?.text.trim();
  return { names: names.filter((name) => !name.endsWith('/')), next: next === '' ? undefined : next };
}

function strange(where: string): UserError {
  return new UserError({ what: 'the answer is not one of Azure Blob Storage', where, fix: SERVER.fix });
}
