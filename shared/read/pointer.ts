import { UserError } from '../problem/problem.ts';

/** The first lines of a `.dvc` file: its outputs come first, perhaps after a checksum or a working directory. */
const DVC =
  /^(?:(?:md5: [0-9a-f]{32}|wdir: .*|frozen: .*|desc: .*)\r?\n)*outs:\r?\n ?- (?:md5|etag|hash|size|path): /;

/**
 * Refuses files that stand for data kept elsewhere: Git LFS pointers and DVC files.
 *
 * @param head the first bytes, 256 or more if there are so many.
 * @throws UserError with the command that brings the data.
 */
export function refusePointer(name: string, head: Uint8Array): void {
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1');
  if (text.startsWith('version https://git-lfs.github.com/spec/')) {
    throw new UserError({
      what: 'this is a Git LFS pointer, not the data',
      where: name,
      fix: 'set `lfs: true` on actions/checkout, or run `git lfs pull`',
    });
  }
  if (!/\.dvc$/i.test(name) && !DVC.test(text)) return;
  const data = name.replace(/\.dvc$/i, '');
  throw new UserError({
    what: 'this is a DVC pointer, not the data',
    where: name,
    fix: data === name ? 'run `dvc pull` first' : `run \`dvc pull\` first, and name the data: ${data}`,
  });
}
