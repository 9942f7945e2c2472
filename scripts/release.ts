/**
 * Releases (RELEASING.md), run by .github/workflows/release.yml:
 *
 *   release.ts check VERSION           is the tree ready for it?
 *   release.ts sbom FILE               writes what is bundled
 *   release.ts publish VERSION FILE…   publishes the release with these files, and moves vMAJOR
 *
 * `publish` takes GITHUB_REPOSITORY, GITHUB_SHA, GITHUB_TOKEN and GITHUB_API_URL from the environment.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { openGitHub } from '../shared/host/github.ts';
import { notesOf, releaseProblems } from './release/changelog.ts';
import { publish } from './release/publish.ts';
import { bundledPackages, bundledSbom, npmSbom } from './release/sbom.ts';

const [command, first = '', ...files] = process.argv.slice(2);
const changelog = readFileSync('CHANGELOG.md', 'utf8');

if (command === 'check') {
  const { version: packageVersion } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const problems = releaseProblems({ version: first, packageVersion, changelog });
  for (const problem of problems) console.error(problem);
  process.exit(problems.length === 0 ? 0 : 1);
} else if (command === 'sbom') {
  const sbom = bundledSbom(npmSbom(), bundledPackages(readFileSync('dist/licenses.txt', 'utf8')));
  writeFileSync(first, `${JSON.stringify(sbom, null, 2)}\n`);
  console.log(`${first}: ${sbom.components.length} packages`);
} else if (command === 'publish') {
  const {
    GITHUB_REPOSITORY: repository,
    GITHUB_SHA: commit,
    GITHUB_TOKEN: token,
    GITHUB_API_URL,
  } = process.env;
  if (!repository || !commit || !token || !GITHUB_API_URL)
    throw new Error('GITHUB_REPOSITORY, GITHUB_SHA, GITHUB_TOKEN and GITHUB_API_URL must be set');
  const assets = files.map((file) => ({ name: basename(file), bytes: readFileSync(file) }));
  const notes = notesOf(changelog, first);
  if (notes === undefined) throw new Error(`CHANGELOG.md has no section for ${first}`);
  const github = openGitHub({ apiUrl: GITHUB_API_URL, repository, token });
  await publish(github, { version: first, commit, notes, assets });
  console.log(`released v${first}`);
} else {
  console.error('release.ts check VERSION | sbom FILE | publish VERSION FILE…');
  process.exit(2);
}
