/** What refs, tags and assets are called. */
import type { BundleFile } from '../../verdict/digest.ts';

/** A model's index is the ref `refs/ml-loop-registry/NAME`. */
export const INDEXES = 'refs/ml-loop-registry';

/** The tag of a version as GTO reads it (iterative/gto, `gto/constants.py`). */
export function versionTag(name: string, version: string): string {
  return `${name}@v${version}`;
}

/** The tag that assigns a stage to a version in GTO, or (`isEnd`) takes it away. */
export function stageTag(name: string, alias: string, isEnd: boolean, count: number): string {
  return `${name}#${alias}${isEnd ? '!' : ''}#${count}`;
}

/** Refs that keep the evidence of a version that came later. */
export function evidenceRefs(name: string, version: string): string {
  return `refs/ml-loop-evidence/${name}/${version}`;
}

const LONGEST_NAME = 120;

/**
 * A name for each content of a model's files, by SHA-256: GitHub takes letters, digits, `.`, `_` and `-`, and would change
 * any other character to a dot by itself. Empty files have none, since GitHub takes no empty assets.
 */
export function assetNames(files: readonly BundleFile[]): Map<string, string> {
  const sorted = files
    .filter(({ size }) => size > 0)
    .sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  const wanted = new Map<string, string>();
  for (const { path, sha256 } of sorted) if (!wanted.has(sha256)) wanted.set(sha256, plainName(path));
  const counts = new Map<string, number>();
  for (const name of wanted.values())
    counts.set(name.toLowerCase(), (counts.get(name.toLowerCase()) ?? 0) + 1);
  return new Map(
    [...wanted].map(([sha256, name]) => {
      const isPlain = counts.get(name.toLowerCase()) === 1 && name !== '' && name.length <= LONGEST_NAME;
      return [sha256, isPlain ? name : plainName(`${sha256.slice(0, 16)}-${name.slice(-LONGEST_NAME)}`)];
    }),
  );
}

function plainName(path: string): string {
  return path
    .replace(/[^A-Za-z0-9._-]+/g, '.')
    .replace(/\.{2,}/g, '.')
    .replace(/^[.-]+|\.+$/g, '');
}

/** Where a file of evidence is in the commit of a version; a name that git may refuse is left out. */
export function evidencePath(path: string, sha256: string, all: readonly string[]): string {
  const isPlain =
    path.length <= 200 && path.split('/').every((part) => /^[A-Za-z0-9_][A-Za-z0-9_. -]*$/.test(part));
  const isFolder = all.some((other) => other.startsWith(`${path}/`));
  return `evidence/${isPlain && !isFolder ? path : sha256}`;
}
