/** What the tags of a model's repository stand for. Tags are all that a registry lists. */
import { versionProblem } from '../names.ts';

/** What a note that belongs to a version is: its record, or evidence that came later. */
export type NoteKind = 'record' | 'evidence';

/** The tag of a note; `id` is 16 hexadecimal digits, so that two notes have two tags and none is lost. */
export function noteTag(kind: NoteKind, version: string, id: string): string {
  return `${kind}-${version}-${id.slice(0, 16)}`;
}

/** The tags of a version's notes. */
export function notesOf(tags: readonly string[], version: string): string[] {
  return tags.filter((tag) => /^(?:record|evidence)-(.+)-[0-9a-f]{16}$/.exec(tag)?.[1] === version);
}

export function versionsOf(tags: readonly string[]): string[] {
  return tags.filter((tag) => versionProblem(tag) === undefined);
}

/** Where ml-loop keeps what an alias points to; the tag with the alias's own name is for other tools. */
export function aliasTag(alias: string): string {
  return `alias-${alias}`;
}

export function aliasesOf(tags: readonly string[]): string[] {
  return tags.flatMap((tag) => /^alias-(.+)$/.exec(tag)?.[1] ?? []);
}

/** Why an alias that other backends take cannot be one here, or undefined. */
export function reservedAlias(alias: string): string | undefined {
  return /^(alias|claim|record|evidence|sha256)-/i.test(alias)
    ? 'must not begin with alias-, claim-, record-, evidence- or sha256-: an OCI registry has tags of that kind'
    : undefined;
}
