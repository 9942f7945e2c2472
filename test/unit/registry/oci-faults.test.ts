/** A container registry that fails, and runs that are killed: one whole version, or none, and an error that says what to do. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { UserError } from '../../../shared/problem/problem.ts';
import { type RegisterResult, register } from '../../../shared/registry/register.ts';
import { type FaultAt, killedAt, useFaults } from '../../support/faults.ts';
import { newVersion, sourceOf } from '../../support/models.ts';
import type { Fault } from '../../support/oci-registry.ts';
import { useOciSpace } from '../../support/oci-space.ts';

const space = useOciSpace();
const open = () => space.open();
const { start: startFaulty, during: withFaults, requestsOf } = useFaults(space);
const MODEL = { 'weights.bin': 'abc' };
const EVIDENCE = [{ name: 'verdicts/validate-model.json', content: '{}' }];

/** A registration as register-model makes it. */
function run(files: Readonly<Record<string, string>> = MODEL): Promise<RegisterResult> {
  const version = newVersion(files, { evidence: EVIDENCE });
  return register(open(), { ...version, version: 'auto', alias: 'candidate' });
}

async function expectWhole(contents: readonly (typeof MODEL | Record<string, string>)[]): Promise<void> {
  const versions = await open().versions('demand');
  const digests = contents.map((files) => newVersion(files).bundle.digest);
  expect(versions.map(({ digest }) => digest).sort()).toEqual(digests.sort());
  for (const version of versions) {
    await open().verify(version);
    expect(version.evidence).toEqual(['verdicts/validate-model.json']);
    expect(await open().readEvidence(version, 'verdicts/validate-model.json')).toBe('{}');
  }
  const aliases = Object.values(await open().aliases('demand'));
  for (const target of aliases) expect(versions.map(({ version }) => version)).toContain(target);
}

describe('a registry that fails once', () => {
  test.each<[Fault]>([[429], [500], ['cut'], ['lost'], ['half']])(
    'with %s at any request is asked again, and one version is made',
    async (fault) => {
      await startFaulty();
      const count = await requestsOf(run);
      expect(count).toBeGreaterThan(30);
      for (let at = 1; at <= count; at++) {
        await startFaulty();
        const made = await withFaults((number) => (number === at ? fault : undefined), run);
        expect([at, made.version.version]).toEqual([at, '1.0.0']);
        await expectWhole([MODEL]);
        expect(await open().aliases('demand')).toEqual({ candidate: '1.0.0' });
      }
    },
    900_000,
  );

  test('waits as long as it says', async () => {
    await startFaulty();
    const start = space.clock.now().getTime();
    await withFaults(
      (number) => (number === 1 ? 429 : undefined),
      () => open().versions('demand'),
    );
    expect(space.clock.now().getTime() - start).toBe(7000);
  });
});

describe('a run that is killed', () => {
  // A run that is killed before a request is one that was killed when the one before it was done.
  test('at any request leaves nothing half, and the next run ends with one whole version', async () => {
    await startFaulty();
    const count = await requestsOf(run);
    for (let at = 1; at <= count; at++) {
      await startFaulty();
      await expect(withFaults(killedAt(at), run)).rejects.toThrow(UserError);
      const shown = await open().versions('demand');
      await expectWhole(shown.length === 0 ? [] : [MODEL]);
      expect((await run()).version.version).toBe('1.0.0');
      await expectWhole([MODEL]);
      expect(await open().aliases('demand')).toEqual({ candidate: '1.0.0' });
    }
  }, 900_000);

  test('does not keep another model from its version for longer than two minutes', async () => {
    await startFaulty();
    const count = await requestsOf(run);
    const other = { 'weights.bin': 'other' };
    for (let at = 1; at <= count; at++) {
      await startFaulty();
      await expect(withFaults(killedAt(at), run)).rejects.toThrow(UserError);
      const shown = await open().versions('demand');
      const start = space.clock.now().getTime();
      const { version } = await run(other);
      expect(version.version).toBe(shown.length === 0 ? '1.0.0' : '1.1.0');
      expect(space.clock.now().getTime() - start).toBeLessThan(125_000);
      await expectWhole([...(shown.length === 0 ? [] : [MODEL]), other]);
    }
  }, 900_000);

  test('while it adds evidence or moves an alias can be run again', async () => {
    const evidence = [{ name: 'profile.json', content: '{"a":1}' }];
    const made = await (async () => {
      await startFaulty();
      return (await run()).version;
    })();
    const later = async () => {
      const added = await open().addEvidence(made, evidence);
      await open().setAlias('demand', 'champion', '1.0.0');
      return added;
    };
    const count = await requestsOf(later);
    for (let at = 1; at <= count; at++) {
      await startFaulty();
      await run();
      await expect(withFaults(killedAt(at), later)).rejects.toThrow(UserError);
      expect((await later()).evidence).toEqual(['verdicts/validate-model.json', 'profile.json']);
      const { tags } = space.server.store.repo('acme/models/demand');
      expect(tags.get('champion')).toBe(tags.get('1.0.0'));
    }
  }, 900_000);
});

describe('a registry that is down', () => {
  test.each<[Fault, RegExp]>([
    [500, /the registry failed with 500, also when it was asked again/],
    ['cut', /the registry cannot be reached \(.+\), also when it was asked again/],
    ['half', /the registry cannot be reached \(.+\), also when it was asked again/],
  ])('with %s says so, and what to do', async (fault, message) => {
    await startFaulty();
    await withFaults(
      () => fault,
      async () => {
        await expect(run()).rejects.toThrow(message);
        await expect(run()).rejects.toThrow(/check the address in the input registry/);
      },
    );
    expect(space.tags()).toEqual([]);
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
      if (error !== undefined) {
        expect(error).toBeInstanceOf(UserError);
        expect(String(error)).toMatch(/answered with a web page \(HTML, status 200\)/);
        expect(String(error)).not.toMatch(/script|doctype|Sign in/);
      }
      // Only what is not needed (the list of models, the removal of a claim) may be answered with a page.
      if (error === undefined) expect(space.server.requests[at - 1]).toMatch(/_catalog|^DELETE/);
      await run();
      await expectWhole([MODEL]);
    }
  }, 900_000);

  test('a server that is not a registry has not "no models"', async () => {
    await space.start({ fault: () => 404 });
    await expect(open().versions('demand')).rejects.toThrow(/refused to list the versions/);
    await space.start({ fault: () => 204 });
    await expect(open().versions('demand')).rejects.toThrow(UserError);
  });
});

describe('a large file', () => {
  /** Seven chunks of 100,000 bytes and a bit. */
  const CHUNK = 100_000;
  const LARGE = { 'weights.bin': 'abcdefg'.repeat(100_001) };
  const upload = () => space.open({ chunkBytes: CHUNK }).create(newVersion(LARGE));
  const chunksOf = (requests: readonly string[]) => requests.filter((each) => each.startsWith('PATCH'));
  const expectStored = async () => {
    const [version] = await open().versions('demand');
    await open().verify(version ?? { name: 'demand', version: '1.0.0', digest: '' });
  };

  test('is sent in chunks, one pass over the file', async () => {
    let opened = 0;
    const version = newVersion(LARGE);
    const file = (path: string) => {
      opened++;
      return version.file(path);
    };
    await space.open({ chunkBytes: CHUNK }).create({ ...version, file });
    expect(opened).toBe(1);
    expect(chunksOf(space.server.requests)).toHaveLength(8);
    await expectStored();
  });

  test.each<[Fault]>([['cut'], ['torn'], ['lost'], ['half'], [500], [429]])(
    'with %s at any chunk, or as it is asked what is kept, goes on where it was',
    async (fault) => {
      await startFaulty();
      await upload();
      const places = space.server.requests.flatMap((each, at) => (/^PATCH/.test(each) ? [at + 1] : []));
      expect(places).toHaveLength(8);
      // The request after the last chunk ends the upload.
      for (const [chunk, at] of [...places, (places.at(-1) ?? 0) + 1].entries())
        for (const length of [1, 2]) {
          await startFaulty();
          await withFaults((number) => (number >= at && number < at + length ? fault : undefined), upload);
          // Eight chunks, and what was sent again: the rest of the cut one, and no other.
          const sent = chunksOf(space.server.requests).length;
          expect([chunk, sent === 8 || sent === 9]).toEqual([chunk, true]);
          expect(space.server.requests.filter((each) => each.startsWith('POST')).length).toBeLessThan(5);
          await expectStored();
        }
    },
    900_000,
  );

  test('that is cut again and again at one chunk is given up, and stored by the next run', async () => {
    await startFaulty();
    const count = await requestsOf(upload);
    const at = space.server.requests.findIndex((each) => each.startsWith('PATCH')) + 4;
    await startFaulty();
    await expect(withFaults((number) => (number >= at ? 'cut' : undefined), upload)).rejects.toThrow(
      /cannot be reached/,
    );
    expect(count).toBeGreaterThan(at);
    expect(await open().versions('demand')).toEqual([]);
    await upload();
    await expectStored();
  });

  test.each([404, 405, 501, 400, 416])(
    'goes in one request if the registry answers %d to a chunk, and so do those after it',
    async (refuseChunks) => {
      await space.start({ refuseChunks });
      const registry = space.open({ chunkBytes: CHUNK });
      await registry.create(newVersion(LARGE));
      await expectStored();
      expect(chunksOf(space.server.requests)).toHaveLength(1);
      await registry.create(newVersion({ other: 'h'.repeat(300_000) }, { version: '1.1.0' }));
      expect(chunksOf(space.server.requests)).toHaveLength(1);
    },
  );

  test('goes in one request if chunks are too large for the registry', async () => {
    await space.start({ mostChunk: CHUNK - 1 });
    await upload();
    await expectStored();
    expect(chunksOf(space.server.requests)).toHaveLength(1);
  });

  test('goes in chunks as long as the registry wants them at least', async () => {
    await space.start({ leastChunk: 3 * CHUNK });
    await upload();
    await expectStored();
    expect(chunksOf(space.server.requests)).toHaveLength(3);
  });

  test('whose upload the registry has forgotten is sent again', async () => {
    await startFaulty();
    await upload();
    const at = space.server.requests.findIndex((each) => each.startsWith('PATCH')) + 4;
    await startFaulty();
    await withFaults((number) => (number === at ? 404 : undefined), upload);
    await expectStored();
    expect(chunksOf(space.server.requests)).toHaveLength(3 + 1 + 8);
  });

  test('that changes while it is sent is not stored', async () => {
    for (const changed of [
      'abcdefg'.repeat(100_000),
      `${LARGE['weights.bin']}h`,
      'abcdefh'.repeat(100_001),
    ]) {
      await space.start();
      const version = newVersion(LARGE);
      const file = () => sourceOf('weights.bin', changed);
      await expect(space.open({ chunkBytes: CHUNK }).create({ ...version, file })).rejects.toThrow(
        /weights\.bin: changed while it was being registered/,
      );
      const blobs = [...space.server.store.repo('acme/models/demand').blobs.values()];
      expect(blobs.filter(({ length }) => length > 1000)).toEqual([]);
    }
  });
});

describe('bytes', () => {
  test('that are broken off go on where they broke', async () => {
    await startFaulty();
    const content = 'x'.repeat(400_000);
    const { version } = await run({ large: content });
    const read = async (faults: FaultAt, folder: string) =>
      withFaults(faults, () => open().fetch(version, join(space.folder, folder)));
    const count = await requestsOf(() => open().fetch(version, join(space.folder, 'a')));
    await read((number) => (number === count ? 'half' : undefined), 'b');
    expect(
      space.server.requests.filter((request) => request.includes('/blobs/sha256')).length,
    ).toBeGreaterThan(2);
    await expect(read((number) => (number >= count ? 'half' : undefined), 'c')).rejects.toThrow(UserError);
    expect(readdirSync(join(space.folder, 'c'))).toEqual([]);
  });

  test('that are gone, or are others, are told by file', async () => {
    await startFaulty();
    const { version } = await run();
    const { blobs } = space.server.store.repo('acme/models/demand');
    const [digest = ''] = [...blobs].find(([, bytes]) => String(bytes) === 'abc') ?? [];
    blobs.set(digest, Buffer.from('abd'));
    await expect(open().verify(version)).rejects.toThrow(
      /weights\.bin: does not hold the bytes that were registered/,
    );
    blobs.delete(digest);
    await expect(open().verify(version)).rejects.toThrow(/weights\.bin: its bytes are not in the registry/);
    await expect(open().fetch(version, join(space.folder, 'd'))).rejects.toThrow(/weights\.bin/);
    expect(readdirSync(join(space.folder, 'd'))).toEqual([]);
  });

  test('of a large model are told of as they are stored, and are stored once', async () => {
    await space.start();
    const content = 'y'.repeat(70 * 1024 * 1024);
    await run({ a: content, b: content, c: `${content}c` });
    expect(space.logged).toEqual([expect.stringMatching(/^Storing .+\/demand: 1[34]\d of 220 MB$/)]);
    const puts = space.server.requests.filter(
      (request) => request.startsWith('PUT') && request.includes('/blobs/'),
    );
    // Two files of three, the configuration, the empty blob; the evidence is the empty one, too.
    expect(puts).toHaveLength(4);
  }, 120_000);
});

test('a model of more files than a manifest holds is refused before anything is stored', async () => {
  const files = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`part-${i}`, '']));
  const before = space.server.requests.length;
  await expect(open().create(newVersion(files))).rejects.toThrow(
    /20000 files make a manifest of \d+ bytes, and container registries take 4194304 \(4 MiB\)/,
  );
  expect(space.server.requests.slice(before)).toEqual([]);
});

test('a registry that deletes nothing says how a version is removed', async () => {
  const made = await open().create(newVersion(MODEL));
  await expect(open().remove(made)).rejects.toThrow(
    /does not remove versions.*on GitHub those of the package/s,
  );
  expect(await open().versions('demand')).toEqual([made]);
});
