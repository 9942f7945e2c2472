import { createHash } from 'node:crypto';
import type { ByteSource } from '../../shared/ports/ports.ts';
import type { NewVersion } from '../../shared/registry/registry.ts';
import { digestOf } from '../../shared/verdict/digest.ts';
import { type Verdict, type VerdictParts, verdictOf } from '../../shared/verdict/verdict.ts';

/** Bytes in memory as a source. */
export function sourceOf(name: string, content: string): ByteSource {
  return {
    name,
    async *open() {
      yield Buffer.from(content);
    },
  };
}

/** A model of files in memory, to be registered. */
export function newVersion(
  files: Readonly<Record<string, string>>,
  parts: Partial<NewVersion> & { readonly version?: string } = {},
): NewVersion {
  const listed = Object.entries(files).map(([path, content]) => ({
    path,
    size: Buffer.byteLength(content),
    sha256: createHash('sha256').update(content).digest('hex'),
  }));
  return {
    name: 'demand',
    version: '1.0.0',
    bundle: { digest: digestOf(listed), files: listed },
    file: (path) => sourceOf(path, files[path] ?? ''),
    metadata: {},
    evidence: [],
    createdAt: new Date('2026-01-01T00:00:00Z'),
    ...parts,
  };
}

/** What validate-model says of a model. */
export function modelVerdict(digest: string, parts: Partial<VerdictParts> = {}): Verdict {
  return verdictOf({
    action: 'validate-model',
    name: 'demand',
    subjects: [{ role: 'model', name: 'model', digest }],
    compared: { binding: 'bound', production: null, anchor: null },
    checks: [{ id: 'comparison.mae', status: 'pass', message: 'not worse' }],
    createdAt: new Date('2026-01-01T00:00:00Z'),
    ...parts,
  });
}
