import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { notesOf, releaseProblems } from '../../../scripts/release/changelog.ts';
import { publish } from '../../../scripts/release/publish.ts';
import { bundledPackages, bundledSbom } from '../../../scripts/release/sbom.ts';
import { openGitHub } from '../../../shared/host/github.ts';
import { type GitHubServer, startGitHubServer } from '../../support/github-server.ts';

const CHANGELOG = `# Changelog

## Unreleased

## 0.2.0 - 2026-12-01

- New.

## 0.1.0 - 2026-11-01

`;
const ready = { version: '0.2.0', packageVersion: '0.2.0', changelog: CHANGELOG };

test('a version needs its number everywhere, and something to say', () => {
  expect(releaseProblems(ready)).toEqual([]);
  expect(notesOf(CHANGELOG, '0.2.0')).toBe('- New.');
  expect(releaseProblems({ ...ready, version: 'v0.2.0' })[0]).toContain('is not a version');
  expect(releaseProblems({ ...ready, packageVersion: '0.1.0' })[0]).toContain('package.json says 0.1.0');
  expect(releaseProblems({ ...ready, version: '0.3.0', packageVersion: '0.3.0' })[0]).toContain('no section');
  expect(releaseProblems({ ...ready, version: '0.1.0', packageVersion: '0.1.0' })[0]).toContain(
    'says nothing',
  );
});

let server: GitHubServer;
let first: string;
let second: string;
beforeEach(async () => {
  server = await startGitHubServer({ immutable: true });
  first = server.push('refs/heads/main', 'a', '1');
  second = server.push('refs/heads/main', 'a', '2');
});
afterEach(() => server.close());

const github = () =>
  openGitHub({
    apiUrl: server.url,
    repository: server.repository,
    token: 'write-token',
    secondMs: 1,
  });
const version = (number: string, commit: string) => ({
  version: number,
  commit,
  notes: 'New.',
  assets: [{ name: `ml-loop-${number}.tar.gz`, bytes: Buffer.from('archive') }],
});

test('a release is whole and locked before v0 moves to it, and a run again changes nothing', async () => {
  await publish(github(), version('0.1.0', first));
  expect(server.ref('refs/tags/v0')).toBe(first);
  await publish(github(), version('0.2.0', second));
  expect(server.ref('refs/tags/v0.1.0')).toBe(first);
  expect(server.ref('refs/tags/v0.2.0')).toBe(second);
  expect(server.ref('refs/tags/v0')).toBe(second);
  await publish(github(), version('0.2.0', second));
  expect(
    server.releases.all.map(({ tag_name, draft, immutable, assets }) => [
      tag_name,
      draft,
      immutable,
      assets.length,
    ]),
  ).toEqual([
    ['v0.1.0', false, true, 1],
    ['v0.2.0', false, true, 1],
  ]);
});

test('an older version of the line does not take v0 back', async () => {
  await publish(github(), version('0.2.0', second));
  await publish(github(), version('0.1.1', first));
  expect(server.ref('refs/tags/v0')).toBe(second);
});

test('a version is never released twice for different commits', async () => {
  await publish(github(), version('0.1.0', first));
  await expect(publish(github(), version('0.1.0', second))).rejects.toThrow(/v0\.1\.0 is released already/);
});

test('a run that was cut while its files went up begins its draft again', async () => {
  server.before(/POST .*\/git\/refs/, () => ({ status: 403, body: { message: 'Resource not accessible' } }));
  await expect(publish(github(), version('0.1.0', first))).rejects.toThrow(/403/);
  expect(server.releases.all).toHaveLength(1);
  await publish(github(), version('0.1.0', first));
  expect(server.releases.all).toHaveLength(1);
  expect(server.ref('refs/tags/v0')).toBe(first);
});

test('without immutable releases v0 stays where it is', async () => {
  const open = await startGitHubServer();
  const commit = open.push('refs/heads/main', 'a', '1');
  const to = openGitHub({ apiUrl: open.url, repository: open.repository, token: 'write-token' });
  await expect(publish(to, version('0.1.0', commit))).rejects.toThrow(/Enable release immutability/);
  expect(open.ref('refs/tags/v0')).toBeUndefined();
  await open.close();
});

test('the list of what is bundled holds the packages of licenses.txt, and no other', () => {
  const bundled = bundledPackages(readFileSync('dist/licenses.txt', 'utf8'));
  expect(bundled).toEqual(
    expect.arrayContaining([expect.stringMatching(/^yaml@/), expect.stringMatching(/^ajv@/)]),
  );
  expect(bundled.some((name) => name.startsWith('jest@'))).toBe(false);
  const component = (name: string) => ({ name, version: '1.0.0', 'bom-ref': `${name}@1.0.0` });
  const full = {
    metadata: { component: component('ml-loop') },
    components: [component('a'), component('b'), component('jest')],
    dependencies: [
      { ref: 'ml-loop@1.0.0', dependsOn: ['jest@1.0.0', 'a@1.0.0'] },
      { ref: 'a@1.0.0', dependsOn: ['b@1.0.0', 'jest@1.0.0'] },
      { ref: 'jest@1.0.0' },
    ],
  };
  expect(bundledSbom(full, ['a@1.0.0', 'b@1.0.0'])).toMatchObject({
    components: [{ name: 'a' }, { name: 'b' }],
    dependencies: [
      { ref: 'ml-loop@1.0.0', dependsOn: ['a@1.0.0', 'b@1.0.0'] },
      { ref: 'a@1.0.0', dependsOn: ['b@1.0.0'] },
    ],
  });
  expect(() => bundledSbom(full, ['c@1.0.0'])).toThrow(/npm does not know c@1\.0\.0/);
});
