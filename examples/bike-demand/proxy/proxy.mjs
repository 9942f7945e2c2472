/**
 * A small reverse proxy that splits traffic between two versions of a model by the router's weights file.
 *
 *   node proxy.mjs --router <router.json> --upstream <version>=<url> [--upstream …] [--port 0]
 *
 * The file, which deploy-canary writes (`router: file:router.json`):
 *
 *   {"schema":"ml-loop/router@1","stable":{"weight":90,"version":"1.0.0"},"canary":{"weight":10,"version":"1.1.0"}}
 *
 * A side without a version is null. The file is read for every request, so new weights count at once. A request goes to the
 * same side as long as the weights are the same, by the hash of its x-request-id; as the canary's weight grows, what was the
 * canary's stays the canary's. The headers x-variant and x-version, to the model and in the answer, say who answers.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, createServer, request as send } from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { listen, sendJson } from '../model/http.mjs';
import { shareOf } from '../model/share.mjs';

/**
 * @param options.router  path of the weights file
 * @param options.upstreams  a Map from version to the URL that serves it; it may change while the proxy runs
 */
export function createProxy({ router, upstreams }) {
  const weights = weightsReader(router);
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, outgoing) => {
    const id = incoming.headers['x-request-id'] ?? randomUUID();
    let target;
    try {
      target = chooseSide(weights(), id);
    } catch (error) {
      sendJson(outgoing, 503, { error: error.message });
      return;
    }
    const headers = { 'x-variant': target.variant, 'x-version': target.version };
    const upstream = upstreams.get(target.version);
    if (upstream === undefined) {
      sendJson(outgoing, 502, { error: `nothing serves version ${target.version}` }, headers);
      return;
    }
    forward({ incoming, outgoing, upstream, agent, headers: { ...headers, 'x-request-id': id } });
  });
  return server.on('close', () => agent.destroy());
}

/** The side that answers the request with this id. */
export function chooseSide({ stable, canary }, id) {
  const total = (stable?.weight ?? 0) + (canary?.weight ?? 0);
  if (!(total > 0)) throw new Error('the router gives no version any weight');
  const isCanary = shareOf(id) * total < (canary?.weight ?? 0);
  return isCanary
    ? { variant: 'canary', version: canary.version }
    : { variant: 'stable', version: stable.version };
}

/** Reads the file; if it cannot be read, the last weights stay, for a proxy goes on serving. */
function weightsReader(path) {
  let text;
  let weights;
  return () => {
    try {
      const now = readFileSync(path, 'utf8');
      if (now !== text) {
        weights = checked(JSON.parse(now));
        text = now;
      }
    } catch (error) {
      if (weights === undefined) throw new Error(`router ${path}: ${error.message}`);
    }
    return weights;
  };
}

function checked(file) {
  if (file.schema !== 'ml-loop/router@1')
    throw new Error(`its schema is ${file.schema}, not ml-loop/router@1`);
  const sides = [file.stable, file.canary].filter((side) => side !== null);
  if (!sides.every((side) => side?.weight >= 0 && typeof side.version === 'string')) {
    throw new Error('stable and canary are null, or have a weight and a version');
  }
  return file;
}

function forward({ incoming, outgoing, upstream, agent, headers }) {
  const options = { agent, method: incoming.method, headers: { ...incoming.headers, ...headers } };
  const onward = send(new URL(incoming.url, upstream), options, (answer) => {
    outgoing.writeHead(answer.statusCode, { ...answer.headers, ...headers });
    answer.pipe(outgoing);
    answer.on('error', () => outgoing.destroy());
  });
  onward.on('error', (error) => {
    if (outgoing.headersSent) outgoing.destroy();
    else
      sendJson(
        outgoing,
        502,
        { error: `${headers['x-version']} does not answer: ${error.message}` },
        headers,
      );
  });
  outgoing.on('close', () => {
    if (!outgoing.writableFinished) onward.destroy();
  });
  incoming.pipe(onward);
}

async function main() {
  const { values } = parseArgs({
    options: {
      router: { type: 'string' },
      upstream: { type: 'string', multiple: true, default: [] },
      port: { type: 'string', default: '0' },
    },
  });
  const pairs = values.upstream.map((text) => /^([^=]+)=(https?:\/\/.+)$/.exec(text)?.slice(1));
  if (values.router === undefined || pairs.length === 0 || pairs.includes(undefined)) {
    throw new Error('usage: node proxy.mjs --router <router.json> --upstream <version>=<url> [--upstream …]');
  }
  const server = createProxy({ router: values.router, upstreams: new Map(pairs) });
  console.log(`listening on ${await listen(server, Number(values.port))}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main().catch((error) => {
    console.error(`proxy: ${error.message}`);
    process.exitCode = 1;
  });
}
