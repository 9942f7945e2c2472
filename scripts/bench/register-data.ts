/** Models of one gigabyte for `npm run bench -- register`, always the same bytes, with a verdict that lets them be registered. */
import { createCipheriv } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DiskFiles } from '../../shared/host/files.ts';
import { type BundleFile, bytesIn } from '../../shared/verdict/digest.ts';
import { verdictOf } from '../../shared/verdict/verdict.ts';
import { digestOf } from './figures.ts';
import { cache } from './peers.ts';

const BYTES = 1_000_000_000;
const MEGABYTE = 1_000_000;
export const NAME = 'bench';

export interface Model {
  readonly title: string;
  readonly folder: string;
  /** The path of a verdict of validate-model that names the folder's bytes. */
  readonly verdict: string;
  readonly files: readonly BundleFile[];
  readonly digest: string;
}

/** One file, and a thousand. */
export async function models(): Promise<Model[]> {
  return [await model('1 GB in one file', 1), await model('1 GB in 1,000 files', 1000)];
}

async function model(title: string, count: number): Promise<Model> {
  const root = join(cache, `model-${count}-${digestOf('register-data.ts')}`);
  const folder = join(root, 'model');
  if (!existsSync(join(root, 'whole'))) {
    console.log(`making ${folder}`);
    rmSync(root, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    write(folder, count);
    mkdirSync(join(root, 'whole'));
  }
  const { digest, files } = await new DiskFiles(root, join(root, 'report')).bundle(['model']);
  if (bytesIn(files) !== BYTES) throw new Error(`${folder} does not hold ${BYTES} bytes`);
  const verdict = join(root, 'verdict.json');
  const content = verdictOf({
    action: 'validate-model',
    name: NAME,
    subjects: [{ role: 'model', name: 'model', digest }],
    compared: { binding: 'bound', production: null, anchor: null },
    checks: [{ id: 'comparison.mae', status: 'pass', message: 'made for the measurement' }],
    createdAt: new Date('2026-01-01T00:00:00Z'),
  });
  writeFileSync(verdict, JSON.stringify(content));
  return { title, folder, verdict, files, digest };
}

/** @throws Error if the digests are not those of the model's files. */
export function refuseOthers(name: string, { files }: Model, found: readonly string[]): void {
  const listed = (digests: readonly string[]) => [...digests].sort().join(' ');
  if (listed(found) === listed(files.map(({ sha256 }) => sha256))) return;
  throw new Error(`${name} has stored or hashed other bytes`);
}

/** Bytes that no disk or network can make fewer. */
function write(folder: string, count: number): void {
  const random = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16));
  const zeros = Buffer.alloc(MEGABYTE);
  const perFile = BYTES / count / MEGABYTE;
  for (let number = 0; number < count; number++) {
    const file = openSync(join(folder, `weights-${String(number).padStart(4, '0')}.bin`), 'w');
    for (let part = 0; part < perFile; part++) writeSync(file, random.update(zeros));
    closeSync(file);
  }
}
