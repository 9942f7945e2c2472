import type { ClientRequest, IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { HttpClient } from '@actions/http-client';
import type { StreamRequest, StreamResponse } from '../ports/ports.ts';
import { TOOL } from '../verdict/tool.ts';
import { plainHeaders } from './exchange.ts';

/** A server that stores a gigabyte may be silent for minutes before it answers. */
const IDLE_MS = 180_000;

/**
 * Requests of any length, over connections that are kept open and go through a runner's proxy if there is one.
 * `HttpClient` itself cannot break an upload off: it ends one whose source fails as if it were whole.
 */
export class Streams {
  /** By protocol, for a client keeps one agent, whatever it is asked for. */
  readonly #clients = new Map<string, HttpClient>();

  /** @throws Error if the server cannot be reached; what the body throws. */
  async open(
    url: string,
    { method, headers, body, idleMs = IDLE_MS }: StreamRequest,
  ): Promise<StreamResponse> {
    const { HttpClient } = await import('@actions/http-client');
    const { protocol } = new URL(url);
    const client = this.#clients.get(protocol) ?? new HttpClient(TOOL.name, [], { keepAlive: true });
    this.#clients.set(protocol, client);
    const { request } = protocol === 'https:' ? await import('node:https') : await import('node:http');
    const agent = client.getAgent(url);
    return new Promise((resolve, reject) => {
      const sent = request(url, {
        method,
        agent,
        headers: { 'user-agent': `${TOOL.name}/${TOOL.version}`, ...headers },
      });
      let answer: IncomingMessage | undefined;
      sent.setTimeout(idleMs, () => (answer ?? sent).destroy(new Error(`silent for ${idleMs / 1000} s`)));
      sent.on('error', reject);
      sent.on('response', (message) => {
        answer = message;
        resolve({
          status: message.statusCode ?? 0,
          headers: plainHeaders(message.headers),
          body: bodyOf(message, () => {
            // An answer that came before the whole body was sent is the end of this connection.
            if (!sent.writableFinished) sent.destroy();
          }),
        });
      });
      if (body === undefined || typeof body === 'string') sent.end(body);
      else pipeline(failingConnected(body, sent), sent).catch(reject);
    });
  }
}

/**
 * The chunks of a body; if it fails, its error once there is a connection. A request that ends before it has the connection
 * that was opened for it leaves it open without a word, and a server that serves one at a time waits for that word.
 */
async function* failingConnected(
  body: AsyncIterable<Uint8Array>,
  sent: ClientRequest,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    if (sent.socket === null && !sent.destroyed)
      await new Promise<void>((resolve) => {
        for (const event of ['socket', 'close']) sent.once(event, () => resolve());
      });
    throw error;
  }
}

async function* bodyOf(message: IncomingMessage, end: () => void): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of message) yield chunk as Uint8Array;
    if (!message.complete) throw new Error('the answer was broken off');
  } finally {
    end();
  }
}
