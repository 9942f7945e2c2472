/** Evidence that comes later, such as a verdict against a newer champion. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { writeDurably } from '../state/durable.ts';
import { withLock } from '../state/lock.ts';
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
      const sha256 = createHash('sha256').update(content).digest('hex');
      if (evidence.some((known) => known.sha256 === sha256)) continue;
      const path = freeName(
        name,
        evidence.map((known) => known.path),
      );
      writeDurably(join(folder, 'evidence', path), content);
      evidence.push({ path, size: Buffer.byteLength(content), sha256 });
    }
    held.check();
    writeDurably(file, `${JSON.stringify({ ...manifest, evidence }, null, 2)}\n`);
  });
}
