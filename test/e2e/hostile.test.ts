import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { workflowCommands } from '../support/workflow-commands.ts';
import { useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();

/** Runs validate-data on a file; its exit code, and the first error with its place. */
async function validated(
  file: string,
  content: string | Buffer,
  more: Record<string, string> = {},
  node?: 20,
) {
  space.write(file, content);
  const run = await space.step('validate-data', { data: file, ...more }, node === undefined ? {} : { node });
  expect(run).toMatchObject({ stderr: '', temporary: [] });
  const error = workflowCommands(run.stdout).find(({ name }) => name === 'error');
  return { exit: run.exit, line: error?.properties.line, message: error?.data };
}

const ROWS = Array.from({ length: 60_000 }, (_value, i) => `${i},${i % 7},w${i % 5}`).join('\n');
const TABLE = Buffer.from(`id,n,w\n${ROWS}\n`);

test.each([undefined, 20] as const)(
  'compressed files that are cut, damaged, or grow too large (%s)',
  async (node) => {
    const zipped = gzipSync(TABLE);
    const cut = await validated('cut.csv.gz', zipped.subarray(0, zipped.length / 2), {}, node);
    expect(cut).toMatchObject({
      exit: 2,
      message: expect.stringMatching(/^cut\.csv\.gz: the gzip file is truncated/),
    });
    const damaged = Buffer.from(zipped);
    damaged.fill(0xff, 1000, 1010);
    expect(await validated('bad.csv.gz', damaged, {}, node)).toMatchObject({
      exit: 2,
      message: expect.stringMatching(/^bad\.csv\.gz: the gzip file is damaged/),
    });
    const bomb = gzipSync(Buffer.alloc(2 ** 21, '1,2\n'));
    expect(await validated('bomb.csv.gz', bomb, { 'max-decompressed': '1MiB' }, node)).toMatchObject({
      exit: 2,
      message: expect.stringContaining('it was not read beyond that'),
    });
  },
);

test('a byte that is not UTF-8, in the first, a middle and the last block', async () => {
  for (const row of [0, 30_000, 59_999]) {
    const at = TABLE.indexOf(`\n${row},`) + 1;
    const broken = Buffer.concat([TABLE.subarray(0, at), Buffer.from([0xff]), TABLE.subarray(at)]);
    expect(await validated('a.csv', broken)).toMatchObject({
      exit: 1,
      line: String(row + 2),
      message: expect.stringContaining('a byte that is not UTF-8'),
    });
  }
});

test('rows and fields without end', async () => {
  const field = `a,b\n1,2\n3,"${'x'.repeat(17 * 2 ** 20)}`;
  expect(await validated('a.csv', field)).toMatchObject({
    exit: 1,
    line: '3',
    message: expect.stringContaining('longer than 16 Mi characters'),
  });
  expect(await validated('a.csv', `a,b\n${'1,'.repeat(1.5 * 2 ** 20)}`)).toMatchObject({
    exit: 1,
    line: '2',
    message: expect.stringContaining('longer than 1 Mi fields'),
  });
});

test('a header of a million columns', async () => {
  const names = Array.from({ length: 1e6 }, (_value, i) => `c${i}`).join(',');
  expect(await validated('a.csv', `${names}\n`)).toMatchObject({
    exit: 1,
    line: '1',
    message: expect.stringContaining('more than 64 Ki columns'),
  });
});

test('mixed line ends are read, and a remote reference is refused', async () => {
  expect(await validated('a.csv', 'a,b\r\n1,2\n3,4\r5,6\r\n')).toMatchObject({ exit: 0 });
  space.write('remote.json', '{"type":"object","properties":{"a":{"$ref":"https://example.com/x.json"}}}');
  expect(await validated('a.csv', 'a,b\n1,2\n', { contract: 'remote.json' })).toMatchObject({
    exit: 2,
    message: expect.stringContaining('remote references are refused'),
  });
});
