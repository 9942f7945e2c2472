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
import { VersionTakenError } from '../registry.ts';
import { manifestText, note } from './manifests.ts';
import type { Repository } from './repository.ts';

const CLAIM_TYPE = 'application/vnd.ml-loop.claim.v1+json';
/** From here on, no run waits for a claim. */
const VOID_AFTER_MS = 120_000;
/** A claim is acted on within this time. */
const FRESH_MS = 30_000;
/** A run that makes the very same bytes does no harm; it is given this time to be the one that made them. */
const SAME_BYTES_MS = 10_000;
const POLL_MS = { first: 50, most: 2000 };

/** What a run is about to make. */
export interface VersionClaims {
  readonly version: string;
  /** The model's digest: its bytes, whatever the version. */
  readonly digest: string;
  /** The version if it is there, or another one that has these bytes; asked again and again. */
  taken(): Promise<string | undefined>;
  readonly repository: Repository;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly log: Log;
}

interface Claim {
  readonly tag: string;
  readonly version: string;
  /** The registry's clock, in milliseconds. */
  readonly at: number;
  /** The first 16 digits of the model's digest. */
  readonly bytes: string;
  /** Time, bytes and a random number: whose is smaller goes first. */
  readonly id: string;
}

/** The tag of a claim says all: when, for what bytes, and whose; `-void` beside it says that it was taken back. */
function claimOf(version: string, at: number, bytes: string): Claim {
  const time = Math.floor(at / 1000)
    .toString(16)
    .padStart(8, '0');
  const id = `${time}${bytes}${randomBytes(4).toString('hex')}`;
  return { tag: `claim-${version}-${id}`, version, at, bytes, id };
}

/** The claims that stand, by the list of all tags. */
export function standing(tags: readonly string[], now: number): Claim[] {
  return tags
    .flatMap((tag) => {
      const [, version = '', id = '', time = '', bytes = ''] =
        /^claim-(.+)-(([0-9a-f]{8})([0-9a-f]{16})[0-9a-f]{8})$/.exec(tag) ?? [];
      const isVoid = id === '' || tags.includes(`${tag}-void`);
      return isVoid ? [] : [{ tag, version, at: Number.parseInt(time, 16) * 1000, bytes, id }];
    })
    .filter(({ at }) => now - at < VOID_AFTER_MS);
}

/** The claims of other runs on the same version, or on another version of the same bytes. */
function others({ repository }: VersionClaims, mine: Claim, tags: readonly string[]): Claim[] {
  return standing(tags, repository.requests.time).filter(
    ({ tag, version, bytes }) => tag !== mine.tag && (version === mine.version || bytes === mine.bytes),
  );
}

/** More tries than this mean that the registry is too slow, or does not take the tag. */
const MOST_TRIES = 5;

/**
 * Lets this run make a version, if no other run makes it, or makes another one of the same bytes.
 *
 * @param publish makes the version, unless the claim is not fresh any more when it comes to the version's tag, or the tag
 * was not written: then it answers false.
 * @throws VersionTaken if the version is there; UserError if it cannot be made.
 */
export async function withClaim(
  claims: VersionClaims,
  publish: (isFresh: () => boolean) => Promise<boolean>,
): Promise<void> {
  const { repository, version } = claims;
  for (let tries = 0; tries < MOST_TRIES; ) {
    const claim = await stake(claims);
    const isFresh = () => repository.requests.time - claim.at <= FRESH_MS;
    try {
      if (await decided(claims, claim)) {
        if (isFresh() && (await publish(isFresh))) return await repository.remove(claim.tag);
        tries++;
      }
      await takeBack(repository, claim);
    } catch (error) {
      // What is left of a claim is void in two minutes; the error is the news.
      await takeBack(repository, claim).catch(() => undefined);
      throw error;
    }
    await othersDone(claims, claim);
  }
  throw new UserError({
    what: `the version’s tag was not written within ${FRESH_MS / 1000} s of a claim, ${MOST_TRIES} times in a row`,
    where: repository.shown(version),
    fix: 'run the job again when the registry is faster; no version was made',
  });
}

async function stake(claims: VersionClaims): Promise<Claim> {
  const { repository, version, digest } = claims;
  await refuseTaken(claims);
  const bytes = digest.slice('sha256:'.length, 'sha256:'.length + 16);
  const claim = claimOf(version, repository.requests.time, bytes);
  await repository.put(manifestText(note(CLAIM_TYPE, { 'dev.ml-loop.claim': claim.tag })), claim.tag);
  return claim;
}

/** Did this run win? It waits for later ones to take their claims back. */
async function decided(claims: VersionClaims, mine: Claim): Promise<boolean> {
  const { repository } = claims;
  const wait = waiting(claims);
  for (;;) {
    const found = others(claims, mine, await repository.tags());
    const now = repository.requests.time;
    // After the list: who made the version may have removed its claim before it.
    await refuseTaken(claims);
    const isSame = ({ version, bytes }: Claim) => version === mine.version && bytes === mine.bytes;
    const rivals = found.filter((claim) => !isSame(claim));
    if (rivals.some(({ id }) => id < mine.id)) return false;
    const same = found.filter(
      (claim) => isSame(claim) && claim.id < mine.id && now - claim.at < SAME_BYTES_MS,
    );
    if (rivals.length === 0 && same.length === 0) return true;
    await wait();
  }
}

/** Until the run that came first has made the version, or has given up. @throws VersionTaken if it has made it. */
async function othersDone(claims: VersionClaims, mine: Claim): Promise<void> {
  const wait = waiting(claims);
  for (;;) {
    const found = others(claims, mine, await claims.repository.tags());
    await refuseTaken(claims);
    if (found.length === 0) return;
    await wait();
  }
}

/** @throws VersionTaken */
async function refuseTaken({ repository, taken }: VersionClaims): Promise<void> {
  const by = await taken();
  if (by !== undefined) throw new VersionTakenError(`${repository.shown(by)} exists already`);
}

async function takeBack(repository: Repository, { tag }: Claim): Promise<void> {
  const mark = `${tag}-void`;
  await repository.put(manifestText(note(CLAIM_TYPE, { 'dev.ml-loop.claim': mark })), mark);
  await repository.remove(tag);
  await repository.remove(mark);
}

/** Waits longer and longer, and says so once. */
function waiting({ clock, log, repository, version }: VersionClaims): () => Promise<void> {
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
