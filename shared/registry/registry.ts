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
   * @throws VersionTaken if the version exists already.
   */
  create(version: NewVersion): Promise<ModelVersion>;
  /** Version numbers by alias. */
  aliases(name: string): Promise<Readonly<Record<string, string>>>;
  /** When the alias was set, ISO 8601; null if it names nothing, or the registry does not keep the time. */
  aliasedAt(name: string, alias: string): Promise<string | null>;
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
  /** @throws UserError if the model's files are not, byte for byte, those that were registered. */
  verify(version: Pick<ModelVersion, 'name' | 'version' | 'digest'>): Promise<void>;
  /** Copies the model's files into a folder and verifies their digest. */
  fetch(version: ModelVersion, directory: string): Promise<void>;
}
