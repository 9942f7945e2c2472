/**
 * One run makes a version, of however many want to: tags can be written over, and no registry compares before it does. So
 * a run that is about to write a version's tag first writes a tag of its own that says so, and then lists all tags.
 *
 * What holds, if a list shows what was written before: of two runs whose claims stand, at least one sees the other's. The
 * later one takes its claim back, the earlier one waits for that. A run that is killed leaves its claim behind, which is
 * void after two minutes; a run that is late by more than 30 seconds claims again. All times are the registry's own.
 */
import { randomBytes } from 'node:crypto';
import type { Clock, Log } from '../../ports/ports.ts';
import { UserError } from '../../problem/problem.ts';
import { VersionTaken } from '../registry.ts';
import { note, stored } from './manifests.ts';
import type { Repository } from './repository.ts';

const CLAIM_TYPE = 'application/vnd.ml-loop.claim.v1+json';
/** From here on, no run waits for a claim. */
const VOID_AFTER_MS = 120_000;
/** A claim is acted on within this time. */
const FRESH_MS = 30_000;
/** A run that makes the very same bytes does no harm; it is given this time to be the one that made them. */
const SAME_BYTES_MS = 10_000;
const POLL_MS = { first: 50, most: 2000 };

export interface Claims {
  readonly repository: Repository;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly log: Log;
}

interface Claim {
  readonly tag: string;
  /** The registry's clock, in milliseconds. */
  readonly at: number;
  /** The first 16 digits of the model's digest. */
  readonly bytes: string;
}

/** The tag of a claim says all: when, for what bytes, and whose; `-void` beside it says that it was taken back. */
function claimTag(version: string, at: number, bytes: string): string {
  const time = Math.floor(at / 1000)
    .toString(16)
    .padStart(8, '0');
  return `claim-${version}-${time}${bytes}${randomBytes(4).toString('hex')}`;
}

/** The claims on a version that stand, by the list of all tags. */
export function standing(tags: readonly string[], version: string, now: number): Claim[] {
  return tags
    .flatMap((tag) => {
      const [, of, time = '', bytes = ''] =
        /^claim-(.+)-([0-9a-f]{8})([0-9a-f]{16})[0-9a-f]{8}$/.exec(tag) ?? [];
      const isVoid = tags.includes(`${tag}-void`);
      return of !== version || isVoid ? [] : [{ tag, at: Number.parseInt(time, 16) * 1000, bytes }];
    })
    .filter(({ at }) => now - at < VOID_AFTER_MS);
}

/** More tries than this mean that the registry is too slow, or does not take the tag. */
const MOST_TRIES = 5;

/**
 * Lets this run make a version, if no other does.
 *
 * @param digest of the manifest that the version's tag is to point to.
 * @param publish makes the version, unless the claim is not fresh any more when it comes to the version's tag, or the tag
 * was not written: then it answers false.
 * @throws VersionTaken if the version is there; UserError if it cannot be made.
 */
export async function withClaim(
  claims: Claims,
  version: string,
  digest: string,
  publish: (isFresh: () => boolean) => Promise<boolean>,
): Promise<void> {
  const { repository } = claims;
  for (let tries = 0; tries < MOST_TRIES; ) {
    const claim = await stake(repository, version, digest);
    const isFresh = () => repository.requests.time - claim.at <= FRESH_MS;
    try {
      if (await decided(claims, version, claim)) {
        if (isFresh() && (await publish(isFresh))) return await repository.remove(claim.tag);
        tries++;
      }
      await takeBack(repository, claim);
    } catch (error) {
      // What is left of a claim is void in two minutes; the error is the news.
      await takeBack(repository, claim).catch(() => undefined);
      throw error;
    }
    await othersDone(claims, version);
  }
  throw new UserError({
    what: `the version’s tag was not written within ${FRESH_MS / 1000} s of a claim, ${MOST_TRIES} times in a row`,
    where: repository.shown(version),
    fix: 'run the job again when the registry is faster; no version was made',
  });
}

async function stake(repository: Repository, version: string, digest: string): Promise<Claim> {
  await refuseTaken(repository, version);
  const at = repository.requests.time;
  const bytes = digest.slice('sha256:'.length, 'sha256:'.length + 16);
  const tag = claimTag(version, at, bytes);
  await repository.put(stored(note(CLAIM_TYPE, { 'dev.ml-loop.claim': tag })), tag);
  return { tag, at, bytes };
}

/** Did this run win? It waits for later ones to take their claims back. */
async function decided(claims: Claims, version: string, mine: Claim): Promise<boolean> {
  const { repository } = claims;
  const wait = waiting(claims, version);
  for (;;) {
    const tags = await repository.tags();
    const now = repository.requests.time;
    const others = standing(tags, version, now).filter(({ tag }) => tag !== mine.tag);
    // After the list: who made the version may have removed its claim before it.
    await refuseTaken(repository, version);
    const rivals = others.filter(({ bytes }) => bytes !== mine.bytes);
    if (rivals.some((rival) => rival.tag < mine.tag)) return false;
    const same = others.filter(
      ({ bytes, tag, at }) => bytes === mine.bytes && tag < mine.tag && now - at < SAME_BYTES_MS,
    );
    if (rivals.length === 0 && same.length === 0) return true;
    await wait();
  }
}

/** Until the run that came first has made the version, or has given up. @throws VersionTaken if it has made it. */
async function othersDone(claims: Claims, version: string): Promise<void> {
  const { repository } = claims;
  const wait = waiting(claims, version);
  for (;;) {
    const tags = await repository.tags();
    await refuseTaken(repository, version);
    if (standing(tags, version, repository.requests.time).length === 0) return;
    await wait();
  }
}

/** @throws VersionTaken */
async function refuseTaken(repository: Repository, version: string): Promise<void> {
  if ((await repository.manifest(version)) === null) return;
  throw new VersionTaken(`${repository.shown(version)} exists already`);
}

async function takeBack(repository: Repository, { tag }: Claim): Promise<void> {
  const mark = `${tag}-void`;
  await repository.put(stored(note(CLAIM_TYPE, { 'dev.ml-loop.claim': mark })), mark);
  await repository.remove(tag);
  await repository.remove(mark);
}

/** Waits longer and longer, and says so once. */
function waiting({ clock, log, repository }: Claims, version: string): () => Promise<void> {
  let delay = POLL_MS.first;
  let waited = 0;
  return async () => {
    await clock.sleep(delay);
    if (waited < 2000 && waited + delay >= 2000)
      log.info(`Another run has claimed ${repository.shown(version)}; waiting for it, two minutes at most`);
    waited += delay;
    delay = Math.min(POLL_MS.most, delay * 1.5);
  };
}
