import type { Problem } from '../../problem/problem.ts';
import type { BundleFile } from '../../verdict/digest.ts';
import { refuse } from '../directory-files.ts';
import { assetNames } from './names.ts';

/** GitHub takes assets of less than 2 GiB, */
const LARGEST_ASSET = 2 ** 31 - 1;
/** and a thousand of them for one release. */
const MOST_ASSETS = 1000;

const ELSEWHERE = 'or use a registry without this limit, such as oci://ghcr.io/OWNER/REPO';

/** @throws UserError with every file that no release can hold. */
export function refuseTooLarge(files: readonly BundleFile[]): void {
  const problems: Problem[] = files
    .filter(({ size }) => size > LARGEST_ASSET)
    .map(({ path, size }) => ({
      what: `has ${size} bytes, and GitHub takes files of less than 2 GiB in a release`,
      where: path,
      fix: `save the model in parts (shards) of less than 2 GiB; ${ELSEWHERE}`,
    }));
  const { size: count } = assetNames(files);
  if (count > MOST_ASSETS) {
    problems.push({
      what: `the model has ${count} files, and GitHub takes ${MOST_ASSETS} in a release`,
      where: 'input model',
      fix: `pack small files into one archive before you validate the model; ${ELSEWHERE}`,
    });
  }
  refuse(problems);
}
