import type { ByteSource } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';
import type { Bundle, BundleFile } from '../verdict/digest.ts';
import type { FileHash } from '../verdict/hash.ts';

/** Where a model's bytes are that the registry does not keep: one state of a store, which cannot become another. */
export interface ModelOrigin {
  /** `hf:REPO@COMMIT`, `s3://BUCKET/…`, `oci://HOST/NAME@sha256:…`. */
  readonly reference: string;
  /** By path of a file, what names its state if the reference does not: `versionId=…` or `etag=…` of an S3 object. */
  readonly pins?: Readonly<Record<string, string>>;
}

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
  /** Only if the bytes are there, and not in the registry. */
  readonly origin?: ModelOrigin;
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
  /** With it, the registry keeps the record and the evidence alone, and reads no file. */
  readonly origin?: ModelOrigin;
  /** The bytes of a file of the bundle. */
  file(path: string): ByteSource;
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
export class VersionTakenError extends Error {}

/** An alias moved between a read and its write. */
export class AliasConflict extends Error {}

type Elsewhere = Pick<ModelVersion, 'name' | 'version' | 'digest' | 'files'> & {
  readonly origin: ModelOrigin;
};

/** What is said of a version that is not there. @param where the registry. */
export function noVersion(
  { name, version }: Pick<ModelVersion, 'name' | 'version'>,
  where: string,
): UserError {
  return new UserError({
    what: `${name} has no version ${version}`,
    where,
    fix: 'name a version that is registered',
  });
}

/** The version's record is whole, and its bytes are where its origin says: that store has to be asked. */
export class KeptElsewhere extends UserError {
  readonly version: Elsewhere;

  constructor(version: Elsewhere) {
    super({
      what: 'the registry does not keep these bytes, so it cannot tell whether they are still the same',
      where: `${version.name} ${version.version}`,
      fix: `ask the store for ${version.origin.reference}`,
    });
    this.version = version;
  }
}

/**
 * What every backend calls before it reads a version's bytes, and after it has checked the record.
 *
 * @throws KeptElsewhere
 */
export function requireKept({
  origin,
  ...version
}: Pick<ModelVersion, 'name' | 'version' | 'digest' | 'files' | 'origin'>): void {
  if (origin !== undefined) throw new KeptElsewhere({ ...version, origin });
}

/** A place in the registry for a model's bytes, before it is known which version they are, if any. */
export interface Staging {
  /** Copies a file of the model, and tells what is stored. @throws UserError if it changes meanwhile. */
  store(path: string, source: ByteSource): Promise<FileHash>;
  /** Makes the stored files a version. As `Registry.create`; after VersionTaken it may be asked again. */
  create(version: NewVersion): Promise<ModelVersion>;
}

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
  /**
   * Gives a place for a model's bytes, which are read once then, while `use` runs; what is not a version at its end is
   * removed. Left out by registries that need the digest first.
   */
  staged?<T>(name: string, use: (staging: Staging) => Promise<T>): Promise<T>;
  /** Why an alias that others have cannot be one here, or undefined. Left out by registries that reserve none. */
  aliasFault?(alias: string): string | undefined;
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
  /**
   * @throws UserError if the model's files are not, byte for byte, those that were registered.
   * @throws KeptElsewhere by a backend; the registry that `openRegistry` gives asks the store instead.
   */
  verify(version: Pick<ModelVersion, 'name' | 'version' | 'digest'>): Promise<void>;
  /** Copies the model's files into a folder and verifies their digest. @throws KeptElsewhere as `verify`. */
  fetch(version: ModelVersion, directory: string): Promise<void>;
}
