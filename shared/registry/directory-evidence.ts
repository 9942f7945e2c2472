/** Evidence that comes later, such as a verdict against a newer champion. */
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { writeDurably } from '../state/durable.ts';
import { withLock } from '../state/lock.ts';
import { textFile } from '../verdict/digest.ts';
import { freeName } from './attachments.ts';
import { readManifest } from './manifest.ts';
import type { Attachment, ModelVersion } from './registry.ts';

/**
 * Adds files to a version's evidence: first the files, then the manifest that names them, each whole. A run that is
 * killed in between leaves a file that no manifest names, and no one reads it. The lock keeps two runs from losing each
 * other's files.
 */
export async function addEvidence(
  folder: string,
  version: Pick<ModelVersion, 'name' | 'version'>,
  files: readonly Attachment[],
): Promise<void> {
  const file = join(folder, 'manifest.json');
  await withLock(join(dirname(folder), `.${basename(folder)}.lock`), (held) => {
    const manifest = readManifest(readFileSync(file, 'utf8'), file, version);
    const evidence = [...manifest.evidence];
    for (const { name, content } of files) {
      const taken = evidence.map((known) => known.path);
      const entry = textFile(freeName(name, taken), content);
      if (evidence.some((known) => known.sha256 === entry.sha256)) continue;
      writeDurably(join(folder, 'evidence', entry.path), content);
      evidence.push(entry);
    }
    held.check();
    writeDurably(file, `${JSON.stringify({ ...manifest, evidence }, null, 2)}\n`);
  });
}
