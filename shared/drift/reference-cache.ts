import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Cache, Files, Log } from '../ports/ports.ts';
import { messageOf } from '../problem/problem.ts';
import { parseProfile } from '../profile/file.ts';
import type { Profile } from '../profile/profile.ts';
import { type Bundle, bytesIn } from '../verdict/digest.ts';
import { TOOL } from '../verdict/tool.ts';

/** Data smaller than this are profiled in the time that a cache takes to answer. */
const WORTHWHILE_BYTES = 4 * 1024 * 1024;
/** Another one whenever entries of before would be read otherwise, or hold something else. */
const FORMAT = 'ml-loop/cached-profile@1';
const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const LONGEST_TEXT = 256 * 1024 * 1024;

export interface CachedReference {
  readonly files: Files;
  readonly cache?: Cache | undefined;
  readonly log: Log;
}

/**
 * The profile of a reference's data files, from the cache where it is kept there; else profiled, and put there.
 *
 * The cache changes nothing but time: an entry is kept only if reading it gives the very profile back, bit by bit, and
 * whatever else is found is put aside with a line in the log. Everybody who can run a workflow in the repository can
 * read its caches, and the profile has to be whole, with rare values; so it is encrypted, and its key is made of the
 * data's own bytes: only who has the data can read what is said of them, or write what will be believed.
 *
 * @param paths the files in their order.
 * @param bundle the same files' digest.
 */
export async function profileByCache(
  paths: readonly string[],
  bundle: Bundle,
  { files, cache, log }: CachedReference,
  profiled: () => Promise<Profile>,
): Promise<Profile> {
  const bytes = bytesIn(bundle.files);
  if (cache === undefined || bytes < WORTHWHILE_BYTES) return profiled();
  const entry = new Entry(paths, bundle.digest, await secretOf(paths, files));
  let sealed: Uint8Array | undefined;
  try {
    sealed = await cache.get(entry.name);
  } catch (error) {
    // Nor would it take an entry; what can be done without it is done.
    log.info(`The reference is profiled again, because the cache could not be read: ${messageOf(error)}`);
    return profiled();
  }
  if (sealed === undefined) {
    const profile = await profiled();
    if ((await files.bundle(paths)).digest === bundle.digest) await keep(entry, profile, cache, log);
    else
      log.info(
        'The profile of the reference is not put into the cache: its files changed while they were read.',
      );
    return profile;
  }
  const kept = entry.open(sealed);
  if (kept === undefined) {
    log.info('The reference is profiled again, because the cache does not hold its profile.');
    return profiled();
  }
  log.info('The profile of the reference was in the cache.');
  return kept;
}

async function keep(entry: Entry, profile: Profile, cache: Cache, log: Log): Promise<void> {
  const sealed = entry.seal(profile);
  const kept = entry.open(sealed);
  if (kept === undefined || !isDeepStrictEqual(kept, profile)) {
    log.info('The profile of the reference is not put into the cache, because it cannot be stored exactly.');
    return;
  }
  try {
    await cache.put(entry.name, sealed);
    log.info('The profile of the reference was put into the cache.');
  } catch (error) {
    log.info(`The profile of the reference was not put into the cache: ${messageOf(error)}`);
  }
}

/** Another hash of the bytes than the digest, which verdicts make known. */
async function secretOf(paths: readonly string[], files: Files): Promise<string> {
  const secrets: string[] = [];
  for (const path of paths) {
    const hash = createHmac('sha256', FORMAT);
    for await (const chunk of files.source(path).open()) hash.update(chunk);
    secrets.push(hash.digest('hex'));
  }
  return JSON.stringify(secrets);
}

/** One entry of the cache. */
class Entry {
  readonly name: string;
  readonly #digest: string;
  readonly #key: Uint8Array;

  /** Paths are in the name because folders may be columns, and a file's ending is its format. */
  constructor(paths: readonly string[], digest: string, secret: string) {
    const made = createHash('sha256').update(JSON.stringify([FORMAT, TOOL.version, paths]));
    this.name = `${TOOL.name}-profile-${digest.replace('sha256:', '')}-${made.digest('hex').slice(0, 32)}`;
    this.#digest = digest;
    this.#key = new Uint8Array(hkdfSync('sha256', secret, this.name, FORMAT, 32));
  }

  /** Initialisation vector, tag and ciphertext of the compressed JSON. */
  seal(profile: Profile): Uint8Array {
    const text = gzipSync(JSON.stringify(profile));
    // Made of key and text, so that no two texts share one (as RFC 5297 does), and no chance is needed.
    const iv = createHmac('sha256', this.#key).update(text).digest().subarray(0, IV_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, iv).setAAD(Buffer.from(this.name));
    const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
  }

  /** Undefined if the bytes were not sealed with this entry's key, or hold no profile of these data. */
  open(sealed: Uint8Array): Profile | undefined {
    try {
      const iv = sealed.subarray(0, IV_BYTES);
      const tag = sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES);
      const decipher = createDecipheriv(CIPHER, this.#key, iv, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(this.name)).setAuthTag(tag);
      const rest = sealed.subarray(IV_BYTES + TAG_BYTES);
      const text = Buffer.concat([decipher.update(rest), decipher.final()]);
      const json = gunzipSync(text, { maxOutputLength: LONGEST_TEXT }).toString('utf8');
      const profile = parseProfile(json, 'cache');
      return profile.digest === this.#digest ? profile : undefined;
    } catch {
      return undefined;
    }
  }
}
