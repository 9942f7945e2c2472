import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { storageError } from '../../../shared/state/durable.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'durable-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a script on a disk that takes 5 KiB a file: a larger write is short, and the next one fails. */
function onFullDisk(script: string) {
  const module = (name: string) =>
    JSON.stringify(new URL(`../../../shared/state/${name}`, import.meta.url).href);
  const code = `
    const { appendLine, writeDurably } = await import(${module('durable.ts')});
    const { directoryState } = await import(${module('directory.ts')});
    const at = (name) => ${JSON.stringify(folder)} + '/' + name;
    try { ${script} } catch (error) { console.log(error.name, error.message); }`;
  const argv = ['-c', 'ulimit -f 5; exec "$@"', 'x', process.execPath, '--input-type=module', '-e', code];
  const { status, stdout, stderr } = spawnSync('bash', argv, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('a file that does not fit leaves the old one and nothing else', () => {
  writeFileSync(join(folder, 'a.json'), 'old');
  const { status, stdout } = onFullDisk("writeDurably(at('a.json'), 'x'.repeat(7000));");
  expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/EFBIG|ENOSPC/) });
  expect(readFileSync(join(folder, 'a.json'), 'utf8')).toBe('old');
  expect(readdirSync(folder)).toEqual(['a.json']);
});

test('a line that does not fit is not begun', () => {
  const { stdout } = onFullDisk("appendLine(at('a.log'), 'one'); appendLine(at('a.log'), 'x'.repeat(7000));");
  expect(stdout).toMatch(/EFBIG|ENOSPC/);
  expect(readFileSync(join(folder, 'a.log'), 'utf8')).toBe('one\n');
});

test('a state that does not fit is told as such, and the old one is read', () => {
  const { stdout } = onFullDisk(`
    const store = directoryState(at('.'));
    const first = await store.write('x', 'small', null, 'one');
    await store.write('x', 'x'.repeat(7000), first, 'two').catch((error) => console.log(error.name, error.message));
    console.log(JSON.stringify((await store.read('x')).value));`);
  expect(stdout).toMatch(/^UserError .*x\.json: cannot write the state: E\w+.* → free space on this disk/);
  expect(stdout).toMatch(/"small"\n$/);
  expect(readdirSync(folder).sort()).toEqual(['x.json', 'x.log.jsonl']);
});

test('a state whose log entry does not fit is written; the entry is made up for before the next', () => {
  writeFileSync(join(folder, 'x.log.jsonl'), `${'x'.repeat(5100)}\n`);
  const { stdout } = onFullDisk(`
    const store = directoryState(at('.'));
    const first = await store.write('x', 1, null, 'one');
    console.log('written');
    await store.write('x', 2, first, 'two');`);
  expect(stdout).toMatch(/^written\nUserError .*cannot write the state/);
  expect(JSON.parse(readFileSync(join(folder, 'x.json'), 'utf8'))).toMatchObject({ value: 1 });
});

test.each(['ENOSPC', 'EDQUOT', 'EFBIG'])('%s says to free space', (code) => {
  const error = storageError(Object.assign(new Error(`${code}: x`), { code }), '/x', 'write the state');
  expect(String(error)).toMatch(/free space on this disk/);
});
