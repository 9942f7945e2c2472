/** What git keeps of a version: a commit with its manifest and its evidence, and an annotated tag as GTO makes them. */
import { createHash } from 'node:crypto';
import { UserError } from '../../problem/problem.ts';
import { object as isObject } from '../../schema/generated/github.js';
import { fieldOf } from '../../state/github-answer.ts';
import { textFile } from '../../verdict/digest.ts';
import type { Manifest } from '../manifest.ts';
import type { Attachment } from '../registry.ts';
import type { Hub } from './hub.ts';
import type { StoredEvidence } from './index.ts';
import { evidencePath } from './names.ts';

/** The folder of a version's commit, beside the files of the commit that the model was made from. */
const FOLDER = 'ml-loop-record';
const STORING = 'store the record of the version';

export interface NewCommit {
  readonly message: string;
  readonly at: Date;
  readonly evidence: readonly Attachment[];
  /** The commit that the model was made from, if the repository has it. */
  readonly source?: string | undefined;
  readonly manifest?: Manifest;
}

/** Git objects without a ref are not seen by anyone, and git removes them after some weeks. */
export async function makeCommit(
  hub: Hub,
  { message, at, evidence, source, manifest }: NewCommit,
): Promise<string> {
  const names = evidence.map(({ name }) => name);
  const files = evidence.map(({ name, content }) => ({
    path: evidencePath(name, textFile(name, content).sha256, names),
    content,
  }));
  if (manifest !== undefined)
    files.push({ path: 'manifest.json', content: `${JSON.stringify(manifest, null, 2)}\n` });
  const record = await makeTree(
    hub,
    files.map((file) => ({ ...file, mode: '100644', type: 'blob' })),
  );
  await compareTree(hub, record, files);
  const base = await treeOf(hub, source);
  const tree = await makeTree(hub, [{ path: FOLDER, mode: '040000', type: 'tree', sha: record }], base);
  const parents = base === undefined || source === undefined ? [] : [source];
  const commit = await hub.ask(
    'POST /repos/{owner}/{repo}/git/commits',
    { message, tree, parents, author: signature(at) },
    STORING,
    201,
  );
  return shaOf(hub, commit.data);
}

async function makeTree(hub: Hub, entries: readonly object[], base?: string): Promise<string> {
  const parameters = { tree: entries, ...(base === undefined ? {} : { base_tree: base }) };
  const made = await hub.ask('POST /repos/{owner}/{repo}/git/trees', parameters, STORING, 201);
  return shaOf(hub, made.data);
}

/** The same tag made twice is one object, since git names objects by their content. */
export async function makeTag(
  hub: Hub,
  { name, commit, message, at }: { name: string; commit: string; message: string; at: Date },
): Promise<string> {
  const answer = await hub.ask(
    'POST /repos/{owner}/{repo}/git/tags',
    { tag: name, message, object: commit, type: 'commit', tagger: signature(at) },
    `store the tag ${name}`,
    201,
  );
  return shaOf(hub, answer.data);
}

/** Evidence as the index lists it. */
export function storedEvidence(name: string, content: string): StoredEvidence {
  return { ...textFile(name, content), blob: blobName(content) };
}

/** The name that git gives a file's content. */
function blobName(content: string): string {
  const bytes = Buffer.from(content);
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

function signature(at: Date) {
  const date = `${at.toISOString().slice(0, 19)}Z`;
  return {
    name: 'github-actions[bot]',
    email: '41898282+github-actions[bot]@users.noreply.github.com',
    date,
  };
}

async function treeOf(hub: Hub, commit: string | undefined): Promise<string | undefined> {
  if (commit === undefined) return undefined;
  const answer = await hub.github.request('GET /repos/{owner}/{repo}/git/commits/{commit_sha}', {
    commit_sha: commit,
  });
  return answer.status === 200 ? shaOf(hub, fieldOf(answer.data, 'tree')) : undefined;
}

/** @throws UserError if GitHub keeps other content than was sent. */
async function compareTree(
  hub: Hub,
  tree: string,
  files: readonly { readonly path: string; readonly content: string }[],
): Promise<void> {
  const answer = await hub.ask(
    'GET /repos/{owner}/{repo}/git/trees/{tree_sha}',
    { tree_sha: tree, recursive: 'true' },
    'read the record of the version',
    200,
  );
  const listed = fieldOf(answer.data, 'tree');
  const kept = new Map(
    (Array.isArray(listed) ? listed : []).map((entry) => [fieldOf(entry, 'path'), fieldOf(entry, 'sha')]),
  );
  const others = files.filter(({ path, content }) => kept.get(path) !== blobName(content));
  if (others.length === 0) return;
  throw new UserError(
    others.map(({ path }) => ({
      what: 'is not what was sent when it is read back',
      where: hub.shown(path),
      fix: 'run the job again; no version was made',
    })),
  );
}

function shaOf(hub: Hub, data: unknown): string {
  return hub.read<{ sha: string }>(isObject, { status: 201, data }, 'a git object').sha;
}
