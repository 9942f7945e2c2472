/** GitHub fails, and runs are killed: one whole version, or none, and an error that says what to do. */
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { UserError } from '../../../shared/problem/problem.ts';
import { type RegisterResult, register } from '../../../shared/registry/register.ts';
import { killedAt, useFaults } from '../../support/faults.ts';
import { useGitHubSpace } from '../../support/github-space.ts';
import { newVersion } from '../../support/models.ts';
import type { Fault } from '../../support/oci-registry.ts';

const space = useGitHubSpace();
const open = () => space.open();
const { start: startFaulty, during: withFaults, requestsOf } = useFaults(space);
const MODEL = { 'weights.bin': 'abc', 'sub/b': 'b' };
const EVIDENCE = [{ name: 'verdicts/validate-model.json', content: '{}' }];

/** A registration as register-model makes it. */
function run(files: Readonly<Record<string, string>> = MODEL): Promise<RegisterResult> {
  const version = newVersion(files, { evidence: EVIDENCE });
  return register(open(), { ...version, version: 'auto', alias: 'candidate' });
}

/** What is published is exactly these, whole, with their tags; no draft is left, and no alias is on what is not there. */
async function expectWhole(contents: readonly Readonly<Record<string, string>>[]): Promise<void> {
  const versions = await open().versions('demand');
  const digests = contents.map((files) => newVersion(files).bundle.digest);
  expect(versions.map(({ digest }) => digest).sort()).toEqual(digests.sort());
  for (const version of versions) {
    await open().verify(version);
    expect(version.evidence).toEqual(['verdicts/validate-model.json']);
    expect(await open().readEvidence(version, 'verdicts/validate-model.json')).toBe('{}');
  }
  const numbers = versions.map(({ version }) => version);
  for (const target of Object.values(await open().aliases('demand'))) expect(numbers).toContain(target);
}

function expectTidy(): void {
  const { all } = space.server.releases;
  expect(all.filter(({ draft }) => draft)).toEqual([]);
  const tags = space.tags().filter((tag) => tag.includes('@'));
  expect(all.map(({ tag_name }) => tag_name).sort()).toEqual(tags);
}

describe('GitHub that fails once', () => {
  test.each<[Fault]>([[429], [403], [500], ['cut'], ['lost'], ['half']])(
    'with %s at any request is asked again, and one version is made',
    async (fault) => {
      await startFaulty();
      const count = await requestsOf(run);
      expect(count).toBeGreaterThan(25);
      for (let at = 1; at <= count; at++) {
        await startFaulty();
        const made = await withFaults((number) => (number === at ? fault : undefined), run);
        expect([at, made.version.version]).toEqual([at, '1.0.0']);
        await expectWhole([MODEL]);
        expectTidy();
        expect(await open().aliases('demand')).toEqual({ candidate: '1.0.0' });
        expect(space.tags()).toEqual(['demand#candidate#1', 'demand@v1.0.0']);
      }
    },
    900_000,
  );
});

describe('a run that is killed', () => {
  test('at any request leaves nothing half, and the next run ends with one whole version', async () => {
    await startFaulty();
    const count = await requestsOf(run);
    for (let at = 1; at <= count; at++) {
      await startFaulty();
      await expect(withFaults(killedAt(at), run)).rejects.toThrow(UserError);
      const shown = await open().versions('demand');
      await expectWhole(shown.length === 0 ? [] : [MODEL]);
      expect([at, (await run()).version.version]).toEqual([at, '1.0.0']);
      await expectWhole([MODEL]);
      expectTidy();
      expect(await open().aliases('demand')).toEqual({ candidate: '1.0.0' });
    }
  }, 900_000);

  test('does not keep another model from being registered', async () => {
    await startFaulty();
    const count = await requestsOf(run);
    const other = { 'weights.bin': 'other' };
    for (let at = 1; at <= count; at++) {
      await startFaulty();
      await expect(withFaults(killedAt(at), run)).rejects.toThrow(UserError);
      const { version } = await run(other);
      const versions = await open().versions('demand');
      expect(versions.map(({ digest }) => digest)).toContain(version.digest);
      await expectWhole(versions.length === 1 ? [other] : [MODEL, other]);
      await run();
      await expectWhole([MODEL, other]);
      expectTidy();
    }
  }, 900_000);

  test('while it adds evidence, moves an alias or removes a version can be run again', async () => {
    const evidence = [{ name: 'profile.json', content: '{"a":1}' }];
    const prepare = async () => {
      await startFaulty();
      await run();
      await run({ 'weights.bin': 'second' });
    };
    const later = async () => {
      await open().addEvidence({ name: 'demand', version: '1.1.0' }, evidence);
      await open().setAlias('demand', 'candidate', '1.1.0');
      await open().setAlias('demand', 'champion', '1.1.0');
      if ((await open().versions('demand')).length > 1)
        await open().remove({ name: 'demand', version: '1.0.0' });
    };
    await prepare();
    const count = await requestsOf(later);
    for (let at = 1; at <= count; at++) {
      await prepare();
      await expect(withFaults(killedAt(at), later)).rejects.toThrow(UserError);
      await later();
      const [version, ...others] = await open().versions('demand');
      expect([at, version?.evidence, others]).toEqual([
        at,
        ['verdicts/validate-model.json', 'profile.json'],
        [],
      ]);
      expect(await open().aliases('demand')).toEqual({ candidate: '1.1.0', champion: '1.1.0' });
      // What a run that was killed has left is removed by the next one that comes by.
      await run();
      const after = await open().versions('demand');
      expect(after.map(({ version: number }) => number)).toEqual(['1.1.0', '1.2.0']);
      for (const each of after) await open().verify(each);
      expectTidy();
    }
  }, 900_000);
});

describe('GitHub that is down', () => {
  test.each<[Fault, RegExp]>([
    [500, /GitHub’s API failed with 500/],
    ['cut', /GitHub’s API was not reached/],
    ['half', /GitHub’s API was not reached/],
  ])('with %s says so, and what to do', async (fault, message) => {
    await startFaulty();
    await withFaults(
      () => fault,
      async () => {
        await expect(run()).rejects.toThrow(message);
        await expect(run()).rejects.toThrow(/githubstatus\.com/);
      },
    );
    expect(space.server.git.refs.size).toBe(0);
  });

  test('a web page is not an answer, and is not quoted', async () => {
    await startFaulty();
    const count = await requestsOf(run);
    for (let at = 1; at <= count; at++) {
      await startFaulty();
      const failed = withFaults((number) => (number === at ? 'html' : undefined), run);
      const error = await failed.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect([at, error]).toEqual([at, expect.any(UserError)]);
      expect(String(error)).not.toMatch(/script|doctype|Sign in/);
      await run();
      await expectWhole([MODEL]);
    }
  }, 900_000);

  test('a limit that lasts is told, not waited for', async () => {
    const body = { message: 'API rate limit exceeded for installation.' };
    space.server.before(/matching-refs/, () => ({ status: 403, body, headers: { 'retry-after': '1800' } }));
    await expect(open().versions('demand')).rejects.toThrow(
      /rate limit exceeded.*wait until the limit is lifted/s,
    );
  });
});

describe('bytes', () => {
  test('that are broken off go on where they broke', async () => {
    await startFaulty();
    const { version } = await run({ large: 'x'.repeat(400_000) });
    const count = await requestsOf(() => open().fetch(version, join(space.folder, 'a')));
    await withFaults(
      (number) => (number === count ? 'half' : undefined),
      () => open().fetch(version, join(space.folder, 'b')),
    );
    const always = withFaults(
      (number) => (number >= count ? 'half' : undefined),
      () => open().fetch(version, join(space.folder, 'c')),
    );
    await expect(always).rejects.toThrow(UserError);
  });
});
