/** What is kept beside a model's bytes: the record of its registration, and its evidence, as manifests that refer to it. */
import { type Problem, UserError } from '../../problem/problem.ts';
import { texts as isTexts } from '../../schema/generated/oci.js';
import { shapeReader } from '../../schema/shape.ts';
import { freeName } from '../attachments.ts';
import { pathProblem } from '../names.ts';
import type { Attachment } from '../registry.ts';
import {
  type Blob,
  blobOf,
  type Descriptor,
  descriptorOf,
  type ImageManifest,
  type ManifestText,
  manifestText,
  note,
} from './manifests.ts';
import { TITLE } from './model.ts';

const RECORD_TYPE = 'application/vnd.ml-loop.record.v1+json';
const EVIDENCE_TYPE = 'application/vnd.ml-loop.evidence.v1+json';
const CREATED = 'org.opencontainers.image.created';
const METADATA = 'dev.ml-loop.metadata';
const AFTER = 'dev.ml-loop.after';

/** A note that is ready to be stored. */
export interface PackedNote {
  readonly manifest: ManifestText;
  /** What a list of referrers says of it. */
  readonly descriptor: Descriptor;
  readonly blobs: readonly Blob[];
}

interface NewNote {
  readonly subject: Descriptor;
  readonly at: Date;
  readonly files: readonly Attachment[];
}

/** The record of a new version, with the evidence that it comes with. */
export function packRecord(parts: NewNote, metadata: Readonly<Record<string, string>>): PackedNote {
  return packed(RECORD_TYPE, parts, { [METADATA]: JSON.stringify(metadata) });
}

/** Evidence that came later. @param after how many notes were there: runs on machines with other clocks keep the order. */
export function packEvidence(parts: NewNote, after: number): PackedNote {
  return packed(EVIDENCE_TYPE, parts, { [AFTER]: String(after) });
}

function packed(
  artifactType: string,
  { subject, at, files }: NewNote,
  more: Readonly<Record<string, string>>,
): PackedNote {
  const blobs = files.map(({ content }) => blobOf(content));
  const layers = files.map(({ name, content }) => ({
    ...descriptorOf(name.endsWith('.json') ? 'application/json' : 'text/plain', blobOf(content)),
    annotations: { [TITLE]: name },
  }));
  const annotations = { [CREATED]: at.toISOString(), ...more };
  const content = note(artifactType, annotations, { layers, subject });
  const manifest = manifestText(content);
  const { mediaType = '' } = content;
  const size = Buffer.byteLength(manifest.text);
  return {
    manifest,
    descriptor: { mediaType, artifactType, digest: manifest.digest, size, annotations },
    blobs,
  };
}

export interface AttachedFile {
  readonly name: string;
  readonly digest: string;
  readonly size: number;
}

/** All that is kept beside a version. */
export interface KeptNotes {
  /** ISO 8601. */
  readonly createdAt: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly evidence: readonly AttachedFile[];
  /** How many notes it was read from. */
  readonly notes: number;
}

export interface ReadNote {
  readonly manifest: ImageManifest;
  readonly digest: string;
}

const readTexts = shapeReader<Record<string, string>>(isTexts);

/**
 * Notes as one: of two records of the same bytes the earlier one holds. The evidence of all comes in their order; what a
 * later note repeats is left out, and names that are taken get numbers.
 *
 * @throws UserError without a record, or for one that cannot be read.
 */
export function mergeNotes(notes: readonly ReadNote[], where: string): KeptNotes {
  const sorted = [...notes].sort(inOrder);
  const [record] = sorted.filter(({ manifest }) => manifest.artifactType === RECORD_TYPE);
  if (record === undefined) {
    throw new UserError({
      what: 'has no record of its registration: it was not pushed by ml-loop, or its record was removed',
      where,
      fix: 'remove this version’s tag from the repository, and register the model again',
    });
  }
  const evidence: AttachedFile[] = [];
  for (const { manifest } of sorted) {
    const known = new Set(evidence.map(({ digest }) => digest));
    for (const { digest, size, annotations = {} } of manifest.layers) {
      const title = annotations[TITLE];
      if (title === undefined || known.has(digest)) continue;
      refusePath(title, where);
      const taken = evidence.map(({ name }) => name);
      evidence.push({ name: freeName(title, taken), digest, size });
    }
  }
  const { [CREATED]: createdAt = '', [METADATA]: metadata = '{}' } = record.manifest.annotations ?? {};
  if (Number.isNaN(Date.parse(createdAt))) throw unreadable({ what: 'says no time', where });
  const shaped = readTexts(metadata, `${where} ${METADATA}`);
  if ('problems' in shaped) throw unreadable(...shaped.problems);
  return { createdAt, metadata: shaped.value, evidence, notes: sorted.length };
}

/** By what was there before, by time, and by digest. */
function inOrder(a: ReadNote, b: ReadNote): number {
  const number = ({ manifest: { annotations = {} } }: ReadNote) => Number(annotations[AFTER] ?? 0) || 0;
  const time = ({ manifest: { annotations = {} } }: ReadNote) => Date.parse(annotations[CREATED] ?? '') || 0;
  return number(a) - number(b) || time(a) - time(b) || (a.digest < b.digest ? -1 : 1);
}

function refusePath(path: string, where: string): void {
  const what = pathProblem(path);
  if (what !== undefined) throw unreadable({ what: `evidence ${JSON.stringify(path)} ${what}`, where });
}

function unreadable(...problems: readonly Problem[]): UserError {
  return new UserError(
    problems.map((problem) => ({
      ...problem,
      fix: 'push the last good copy of its record, or remove the tag',
    })),
  );
}
