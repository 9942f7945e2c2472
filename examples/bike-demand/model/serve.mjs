/**
 * Serves a model over HTTP, and writes each answer to the prediction log.
 *
 *   node serve.mjs --model <dir> --version <v> [--variant stable|canary] [--port 0] --log <predictions.jsonl> [--fault <f>]
 *
 * POST /predict with a row (JSON, the columns of the data) answers {"prediction": 12.3}, with a list of rows
 * {"predictions": [12.3, …]}. POST /replay answers the same, and is not logged: for rows sent as a test before any traffic,
 * which no one should count as demand. GET /health answers what is served. Behind the proxy the header x-variant says as which side
 * of a rollout the server answers, for it goes on serving when its version is promoted.
 */
import { appendFileSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { COLUMNS, InputError } from './features.mjs';
import { listen, readBody, sendJson } from './http.mjs';
import { loadModel, predict } from './predict.mjs';
import { isDay, timeOf } from './rows.mjs';
import { shareOf } from './share.mjs';

const BODY_LIMIT = 1024 * 1024;
const HOUR_MS = 3_600_000;

/**
 * @param options.model  as loadModel gives it
 * @param options.version  what the log says in `model`
 * @param options.variant  `stable` or `canary`, if no proxy says it
 * @param options.log  path of the prediction log, JSON Lines, which is appended to; a function gives that of today
 * @param options.fault  breaks this build on purpose, for live traffic only (see faultOf)
 * @param options.now  milliseconds, for the latency
 */
export function createModelServer({
  model,
  version,
  variant = 'stable',
  log,
  fault,
  now = () => performance.now(),
}) {
  const breaks = faultOf(fault);
  const logOf = typeof log === 'function' ? log : () => log;
  mkdirSync(dirname(logOf()), { recursive: true });

  let asked = 0;
  const answer = (row, { as, live, after }) => {
    const start = now();
    let status = 200;
    let prediction = null;
    let error;
    try {
      if (live && breaks(row)) throw new Error('this build is broken');
      prediction = predict(model, row);
    } catch (thrown) {
      status = thrown instanceof InputError ? 400 : 500;
      error = thrown.message;
    }
    return {
      entry: entryOf(row, { version, as, prediction, status, latency: now() - start, after }),
      status,
      error,
    };
  };

  const handle = async (request, response) => {
    if (request.method === 'GET' && request.url === '/health') {
      sendJson(response, 200, { status: 'ok', version, variant });
      return;
    }
    const live = request.url === '/predict';
    if (request.method !== 'POST' || !(live || request.url === '/replay')) {
      sendJson(response, 404, { error: 'there are POST /predict, POST /replay and GET /health' });
      return;
    }
    const { rows, one, status, error } = rowsOf(await readBody(request, BODY_LIMIT));
    if (rows === undefined) {
      sendJson(response, status, { error });
      return;
    }
    const as = request.headers['x-variant'] ?? variant;
    // Two requests for the same row are two: each has a time of its own within the hour.
    asked = (asked + 1) % HOUR_MS;
    const answers = rows.map((row) => answer(row, { as, live, after: asked }));
    // Written before it is answered: what a caller has seen is in the log.
    if (live) appendFileSync(logOf(), answers.map(({ entry }) => `${JSON.stringify(entry)}\n`).join(''));
    const failed = answers.find((each) => each.status === 500) ?? answers.find((each) => each.status !== 200);
    if (failed !== undefined) {
      sendJson(response, failed.status, { error: failed.error });
      return;
    }
    const predictions = answers.map(({ entry }) => entry.prediction);
    sendJson(response, 200, one ? { prediction: predictions[0] } : { predictions });
  };

  return createServer((request, response) => {
    // A caller that hung up, or a log that cannot be written: the server goes on.
    handle(request, response).catch((error) => {
      if (!response.destroyed) sendJson(response, 500, { error: error.message });
    });
  });
}

/** The rows of a body; or, if it holds none that the log could name, the status and the error to answer with. */
function rowsOf(body) {
  if (body === null) return { status: 413, error: `the body is larger than ${BODY_LIMIT} bytes` };
  let parsed;
  try {
    parsed = JSON.parse(body);
  } catch {
    return { status: 400, error: 'the body is not JSON' };
  }
  const rows = Array.isArray(parsed) ? parsed : [parsed];
  const nameless = rows.findIndex(
    (row) => !(Number.isInteger(row?.instant) && isDay(row.dteday) && Number.isInteger(row.hr)),
  );
  if (nameless >= 0) return { status: 400, error: `row ${nameless} needs instant, dteday and hr` };
  return { rows, one: !Array.isArray(parsed) };
}

/** One line of the prediction log. Its time is the row's own, for the demo plays two years in a minute. */
function entryOf(row, { version, as, prediction, status, latency, after }) {
  const columns = COLUMNS.filter((column) => row[column] !== undefined).map((column) => [
    column,
    row[column],
  ]);
  return {
    id: row.instant,
    timestamp: new Date(Date.parse(timeOf(row)) + after).toISOString(),
    model: version,
    variant: as,
    prediction,
    status,
    latency_ms: Number(latency.toFixed(3)),
    ...Object.fromEntries(columns),
  };
}

/**
 * Faults that a build can have in production although its model is good: `holidays`, `bad-weather` (rain or snow), or
 * `share:0.3` of the rows, by their ids. Each answers 500, always for the same rows, and a replay does not find it.
 */
export function faultOf(fault) {
  if (fault === undefined) return () => false;
  if (fault === 'holidays') return (row) => row.holiday === 1;
  if (fault === 'bad-weather') return (row) => row.weathersit >= 3;
  const share = Number(/^share:(0?\.\d+|1)$/.exec(fault)?.[1]);
  if (!(share > 0)) throw new Error(`there is no fault ${fault}: use holidays, bad-weather or share:0.3`);
  // Not the proxy's hash of the same id, or the fault would meet the canary's rows first.
  return (row) => shareOf(`fault ${row.instant}`) < share;
}

async function main() {
  const { values } = parseArgs({
    options: {
      model: { type: 'string' },
      version: { type: 'string' },
      variant: { type: 'string', default: 'stable' },
      port: { type: 'string', default: '0' },
      log: { type: 'string' },
      fault: { type: 'string' },
    },
  });
  const { model, version, variant, port, log, fault } = values;
  if (model === undefined || version === undefined || log === undefined) {
    throw new Error('usage: node serve.mjs --model <dir> --version <v> --log <predictions.jsonl>');
  }
  if (variant !== 'stable' && variant !== 'canary')
    throw new Error(`--variant is stable or canary, not ${variant}`);
  const server = createModelServer({ model: loadModel(model), version, variant, log, fault });
  console.log(`listening on ${await listen(server, Number(port))}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main().catch((error) => {
    console.error(`serve: ${error.message}`);
    process.exitCode = 1;
  });
}
