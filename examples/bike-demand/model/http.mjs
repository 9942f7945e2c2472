/** The few lines of HTTP that the model server and the proxy have in common. */

/** Starts the server on this machine only. Port 0 takes a free one. Returns its URL. */
export function listen(server, port = 0) {
  return new Promise((resolve, reject) => {
    // Who keeps a connection may send on it at any time: one closed for idleness just then would lose the request.
    server.keepAliveTimeout = 0;
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}`));
  });
}

export function close(server) {
  return new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
}

export function sendJson(response, status, body, headers = {}) {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

/** The body as text, or null if it is larger than the limit, in bytes. */
export async function readBody(request, limit) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
  }
  return size > limit ? null : Buffer.concat(chunks).toString('utf8');
}
