import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DiskFiles } from '../../../shared/host/files.ts';
import { emptyReportFolder } from '../../../shared/host/report-folder.ts';
import { UserError } from '../../../shared/problem/problem.ts';
import { directoryRegistry } from '../../../shared/registry/directory.ts';
import { fileRouter } from '../../../shared/rollout/file-router.ts';
import { directoryState } from '../../../shared/state/directory.ts';
import { refuseTrackedLinks } from '../../../shared/state/tracked.ts';
import { MemoryClock } from '../../support/memory.ts';

let folder: string;
let repository: string;
let outside: string;
const git = (...argv: string[]) => execFileSync('git', ['-C', repository, ...argv], { stdio: 'pipe' });
/** A link of the repository; committed, or only there. */
function link(path: string, target: string, committed: boolean) {
  mkdirSync(dirname(join(repository, path)), { recursive: true });
  symlinkSync(target, join(repository, path));
  if (committed) git('add', '-f', path);
}

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'tracked-')));
  repository = join(folder, 'repository');
  outside = join(folder, 'outside');
  for (const path of [repository, outside]) mkdirSync(path);
  writeFileSync(join(outside, 'victim'), 'original');
  git('init', '-q');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Everything that we write, each below the folder `out` of the repository. */
const WRITERS: readonly [string, string, () => Promise<unknown>][] = [
  ['state', 'demand/x.json', () => directoryState(join(repository, 'out')).write('demand/x', 1, null, 'one')],
  [
    'state',
    'demand/x.json.lock',
    () => directoryState(join(repository, 'out')).write('demand/x', 1, null, 'one'),
  ],
  [
    'state',
    'demand/x.log.jsonl',
    () => directoryState(join(repository, 'out')).write('demand/x', 1, null, 'one'),
  ],
  ['a state that is read', 'demand/x.json', () => directoryState(join(repository, 'out')).read('demand/x')],
  [
    'a router’s weights',
    'router.json',
    () =>
      fileRouter(join(repository, 'out/router.json'), new MemoryClock()).write({
        stable: null,
        canary: null,
      }),
  ],
  ['a registry', 'demand/versions/1.0.0', () => registry().versions('demand')],
  ['aliases', 'demand/aliases/champion.json', () => registry().aliases('demand')],
  [
    'reports',
    'report/verdict.json',
    () => new DiskFiles(repository, join(repository, 'out/report')).writeReport('verdict.json', '{}'),
  ],
  ['reports of earlier runs', 'report', async () => emptyReportFolder(join(repository, 'out/report'))],
];
const registry = () =>
  directoryRegistry({ root: join(repository, 'out'), shown: 'out', clock: new MemoryClock() });

describe('nothing is reached through a link that git tracks', () => {
  test.each(WRITERS)('%s, if the folder is one (%s)', async (_, __, write) => {
    link('out', outside, true);
    await expect(write()).rejects.toThrow(UserError);
    await expect(write()).rejects.toThrow(/out: .* is reached through a symbolic link that git tracks/);
    expect(readFileSync(join(outside, 'victim'), 'utf8')).toBe('original');
  });

  test.each(WRITERS)('%s, if %s is one', async (_, path, write) => {
    const victim = path === 'report' || path.endsWith('1.0.0') ? outside : join(outside, 'victim');
    link(`out/${path}`, victim, true);
    await expect(write()).rejects.toThrow(/is reached through a symbolic link that git tracks/);
    expect(readFileSync(join(outside, 'victim'), 'utf8')).toBe('original');
    expect(lstatSync(join(repository, 'out', path)).isSymbolicLink()).toBe(true);
  });
});

test('by way of another link, of a folder above, and under another name', () => {
  link('tracked', outside, true);
  symlinkSync('tracked', join(repository, 'own'));
  mkdirSync(join(folder, 'above'));
  symlinkSync(join(repository, 'tracked'), join(folder, 'above/own'));
  for (const path of [
    join(repository, 'own/x'),
    join(folder, 'above/own/x'),
    join(repository, 'a/../tracked/x'),
  ])
    expect(() => refuseTrackedLinks(path)).toThrow(/git tracks/);
});

test('links that git does not track are the user’s own', async () => {
  link('out', outside, false);
  await directoryState(join(repository, 'out')).write('demand/x', 1, null, 'one');
  expect(existsSync(join(outside, 'demand/x.json'))).toBe(true);
});

test('so are those of the machine, outside of any repository', () => {
  symlinkSync(outside, join(folder, 'alias'));
  expect(() => refuseTrackedLinks(join(folder, 'alias/x'))).not.toThrow();
});

test('without git’s word a link of the current folder is refused', () => {
  rmSync(join(repository, '.git'), { recursive: true });
  symlinkSync(outside, join(repository, 'out'));
  const before = process.cwd();
  process.chdir(repository);
  try {
    expect(() => refuseTrackedLinks('out/x')).toThrow(/of which git cannot say/);
  } finally {
    process.chdir(before);
  }
  writeFileSync(join(repository, '.git'), 'gitdir: nowhere');
  expect(() => refuseTrackedLinks(join(repository, 'out/x'))).toThrow(
    /of which git cannot say.*not a git repository/s,
  );
});
