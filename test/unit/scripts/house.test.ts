import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { houseOf, nameProblems } from '../../../scripts/house.ts';

const FILES: Readonly<Record<string, string>> = {
  'actions/a/run.ts': "import { read } from '../../shared/read/read.ts';\nexport function run() {}\n",
  'shared/read/read.ts': "export type { Row } from './row.ts';\nexport async function read() {}\n",
  'shared/read/row.ts': 'export interface Row {\n  a: 1;\n}\n',
  'shared/model/row.ts': 'export class Row {}\n',
  'shared/model/run.ts': 'export const run = 1;\n',
  'shared/model/generated/x.ts': 'export class Row {}\n',
};
let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'house-'));
  for (const top of ['actions', 'cli', 'shared']) mkdirSync(join(root, top));
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('rooms, names that are defined twice, and the longest chain are read from the sources', () => {
  expect(houseOf(root, 'actions/a/run.ts')).toEqual({
    rooms: [
      { room: 'shared/read', files: 2, lines: 5 },
      { room: 'actions', files: 1, lines: 2 },
      { room: 'shared/model', files: 2, lines: 2 },
    ],
    twice: [
      { name: 'Row', files: ['shared/model/row.ts', 'shared/read/row.ts'] },
      { name: 'run', files: ['actions/a/run.ts', 'shared/model/run.ts'] },
    ],
    chain: ['actions/a/run.ts', 'shared/read/read.ts', 'shared/read/row.ts'],
  });
});

test('a name that stands for two things is told, one of an interface is not', () => {
  expect(nameProblems(root)).toEqual([
    'Row is exported by shared/model/row.ts and shared/read/row.ts: give each thing its own name',
  ]);
});
