/** Production: a proxy that reads the router's file, and behind it a server for each version that is released. */
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { close, listen } from '../model/http.mjs';
import { loadModel } from '../model/predict.mjs';
import { parseRows } from '../model/rows.mjs';
import { createModelServer } from '../model/serve.mjs';
import { createProxy } from '../proxy/proxy.mjs';

const RETRIES = 20;

/** @param cwd  the repository, whose `router.json`, `registry` and `logs` production uses */
export async function startProduction(cwd) {
  const upstreams = new Map();
  const servers = new Map();
  const agent = new Agent({ keepAlive: true });
  const proxy = createProxy({ router: join(cwd, 'router.json'), upstreams });
  const url = await listen(proxy);
  let log = join(cwd, 'logs/week-000.jsonl');

  return {
    /** The prediction log is a file a week. */
    logInto: (name) => {
      log = join(cwd, 'logs', name);
    },
    /** Starts a server for a registered version; returns its URL. */
    deploy: async (version, fault) => {
      const server = createModelServer({ model: modelOf(cwd, version), version, log: () => log, fault });
      upstreams.set(version, await listen(server));
      servers.set(version, server);
      return upstreams.get(version);
    },
    /** Stops the servers of all versions but these. */
    keepOnly: async (versions) => {
      for (const [version, server] of servers) {
        if (versions.includes(version)) continue;
        servers.delete(version);
        upstreams.delete(version);
        await close(server);
      }
    },
    /**
     * Asks for predictions through the proxy: row by row, as the proxy splits requests, or all rows in one request. A failed
     * request is asked again, which may meet the other version.
     */
    serve: async (rows, { together }) => {
      let failed = 0;
      const predictions = [];
      for (const asked of together ? [rows] : rows.map((row) => [row])) {
        const [{ instant }] = asked;
        let answers = null;
        for (let attempt = 0; answers === null; attempt++) {
          if (attempt > RETRIES) throw new Error(`row ${instant} was not answered in ${RETRIES} attempts`);
          const id = attempt === 0 ? String(instant) : `${instant} again ${attempt}`;
          answers = await ask(`${url}/predict`, asked, id, agent);
          if (answers === null) failed++;
        }
        predictions.push(...answers);
      }
      return { predictions, failed };
    },
    stop: async () => {
      agent.destroy();
      await close(proxy);
      for (const server of servers.values()) await close(server);
    },
  };
}

/** A registered model. */
export function modelOf(cwd, version) {
  return loadModel(join(cwd, 'registry/demand/versions', version, 'files'));
}

/** The predictions of the rows, or null if the server failed. */
function ask(url, rows, id, agent) {
  const body = JSON.stringify(rows);
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: 'POST',
      agent,
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'x-request-id': id,
      },
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve(response.statusCode === 200 ? JSON.parse(text).predictions : null));
    });
    sent.end(body);
  });
}

/** The rows of a batch, as clients ask for them: without the target and what leaks it. */
export function questionsOf(csv) {
  return parseRows(csv).map(({ cnt, casual, registered, ...row }) => row);
}
