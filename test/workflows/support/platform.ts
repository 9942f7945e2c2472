/**
 * Where the models of examples/delivery-times are served: what its ops/platform.py asks, behind the proxy of
 * examples/bike-demand, with a server of the repository's serve.py for each version.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server as HttpServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { pythonOf } from '../../../scripts/python-tool.ts';
import { SCIKIT_LEARN } from '../../../scripts/workflow-tools.ts';
import { type Server, startServer } from '../../support/server.ts';

const EXAMPLES = resolve('examples');
const { createProxy } = await import(join(EXAMPLES, 'bike-demand/proxy/proxy.mjs'));
const { close, listen } = await import(join(EXAMPLES, 'bike-demand/model/http.mjs'));

/** A delivery, as a row of its table; `minutes` is what it took in the end. */
export type Delivery = Readonly<Record<string, string>>;

interface Answer {
  readonly status: number;
  readonly text: string;
}

export class Platform {
  readonly url: string;
  readonly #folder: string;
  readonly #upstreams = new Map<string, string>();
  readonly #servers: Server[] = [];
  readonly #ends: (() => Promise<void>)[] = [];
  /** The version that comes next is broken in production only: it answers replays, and no customer. */
  breakNext = false;
  #proxy = '';

  private constructor(folder: string, url: string) {
    this.#folder = folder;
    this.url = url;
  }

  static async start(folder: string): Promise<Platform> {
    mkdirSync(folder, { recursive: true });
    const server = await listening((request) => platform.#answer(request));
    const platform = new Platform(folder, addressOf(server));
    const proxy = createProxy({ router: join(folder, 'router.json'), upstreams: platform.#upstreams });
    platform.#proxy = await listen(proxy);
    platform.#ends.push(
      () => close(server),
      () => close(proxy),
    );
    return platform;
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const { pathname: path, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    if (path === '/api/v1/query') return this.#counted(searchParams.get('query') ?? '');
    const body = await bytesOf(request);
    const [, version, replay] = /^\/versions\/([\d.]+)(\/replay)?$/.exec(path) ?? [];
    switch (`${request.method} ${path}`) {
      case 'PUT /weights':
        writeFileSync(
          join(this.#folder, 'router.json'),
          JSON.stringify({ schema: 'ml-loop/router@1', ...JSON.parse(body.toString()) }),
        );
        return { status: 200, text: '' };
      case 'GET /predictions.jsonl':
      case 'GET /labels.csv':
        return { status: 200, text: this.#read(path.slice(1)) };
    }
    if (version === undefined) return { status: 404, text: 'there is no such path' };
    if (replay === undefined) {
      await this.#serve(version, body);
      return { status: 201, text: '' };
    }
    const answer = await fetch(`${this.#upstreams.get(version)}/replay`, { method: 'POST', body });
    return { status: answer.status, text: await answer.text() };
  }

  /** What Prometheus says of `requests{version="1.0.0"}` or `errors{version="1.0.0"}`, counted in the log. */
  #counted(query: string): Answer {
    const [, what, version] = /^(requests|errors)\{version="(.*)"\}$/.exec(query) ?? [];
    const lines = this.#read('predictions.jsonl').split('\n').filter(Boolean);
    const found = lines
      .map((line) => JSON.parse(line) as { model: string; status: number })
      .filter(({ model, status }) => model === version && (what === 'requests' || status >= 500));
    const value = [Date.now() / 1000, String(found.length)];
    const data = { resultType: 'vector', result: [{ metric: {}, value }] };
    return { status: 200, text: JSON.stringify({ status: 'success', data }) };
  }

  #read(name: string): string {
    const path = join(this.#folder, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  async #serve(version: string, model: Buffer): Promise<void> {
    if (this.#upstreams.has(version)) return;
    const folder = join(this.#folder, 'versions', version);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'model.joblib'), model);
    const log = join(this.#folder, 'predictions.jsonl');
    const program = join(EXAMPLES, 'delivery-times/serve.py');
    const server = await startServer(
      [pythonOf(SCIKIT_LEARN), '-B', program, folder, version, log],
      /listening on (http:\S+)/,
    );
    this.#servers.push(server);
    this.#upstreams.set(
      version,
      this.breakNext ? await this.#broken(version, server.address) : server.address,
    );
    this.breakNext = false;
  }

  /** A server that fails in production: it passes replays on, and logs its failures as serve.py does its answers. */
  async #broken(version: string, good: string): Promise<string> {
    const server = await listening(async (request) => {
      const body = await bytesOf(request);
      if (request.url === '/replay') {
        const answer = await fetch(`${good}/replay`, { method: 'POST', body });
        return { status: answer.status, text: await answer.text() };
      }
      const { delivery_id: id, placed_at: timestamp } = JSON.parse(body.toString());
      const entry = { id, timestamp, model: version, variant: 'canary', prediction: null, status: 500 };
      appendFileSync(join(this.#folder, 'predictions.jsonl'), `${JSON.stringify(entry)}\n`);
      return { status: 500, text: 'this build is broken' };
    });
    this.#ends.push(() => close(server));
    return addressOf(server);
  }

  /** The versions that have been given to it. */
  get versions(): string[] {
    return [...this.#upstreams.keys()];
  }

  /** The shares of the traffic, as the proxy has them. */
  get weights(): Record<string, number> {
    const { stable, canary } = JSON.parse(this.#read('router.json') || '{}');
    return Object.fromEntries(
      [stable, canary].flatMap((side) => (side && side.weight > 0 ? [[side.version, side.weight]] : [])),
    );
  }

  /** How many deliveries were asked for. */
  get asked(): number {
    return Math.max(0, this.#read('labels.csv').split('\n').length - 2);
  }

  /** Customers ask for these deliveries through the proxy; what they took in the end is known at once. */
  async ask(deliveries: readonly Delivery[]): Promise<void> {
    for (const { minutes: _, ...row } of deliveries) {
      const id = row.delivery_id ?? '';
      const answer = await fetch(`${this.#proxy}/predict`, {
        method: 'POST',
        headers: { 'x-request-id': id },
        body: JSON.stringify(row),
      });
      await answer.arrayBuffer();
    }
    const before = this.#read('labels.csv') || 'delivery_id,minutes\n';
    const lines = deliveries.map(({ delivery_id, minutes }) => `${delivery_id},${minutes}\n`);
    writeFileSync(join(this.#folder, 'labels.csv'), before + lines.join(''));
  }

  async stop(): Promise<void> {
    for (const end of this.#ends) await end();
    for (const server of this.#servers) await server.stop();
  }
}

async function listening(answer: (request: IncomingMessage) => Promise<Answer>): Promise<HttpServer> {
  const server = createServer(async (request, response) => {
    const { status, text } = await answer(request).catch((error) => ({ status: 500, text: String(error) }));
    response.writeHead(status).end(text);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return server;
}

function addressOf(server: HttpServer): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
