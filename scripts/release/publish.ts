/** A version on GitHub: a release whose tag never moves, and the tag of its major version, which follows. */
import { gt, major } from 'semver';
import type { GitHubRepository } from '../../shared/ports/ports.ts';

export interface Asset {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface Version {
  /** Without a `v`. */
  readonly version: string;
  /** The commit. */
  readonly commit: string;
  readonly notes: string;
  readonly assets: readonly Asset[];
}

interface Release {
  readonly id: number;
  readonly tag_name: string;
  readonly draft: boolean;
  readonly immutable?: boolean;
  readonly upload_url: string;
}

/**
 * Publishes a version as a draft with its files first, and then moves `vMAJOR`. May be run again after it was cut: a
 * draft is made again, and what is published stays.
 *
 * @throws Error if the version is published for another commit, the release is not immutable, or GitHub refuses.
 */
export async function publish(github: GitHubRepository, version: Version): Promise<void> {
  const tag = `v${version.version}`;
  const published = await publishedOf(github, tag);
  if (published === undefined) await release(github, tag, version);
  const commit = await commitOf(github, `tags/${tag}`);
  if (commit !== version.commit) throw new Error(`${tag} is released already, for ${commit}`);
  if ((published ?? (await publishedOf(github, tag)))?.immutable !== true) {
    throw new Error(
      `${tag} is not immutable: turn on “Enable release immutability” in the repository’s settings, delete this release and its tag, and release a new version`,
    );
  }
  await moveMajor(github, version);
}

async function release(github: GitHubRepository, tag: string, version: Version): Promise<void> {
  const { commit, notes, assets } = version;
  for (const draft of (await releasesOf(github)).filter((one) => one.draft && one.tag_name === tag))
    await asked(github, 'DELETE /repos/{owner}/{repo}/releases/{release_id}', { release_id: draft.id });
  const { id, upload_url } = (await asked(github, 'POST /repos/{owner}/{repo}/releases', {
    tag_name: tag,
    target_commitish: commit,
    name: tag,
    body: notes,
    draft: true,
    make_latest: 'true',
  })) as Release;
  for (const { name, bytes } of assets) {
    const answer = await github.upload(upload_url, { name, size: bytes.length, body: () => once(bytes) });
    if (answer.status !== 201) throw refused(`the upload of ${name}`, answer);
  }
  // GitHub makes the tag of a draft when it is published; a tag of our own is sure to be of this commit.
  await asked(github, 'POST /repos/{owner}/{repo}/git/refs', { ref: `refs/tags/${tag}`, sha: commit });
  await asked(github, 'PATCH /repos/{owner}/{repo}/releases/{release_id}', { release_id: id, draft: false });
}

/** `v0` is a tag alone, never a release: an immutable release would lock it. It never moves to an older version. */
async function moveMajor(github: GitHubRepository, { version, commit }: Version): Promise<void> {
  const newer = (await releasesOf(github)).filter(
    ({ draft, tag_name }) =>
      !draft &&
      /^v\d+\.\d+\.\d+$/.test(tag_name) &&
      gt(tag_name, version) &&
      major(tag_name) === major(version),
  );
  if (newer.length > 0) return;
  const ref = `tags/v${major(version)}`;
  if ((await commitOf(github, ref)) === undefined)
    await asked(github, 'POST /repos/{owner}/{repo}/git/refs', { ref: `refs/${ref}`, sha: commit });
  else await asked(github, 'PATCH /repos/{owner}/{repo}/git/refs/{ref}', { ref, sha: commit, force: true });
}

async function publishedOf(github: GitHubRepository, tag: string): Promise<Release | undefined> {
  return (await releasesOf(github)).find(({ draft, tag_name }) => !draft && tag_name === tag);
}

async function releasesOf(github: GitHubRepository): Promise<Release[]> {
  const route = 'GET /repos/{owner}/{repo}/releases';
  const { status, data } = await github.list(route);
  if (status >= 300) throw refused(route, { status, data });
  return data as Release[];
}

/** The commit of a ref that is not annotated; undefined without the ref. */
async function commitOf(github: GitHubRepository, ref: string): Promise<string | undefined> {
  const found = (await asked(github, 'GET /repos/{owner}/{repo}/git/matching-refs/{ref}', { ref })) as {
    readonly ref: string;
    readonly object: { readonly sha: string };
  }[];
  return found.find((one) => one.ref === `refs/${ref}`)?.object.sha;
}

async function asked(
  github: GitHubRepository,
  route: string,
  parameters: Record<string, unknown>,
): Promise<unknown> {
  const answer = await github.request(route, parameters);
  if (answer.status >= 300) throw refused(route, answer);
  return answer.data;
}

function refused(what: string, { status, data }: { status: number; data: unknown }): Error {
  return new Error(`GitHub refused ${what} with ${status}: ${JSON.stringify(data)}`);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
