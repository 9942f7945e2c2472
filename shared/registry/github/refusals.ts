/** What stands in the way of a version's tag, and which version to take instead. */
import { inc, rcompare, valid } from 'semver';
import { UserError } from '../../problem/problem.ts';
import type { Manifest } from '../manifest.ts';
import type { Hub, Ref } from './hub.ts';
import { versionTag } from './names.ts';

/** The tag is there, and ml-loop did not make it for this version. @param tags all of the model's versions. */
export function foreignTag(
  hub: Hub,
  { name, version }: Pick<Manifest, 'name' | 'version'>,
  tags: readonly Ref[],
): UserError {
  const start = `refs/tags/${versionTag(name, '')}`;
  const numbers = tags.map(({ ref }) => valid(ref.slice(start.length))).filter((found) => found !== null);
  return new UserError({
    what: `the tag ${versionTag(name, version)} is there already, and is not that of a version in this registry`,
    where: hub.shown(),
    fix: `give the input version a number that is free, such as ${inc([version, ...numbers].sort(rcompare)[0] ?? version, 'minor')}; or remove the tag if nothing needs it`,
  });
}

/** GitHub keeps the tag of an immutable release for ever, also when the release is gone. */
export function burned(error: UserError, name: string, version: string): UserError {
  if (!/used by an immutable release/i.test(error.message)) return error;
  return new UserError({
    what: `${versionTag(name, version)} was the tag of an immutable release that was removed, and GitHub never takes it again`,
    where: 'input version',
    fix: `give the input version another number, such as ${inc(version, 'minor')}; with version: auto do so once, and the next ones follow it`,
  });
}
