import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';

const folder = mkdtempSync(join(tmpdir(), 'setup-env-'));
afterAll(() => rmSync(folder, { recursive: true }));

function run(lines: string): { status: number | null; log: string; env: string } {
  const file = join(folder, 'env');
  writeFileSync(file, '');
  const env = { PATH: process.env.PATH, GITHUB_ENV: file, LINES_GIVEN: lines };
  const { status, stdout } = spawnSync('bash', ['actions/setup/env.sh'], { env, encoding: 'utf8' });
  return { status, log: stdout, env: readFileSync(file, 'utf8') };
}

test('each value is masked before it is handed on', () => {
  expect(run('A=1=2\n\nTOKEN=s%cret\r\nEMPTY=\n')).toEqual({
    status: 0,
    log: '::add-mask::1=2\n::add-mask::s%25cret\n',
    env: 'A=1=2\nTOKEN=s%cret\nEMPTY=\n',
  });
});

test.each([
  ['A=1\nnot an assignment', 'Line 2'],
  ['A-B=1', 'Line 1'],
  ['=x', 'Line 1'],
  ['NODE_OPTIONS=--require=./x.js', 'sets NODE_OPTIONS'],
  ['GITHUB_PATH=/x', 'sets GITHUB_PATH'],
  ['LD_PRELOAD=./x.so', 'sets LD_PRELOAD'],
])('%j is refused by its line, and not shown', (lines, problem) => {
  const { status, log } = run(lines);
  expect(status).toBe(1);
  expect(log).toContain(problem);
  expect(log.split('\n').filter((line) => line.startsWith('::error'))).toHaveLength(1);
  expect(log.replace(/^::add-mask.*$/gm, '')).not.toContain('not an assignment');
});
