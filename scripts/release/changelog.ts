/** What a version's release says, and whether the tree is ready for it. */
import { valid } from 'semver';

export interface Ready {
  /** Without a `v`. */
  readonly version: string;
  readonly packageVersion: string;
  /** The text of CHANGELOG.md. */
  readonly changelog: string;
}

/** Everything that keeps a version from being released; empty if nothing does. */
export function releaseProblems({ version, packageVersion, changelog }: Ready): string[] {
  if (valid(version) !== version) return [`${JSON.stringify(version)} is not a version: write it as 1.2.3`];
  const notes = notesOf(changelog, version);
  return [
    ...(packageVersion === version
      ? []
      : [`package.json says ${packageVersion}, not ${version}: set it there and in shared/verdict/tool.ts`]),
    ...(notes === undefined
      ? [`CHANGELOG.md has no section for it: rename \`## Unreleased\` to \`## ${version} - YYYY-MM-DD\``]
      : notes === ''
        ? [`CHANGELOG.md says nothing about ${version}`]
        : []),
  ];
}

/** The text below `## VERSION - YYYY-MM-DD`; undefined without such a heading. */
export function notesOf(changelog: string, version: string): string | undefined {
  const sections = changelog.split(/^## /m).slice(1);
  const found = sections.find((section) => {
    const [named, date = ''] = (section.split('\n')[0] ?? '').split(' - ');
    return named === version && /^\d{4}-\d{2}-\d{2}$/.test(date);
  });
  return found?.split('\n').slice(1).join('\n').trim();
}
