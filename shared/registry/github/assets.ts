/** The assets of a release: each is the content of a file of the model. */
import type { ByteSource } from '../../ports/ports.ts';
import { Unreachable, UserError } from '../../problem/problem.ts';
import { assets as areAssets, asset as isAsset } from '../../schema/generated/github.js';
import type { BundleFile } from '../../verdict/digest.ts';
import { checked, resumed } from '../remote/bytes.ts';
import type { Hub } from './hub.ts';

export interface Asset {
  readonly id: number;
  readonly name: string;
  /** `uploaded`; anything else is an upload that goes on, or was broken off. */
  readonly state: string;
  readonly size: number;
  /** `sha256:…` as GitHub measured it; servers before 2025 do not. */
  readonly digest?: string | null;
}

/** So long an upload of another run that makes the same version is waited for. */
const WAIT_MS = { first: 1000, most: 60_000 };
const ATTEMPTS = 6;

/** The draft was removed while it was filled. */
export class DraftGone extends UserError {}

export async function listAssets(hub: Hub, release: number): Promise<Asset[]> {
  const answer = await hub.github.list('GET /repos/{owner}/{repo}/releases/{release_id}/assets', {
    release_id: release,
  });
  if (answer.status === 404) throw gone(hub);
  if (answer.status !== 200) throw hub.refusal(answer, 'read the assets of a release');
  return hub.read<Asset[]>(areAssets, answer, 'the assets of a release');
}

/** A file of the model, and the asset that it is to be. */
export interface AssetUpload {
  readonly release: number;
  readonly address: string;
  readonly name: string;
  readonly file: BundleFile;
  readonly source: ByteSource;
  onBytes(count: number): void;
}

/**
 * Stores a file as an asset of a draft, with one hash pass over its bytes; what is there already stays.
 *
 * @param known the draft's assets as they were when it was found.
 * @returns the asset's number.
 * @throws UserError if the source does not hold these bytes; DraftGone.
 */
export async function storeAsset(hub: Hub, upload: AssetUpload, known: readonly Asset[]): Promise<number> {
  let found = known.find(({ name }) => name === upload.name);
  let isOurs = false;
  for (let attempt = 1; ; attempt++) {
    if (found !== undefined) {
      const whole = isOurs ? found : await uploadedElsewhere(hub, upload, found);
      if (whole !== undefined && (await holds(hub, whole, upload.file))) return whole.id;
      if (whole !== undefined) await removeAsset(hub, whole.id);
    }
    const made = await send(hub, upload, attempt === ATTEMPTS);
    if (made !== undefined && (await holds(hub, made, upload.file))) return made.id;
    isOurs = made !== undefined || isOurs;
    if (attempt === ATTEMPTS) throw unsettled(hub, upload);
    if (made === undefined) await hub.clock.sleep(500 * 2 ** attempt);
    found = (await listAssets(hub, upload.release)).find(({ name }) => name === upload.name);
  }
}

/** An asset that another run may be uploading: as it is when that is done, or as it is after a minute without news. */
async function uploadedElsewhere(hub: Hub, upload: AssetUpload, asset: Asset): Promise<Asset | undefined> {
  let found: Asset | undefined = asset;
  let waited = 0;
  for (let delay = WAIT_MS.first; found !== undefined && found.state !== 'uploaded'; delay *= 2) {
    if (waited >= WAIT_MS.most) return found;
    if (waited === 0)
      hub.log.info(`Waiting for ${upload.name}, which another run may be uploading; a minute at most`);
    await hub.clock.sleep(delay);
    waited += delay;
    found = (await listAssets(hub, upload.release)).find(({ name }) => name === upload.name);
  }
  return found;
}

/** Uploads once; undefined if it is not known whether it came through, or the name is taken. */
async function send(hub: Hub, upload: AssetUpload, isLast: boolean): Promise<Asset | undefined> {
  const { address, name, file, source, onBytes } = upload;
  const { path, size, sha256 } = file;
  const measured = { digest: `sha256:${sha256}`, size, where: path };
  try {
    const body = () => checked(source.open(), measured, onBytes);
    const answer = await hub.github.upload(address, { name, size, body });
    if (answer.status === 201) return hub.read<Asset>(isAsset, answer, `the asset ${name}`);
    if (answer.status === 404) throw gone(hub);
    const isTaken = answer.status === 422 && JSON.stringify(answer.data).includes('already_exists');
    if (isTaken && !isLast) return undefined;
    throw hub.refusal(answer, `store ${path} as the asset ${name}`);
  } catch (error) {
    if (error instanceof Unreachable && !isLast) return undefined;
    // Of an upload that was broken off GitHub may keep the beginning.
    await discard(hub, upload).catch(() => undefined);
    throw error;
  }
}

async function discard(hub: Hub, { release, name }: AssetUpload): Promise<void> {
  const found = (await listAssets(hub, release)).find((asset) => asset.name === name);
  if (found !== undefined && found.state !== 'uploaded') await removeAsset(hub, found.id);
}

async function removeAsset(hub: Hub, id: number): Promise<void> {
  const route = 'DELETE /repos/{owner}/{repo}/releases/assets/{asset_id}';
  await hub.ask(route, { asset_id: id }, 'remove an asset that was broken off', 204, 404);
}

/** Does the asset hold the file? GitHub's own measure of what it received tells, or else its bytes. */
async function holds(hub: Hub, { id, state, size, digest }: Asset, file: BundleFile): Promise<boolean> {
  if (state !== 'uploaded' || size !== file.size) return false;
  if (typeof digest === 'string' && digest.startsWith('sha256:')) return digest === `sha256:${file.sha256}`;
  try {
    for await (const _ of readAsset(hub, id, file, file.path));
    return true;
  } catch (error) {
    if (error instanceof UserError && !(error instanceof Unreachable)) return false;
    throw error;
  }
}

/** The bytes of an asset; a break is gone over. @throws UserError if they are not those of the file. */
export function readAsset(hub: Hub, id: number, file: BundleFile, where: string): AsyncIterable<Uint8Array> {
  const measured = { digest: `sha256:${file.sha256}`, size: file.size, where };
  const from = async (start: number) => {
    const route = 'GET /repos/{owner}/{repo}/releases/assets/{asset_id}';
    const answer = await hub.github.download(route, { asset_id: id }, start);
    if (answer.bytes !== undefined) return { body: answer.bytes, at: answer.at };
    if (answer.status !== 404) throw hub.refusal(answer, `read ${where}`);
    throw new UserError({
      what: 'its bytes are not in the release any more, or the token may not read them',
      where,
      fix: 'give the job `permissions: { contents: read }`; if someone removed the asset, register the model again under another version',
    });
  };
  return checked(resumed(from, measured), { ...measured, change: CHANGED });
}

const CHANGED = {
  what: 'does not hold the bytes that were registered',
  fix: 'someone replaced the asset: register the model again under another version, and let releases be immutable (settings of the repository)',
};

function gone(hub: Hub): DraftGone {
  return new DraftGone({
    what: 'the draft of the release was removed while it was filled',
    where: hub.shown(),
    fix: 'run the job again, and leave drafts alone that ml-loop makes',
  });
}

function unsettled(hub: Hub, { name, file }: AssetUpload): UserError {
  return new UserError({
    what: `the asset ${name} does not hold what was sent, ${ATTEMPTS} times in a row`,
    where: hub.shown(file.path),
    fix: 'run the job again, one at a time (a concurrency group); no version was made',
  });
}
