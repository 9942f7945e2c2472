import { expect, test } from '@jest/globals';
import { startServer } from '../../support/server.ts';

const node = (script: string) => [process.execPath, '-e', script];

test('a server is there when it has said so, and gone when it is stopped', async () => {
  const serve =
    'const s = require("http").createServer((q, a) => a.end("hello")).listen(0, "127.0.0.1", () => console.error("serving on " + s.address().port))';
  const server = await startServer(node(serve), /serving on (\d+)\n/);
  const url = `http://127.0.0.1:${server.address}`;
  expect(await (await fetch(url)).text()).toBe('hello');
  await server.stop();
  await expect(fetch(url)).rejects.toThrow();
});

test('a server that ends before it serves is an error that shows what it printed', async () => {
  await expect(startServer(node('console.error("no disk"); process.exit(3)'), /serving (.)/)).rejects.toThrow(
    /does not serve; it printed: no disk/,
  );
  await expect(startServer(['/no/such/program'], /serving (.)/)).rejects.toThrow(/ENOENT/);
});
