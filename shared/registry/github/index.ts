/** The index of a model: its versions and aliases in one file, which moves from commit to commit by compare-and-set. */
import { type Problem, UserError } from '../../problem/problem.ts';
import { validate as isAlias } from '../../schema/generated/alias.js';
import { validate as isIndex } from '../../schema/generated/github.js';
import { requireShape } from '../../schema/shape.ts';
import { gitState } from '../../state/git.ts';
import { StateConflict, type StateStore } from '../../state/state.ts';
import type { BundleFile } from '../../verdict/digest.ts';
import type { Json } from '../../verdict/verdict.ts';
import { type Manifest, readManifest } from '../manifest.ts';
import type { StoredAlias } from '../moves.ts';
import { type Hub, tooManyPages } from './hub.ts';
import { INDEXES } from './names.ts';

export interface StoredEvidence extends BundleFile {
  /** The name of its git object. */
  readonly blob: string;
}

export interface Entry {
  /**
   * `staged`: all bytes are there, and whoever comes by makes the version of them. `whole`: it is a version. `leaving`: it is
   * none any more, and whoever comes by removes the rest.
   */
  readonly state: 'staged' | 'whole' | 'leaving';
  readonly manifest: Manifest;
  /** What it came with, and what was added. */
  readonly evidence: readonly StoredEvidence[];
  /** The release's number, and those of its assets by SHA-256. */
  readonly release: number;
  readonly assets: Readonly<Record<string, number>>;
  /** The git objects of the version: its commit, and the annotated tag of that. */
  readonly commit: string;
  readonly tag: string;
}

export interface IndexedAlias {
  readonly record: StoredAlias;
  /** The tags that tell GTO of its last move, each with the version whose commit it is on. */
  readonly tags: readonly { readonly name: string; readonly version: string }[];
}

export interface VersionIndex {
  readonly schema: 'ml-loop/github-index@1';
  readonly versions: readonly Entry[];
  readonly aliases: Readonly<Record<string, IndexedAlias>>;
  /** Numbers that GTO's tags of stages have so far. */
  readonly counter?: number;
}

const NONE: VersionIndex = { schema: 'ml-loop/github-index@1', versions: [], aliases: {} };
const FIX = 'point the model’s ref to its last good commit, which its history has';
/** Every lost race means that another run has won one; so many are not accident. */
const ATTEMPTS = 100;

export class Indexes {
  readonly #hub: Hub;
  readonly #store: StateStore;

  constructor(hub: Hub) {
    this.#hub = hub;
    this.#store = gitState(hub.github, INDEXES);
  }

  /** The models that have an index. */
  async names(): Promise<string[]> {
    const refs = await this.#hub.refs(`${INDEXES}/`);
    return refs.map(({ ref }) => ref.slice(INDEXES.length + 1)).sort();
  }

  /** @throws UserError for an index that is damaged. */
  async read(name: string): Promise<VersionIndex> {
    return (await this.#read(name)).index;
  }

  async #read(name: string): Promise<{ index: VersionIndex; revision: string | null }> {
    const stored = await this.#store.read(name);
    if (stored === null) return { index: NONE, revision: null };
    return { index: this.#checked(name, stored.value), revision: stored.revision };
  }

  #checked(name: string, value: Json): VersionIndex {
    const where = this.#hub.shown(`${INDEXES}/${name}`);
    const index = requireShape<VersionIndex>(isIndex, value, where, FIX);
    const problems: Problem[] = [];
    index.versions.forEach(({ manifest }, place) => {
      const at = `${where}#/versions/${place}/manifest`;
      try {
        readManifest(JSON.stringify(manifest), at, { name, version: String(manifest.version) }, FIX);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        problems.push(...error.problems);
      }
    });
    if (problems.length > 0) throw new UserError(problems);
    for (const [alias, { record }] of Object.entries(index.aliases))
      requireShape(isAlias, record, `${where}#/aliases/${alias}/record`, FIX);
    return index;
  }

  /**
   * Changes the index, from whatever it is when the change is written.
   *
   * @param edit the index after the change, or undefined if there is nothing to change; called again after a lost race.
   * @param message for the history.
   */
  async change(
    name: string,
    message: string,
    edit: (index: VersionIndex) => VersionIndex | undefined,
  ): Promise<VersionIndex> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { index, revision } = await this.#read(name);
      const edited = edit(index);
      if (edited === undefined) return index;
      try {
        await this.#store.write(name, edited as unknown as Json, revision, message);
        return edited;
      } catch (error) {
        if (!(error instanceof StateConflict)) throw error;
        await this.#hub.clock.sleep(Math.random() * 10 * 2 ** Math.min(attempt, 7));
      }
    }
    throw tooManyPages(
      `the index was changed by other runs ${ATTEMPTS} times in a row`,
      this.#hub.shown(name),
    );
  }
}

/** The entry of a version, whatever its state. */
export function entryOf({ versions }: VersionIndex, version: string): Entry | undefined {
  return versions.find(({ manifest }) => manifest.version === version);
}

/** The index with the entry in the place of the one of its version. */
export function withEntry(index: VersionIndex, entry: Entry): VersionIndex {
  const { version } = entry.manifest;
  const isThere = entryOf(index, version) !== undefined;
  const versions = index.versions.map((each) => (each.manifest.version === version ? entry : each));
  return { ...index, versions: isThere ? versions : [...versions, entry] };
}

export function withoutEntry(index: VersionIndex, { tag }: Entry): VersionIndex {
  return { ...index, versions: index.versions.filter((each) => each.tag !== tag) };
}
