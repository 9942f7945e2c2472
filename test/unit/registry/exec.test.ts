import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ChildCommands } from '../../../shared/host/commands.ts';
import type { Commands } from '../../../shared/ports/ports.ts';
import { UserError } from '../../../shared/problem/problem.ts';
import { openProgram, parseCommand } from '../../../shared/registry/exec/program.ts';
import { execRegistry } from '../../../shared/registry/exec/registry.ts';
import { openRegistry } from '../../../shared/registry/open.ts';
import { type Registry, VersionTakenError } from '../../../shared/registry/registry.ts';
import { MemoryClock, MemoryCommands, memoryPorts } from '../../support/memory.ts';
import { newVersion } from '../../support/models.ts';

let root: string;
const logged: string[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'exec-'));
  logged.length = 0;
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const MODEL = { 'model.json': '{"w":1}' };
type Request = Readonly<Record<string, unknown>> & { readonly operation: string };

/** The registry on a program that answers by a function. */
function answering(answer: (request: Request) => unknown): Registry {
  return running(
    new MemoryCommands((_, { stdin = '' }) => ({ stdout: textOf(answer(JSON.parse(stdin) as Request)) })),
  );
}

function running(commands: Commands, shown = './registry.py', timeoutMs = 60_000): Registry {
  const { files } = memoryPorts();
  files.temporary = async () => mkdtempSync(join(root, 'temporary-'));
  const log = { info: (line: string) => logged.push(line) };
  return execRegistry(openProgram({ shown, timeoutMs }, { commands, log }), {
    files,
    clock: new MemoryClock(),
  });
}

function textOf(answer: unknown): string {
  return typeof answer === 'string' ? answer : JSON.stringify(answer);
}

/** A real program that runs a script of Node.js. */
function script(text: string, timeoutMs?: number): Registry {
  const shown = JSON.stringify([process.execPath, '-e', text]);
  return running(new ChildCommands(root), shown, timeoutMs);
}

/** What `versions` answers of a model that was stored as it was given. */
function listed(parts: Readonly<Record<string, unknown>> = {}) {
  const { bundle } = newVersion(MODEL);
  const manifest = {
    schema: 'ml-loop/model-manifest@1',
    name: 'demand',
    version: '1.0.0',
    digest: bundle.digest,
    createdAt: '2026-01-01T00:00:00Z',
    files: bundle.files,
    metadata: {},
    evidence: [],
  };
  return { manifest: { ...manifest, ...parts }, evidence: [] as unknown[] };
}

test('a program is named alone, or with its arguments as a JSON list', () => {
  expect(parseCommand('./registry.py')).toEqual(['./registry.py']);
  expect(parseCommand(' ["python3", "a b.py", "$(id)"] ')).toEqual(['python3', 'a b.py', '$(id)']);
});

test.each(['', ' ', '[]', '[1]', '[""]', '["a"', '{"a":1}]['])('exec:%s names no program', (text) => {
  if (text.startsWith('{')) expect(parseCommand(text)).toEqual([text]);
  else expect(() => parseCommand(text)).toThrow(/names no program.*exec:PROGRAM/s);
});

test('the input registry opens it, and on a pull request nothing is written', async () => {
  const commands = new MemoryCommands(() => ({ stdout: '{"models":["demand"]}' }));
  const inputs = { registry: 'exec:./registry.py', 'registry-timeout': 5000, 'state-persistent': false };
  const runner = { github: true, hosted: true, event: 'pull_request' };
  const registry = await openRegistry(inputs, memoryPorts({ commands, runner }));
  expect(await registry.names()).toEqual(['demand']);
  expect(commands.runs).toMatchObject([{ argv: ['./registry.py'], options: { timeoutMs: 5000 } }]);
  await expect(registry.create(newVersion(MODEL))).rejects.toThrow(/pull requests only read/);
  expect(commands.runs).toHaveLength(1);
});

test('a program gets one request on its standard input, and its arguments as they are', async () => {
  const registry = script(
    'let t = ""; process.stdin.on("data", (c) => (t += c)).on("end", () => { require("fs").writeFileSync("asked", t); console.log(JSON.stringify({ models: ["b", "a", "b"] })) })',
  );
  expect(await registry.names()).toEqual(['a', 'b']);
  expect(readFileSync(join(root, 'asked'), 'utf8')).toBe(
    '{"schema":"ml-loop/registry-request@1","operation":"models"}\n',
  );
});

test('a program that is not there is the user’s to fix', async () => {
  const registry = running(new ChildCommands(root), './no-such-program');
  await expect(registry.names()).rejects.toThrow(UserError);
  await expect(registry.names()).rejects.toThrow(/\.\/no-such-program: cannot be started \(ENOENT\)/);
});

test('a program that fails is named with its operation and its last line, which can do nothing', async () => {
  const evil = `::error::x\\u001b[31m\\u202eabc\\u0000 "quoted" ${'y'.repeat(1000)}`;
  const registry = script(
    `console.error("first"); console.error("${evil.replaceAll('"', '\\"')}"); process.exit(4)`,
  );
  const error = await registry.versions('demand').catch((thrown: unknown) => thrown as UserError);
  expect(error).toBeInstanceOf(UserError);
  const [problem] = (error as UserError).problems;
  expect(problem?.where).toMatch(/^registry exec:\[.*, operation versions$/s);
  expect(problem?.what).toMatch(
    /^the program ended with exit code 4; its last line was "::error::x \[31m abc /,
  );
  expect(problem?.what).not.toMatch(/\p{C}/u);
  expect(problem?.what.length).toBeLessThan(300);
  expect(logged[0]).toBe('registry: first');
});

test('a program that does not end is ended, with what it started', async () => {
  const registry = script('require("child_process").spawn("sleep", ["600"], { stdio: "inherit" })', 500);
  await expect(registry.names()).rejects.toThrow(/the program did not end within 0\.5 s/);
});

test.each([
  ['nothing', ''],
  ['no JSON', '<html><script>alert(1)</script>'],
  ['JSON and more', '{"models":[]}\ndone'],
  ['half of it', '{"models":['],
  ['another answer', { versions: [] }],
  ['a wrong type', { models: [1] }],
  ['more fields', { models: [], more: 1 }],
  ['null', null],
])('an answer that is %s is refused, and not shown', async (_, answer) => {
  const error = await answering(() => answer)
    .names()
    .catch((thrown: unknown) => thrown as UserError);
  expect(error).toBeInstanceOf(UserError);
  for (const { what, where, fix } of (error as UserError).problems) {
    expect(where).toContain('registry exec:./registry.py, operation models');
    expect(fix).toContain('docs/registry-program.md');
    expect(what).not.toContain('script');
  }
});

test('an answer that is longer than any registry’s is refused', async () => {
  const registry = running(new MemoryCommands(() => ({ stdout: '{"models":[]}', truncated: true })));
  await expect(registry.names()).rejects.toThrow(/printed more than 67108864 bytes/);
});

test.each([
  ['a model’s name that leaves its folder', { models: ['../x'] }, /"\.\.\/x" must consist of letters/],
  [
    'a reserved alias',
    { aliases: [{ alias: 'latest', moves: [{ version: '1.0.0', at: '2026-01-01T00:00:00Z' }] }] },
    /must not be latest/,
  ],
])('an answer with %s is refused', async (_, answer, message) => {
  const registry = answering(() => answer);
  const asking = 'models' in answer ? registry.names() : registry.aliases('demand');
  await expect(asking).rejects.toThrow(message);
});

test.each([
  [
    'of another model',
    [listed({ name: 'other' })],
    /is the manifest of other 1\.0\.0, not of demand 1\.0\.0/,
  ],
  [
    'with another digest',
    [listed({ digest: `sha256:${'0'.repeat(64)}` })],
    /digest that is not that of its files/,
  ],
  ['of a wrong shape', [listed({ files: 'none' })], /versions\/0\/manifest#\/files: must be array/],
  ['of another schema', [{ manifest: {}, evidence: [] }], /manifest#\/schema/],
  ['twice', [listed(), listed()], /lists 1\.0\.0 twice/],
  ['with evidence that leaves its folder', [withEvidence('../x')], /"\.\.\/x" leaves its folder/],
  ['with evidence twice', [withEvidence('a', 'a')], /lists "a" twice/],
])(
  'a version that is listed %s is refused, with what the program must answer',
  async (_, versions, message) => {
    const registry = answering(() => ({ versions }));
    await expect(registry.versions('demand')).rejects.toThrow(message);
    await expect(registry.versions('demand')).rejects.toThrow(/the program must/);
  },
);

function withEvidence(...paths: readonly string[]) {
  const evidence = paths.map((path) => ({ path, size: 0, sha256: '0'.repeat(64) }));
  return { ...listed(), evidence };
}

test('the program may say where a version is, as one word without control characters', async () => {
  const at = (uri: string) => answering(() => ({ versions: [{ ...listed(), uri }] })).versions('demand');
  expect((await at('models:/demand/7'))[0]?.uri).toBe('models:/demand/7');
  await expect(at('a\nb')).rejects.toThrow(/uri/);
  const [version] = await answering(() => ({ versions: [listed()] })).versions('demand');
  expect(version?.uri).toBe('exec:./registry.py#demand@1.0.0');
});

test('the program is given a folder that holds what was judged, and it is gone afterwards', async () => {
  let folder = '';
  const registry = answering((request) => {
    if (request.operation === 'versions') return { versions: folder === '' ? [] : [listed()] };
    if (request.operation === 'create') {
      folder = String(request.folder);
      expect(request).toMatchObject({ model: 'demand', version: '1.0.0', digest: listed().manifest.digest });
      expect(readFileSync(join(folder, 'files/model.json'), 'utf8')).toBe(MODEL['model.json']);
      expect(readFileSync(join(folder, 'evidence/a/b.json'), 'utf8')).toBe('{}');
      expect(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))).toMatchObject({
        name: 'demand',
      });
      return { stored: true };
    }
    write(request, () => MODEL['model.json']);
    return { done: true };
  });
  await registry.create(newVersion(MODEL, { evidence: [{ name: 'a/b.json', content: '{}' }] }));
  expect(() => readFileSync(join(folder, 'manifest.json'))).toThrow(/ENOENT/);
});

/** Does what fetch asks for. */
function write(request: Request, content: (path: string) => string): void {
  for (const { path, to } of request.files as { path: string; to: string }[])
    writeFileSync(to, content(path));
}

test.each([
  ['other bytes', (to: string) => writeFileSync(to, '{"w":2}')],
  ['nothing', () => {}],
  ['a folder', (to: string) => mkdirSync(to)],
  [
    'a link',
    (to: string) => {
      writeFileSync(`${to}.real`, MODEL['model.json']);
      symlinkSync(`${to}.real`, to);
    },
  ],
])('a program that gives back %s is caught when it registers, verifies and fetches', async (_, give) => {
  const registry = answering((request) => {
    if (request.operation === 'versions') return { versions: [listed()] };
    if (request.operation === 'create') return { stored: true };
    for (const { to } of request.files as { to: string }[]) give(to);
    return { done: true };
  });
  const refused = /demand 1\.0\.0, files\/model\.json: .*does not hold the bytes that were registered/;
  await expect(registry.create(newVersion(MODEL))).rejects.toThrow(refused);
  const [version] = await registry.versions('demand');
  if (version === undefined) throw new Error('no version is listed');
  await expect(registry.verify(version)).rejects.toThrow(refused);
  await expect(registry.fetch(version, join(root, 'out'))).rejects.toThrow(refused);
});

test('a version that the program stored under another digest is not the one that was registered', async () => {
  const { bundle } = newVersion({ 'model.json': 'other' });
  const other = listed({ digest: bundle.digest, files: bundle.files });
  const registry = answering((request) =>
    request.operation === 'create' ? { stored: true } : { versions: [other] },
  );
  await expect(registry.create(newVersion(MODEL))).rejects.toThrow(/holds sha256:.*, not sha256:/);
});

test('a version that the program says it stored and does not list is not registered', async () => {
  const registry = answering((request) =>
    request.operation === 'create' ? { stored: true } : { versions: [] },
  );
  await expect(registry.create(newVersion(MODEL))).rejects.toThrow(/demand has no version 1\.0\.0/);
});

test('what is taken, or moved in between, is tried again, but not for ever', async () => {
  let asked = 0;
  const registry = answering((request) => {
    asked++;
    if (request.operation === 'versions') return { versions: [listed()] };
    if (request.operation === 'aliases') return { aliases: [] };
    return request.operation === 'set-alias' ? { moved: false } : { stored: false };
  });
  await expect(registry.create(newVersion(MODEL))).rejects.toThrow(VersionTakenError);
  await expect(registry.setAlias('demand', 'champion', '1.0.0')).rejects.toThrow(/20 times in a row/);
  await expect(registry.addEvidence(newVersion(MODEL), [{ name: 'a', content: 'a' }])).rejects.toThrow(
    /20 times in a row/,
  );
  expect(asked).toBeLessThan(100);
});

test('a version that the program says it removed and still lists is not removed', async () => {
  const registry = answering(({ operation }) => {
    if (operation === 'aliases') return { aliases: [] };
    return operation === 'remove' ? { done: true } : { versions: [listed()] };
  });
  await expect(registry.remove({ name: 'demand', version: '1.0.0' })).rejects.toThrow(/is there still/);
});
