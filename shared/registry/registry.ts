import type { Source } from '../ports/ports.ts';
import type { Bundle, BundleFile } from '../verdict/digest.ts';

/** A registered model: bytes under one digest, with a SemVer version and evidence. */
export interface ModelVersion {
  readonly name: string;
  readonly version: string;
  /** The identity: `digestOf` its files. */
  readonly digest: string;
  readonly uri: string;
  readonly createdAt: string;
  readonly files: readonly BundleFile[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Names of attached files: `profile.json`, `verdicts/validate-model.json`, … */
  readonly evidence: readonly string[];
}

/** A file that travels with a version. */
export interface Attachment {
  readonly name: string;
  readonly content: string;
}

export interface NewVersion {
  readonly name: string;
  readonly version: string;
  readonly bundle: Bundle;
  /** The bytes of a file of the bundle. */
  file(path: string): Source;
  readonly metadata: Readonly<Record<string, string>>;
  readonly evidence: readonly Attachment[];
  readonly createdAt: Date;
}

/** A move of an alias. */
export interface AliasMove {
  /** The version that the alias names since then; null if none. */
  readonly version: string | null;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** A registry keeps so many moves of an alias. */
export const KEPT_MOVES = 100;

/** A version is taken already; the next number is to be tried. */
export class VersionTaken extends Error {}

/** An alias moved between a read and its write. */
export class AliasConflict extends Error {}

/** Where models are kept. Every method throws UserError if the registry cannot be reached, read or written. */
export interface Registry {
  /** The names of all models that have a version, sorted; none if nothing has been registered. */
  names(): Promise<readonly string[]>;
  /** All versions of the model, oldest first; none if the model is unknown. */
  versions(name: string): Promise<readonly ModelVersion[]>;
  /**
   * Stores a version whole or not at all, and reads it back.
   *
   * @throws VersionTaken if the version exists already, or in a registry that compares and sets, another one with its bytes.
   */
  create(version: NewVersion): Promise<ModelVersion>;
  /** Version numbers by alias. */
  aliases(name: string): Promise<Readonly<Record<string, string>>>;
  /** By alias, also of those that name nothing now: the moves, oldest first, the last `KEPT_MOVES` of them. */
  history(name: string): Promise<Readonly<Record<string, readonly AliasMove[]>>>;
  /**
   * Points the alias to a version, or removes it (null).
   *
   * @param expected what the alias must point to now (null: nothing); without it, the last write wins.
   * @throws AliasConflict where it points elsewhere.
   */
  setAlias(name: string, alias: string, version: string | null, expected?: string | null): Promise<void>;
  /** Attaches further files to a version; what is attached already stays. A name that is taken gets a number. */
  addEvidence(
    version: Pick<ModelVersion, 'name' | 'version'>,
    files: readonly Attachment[],
  ): Promise<ModelVersion>;
  /** The content of an attached file. */
  readEvidence(version: ModelVersion, name: string): Promise<string>;
  /** Removes a version with its bytes and evidence. @throws UserError if an alias names it, or the registry cannot. */
  remove(version: Pick<ModelVersion, 'name' | 'version'>): Promise<void>;
  /** @throws UserError if the model's files are not, byte for byte, those that were registered. */
  verify(version: Pick<ModelVersion, 'name' | 'version' | 'digest'>): Promise<void>;
  /** Copies the model's files into a folder and verifies their digest. */
  fetch(version: ModelVersion, directory: string): Promise<void>;
}
