/** Models in S3, and in the stores that speak its protocol (MinIO, R2, Ceph, …). */
import { createHash } from 'node:crypto';
import type { StreamResponse } from '../../ports/ports.ts';
import { inParallel } from '../../problem/parallel.ts';
import { UserError } from '../../problem/problem.ts';
import { resumed } from '../remote/bytes.ts';
import { Progress } from '../remote/progress.ts';
import type { S3Reference } from './reference.ts';
import { S3Bucket } from './s3-bucket.ts';
import { contentSize, pinOf, sha256Of } from './s3-proof.ts';
import { NoSuchObject } from './s3-refusal.ts';
import { checkedBytes, type ModelStore, refusePaths, type StoredFile, type StorePorts } from './store.ts';

export function s3Store(reference: S3Reference, ports: StorePorts): ModelStore {
  return new S3Store(reference, ports);
}

class S3Store implements ModelStore {
  readonly #bucket: S3Bucket;
  /** Of a folder it ends with a `/`, or is empty. */
  #key: string;
  readonly #log: StorePorts['log'];
  #hinted = false;

  constructor({ bucket, key }: S3Reference, ports: StorePorts) {
    this.#bucket = new S3Bucket(bucket, ports);
    this.#key = key;
    this.#log = ports.log;
  }

  get pinned(): string {
    return this.#bucket.shown(this.#key);
  }

  async list(known?: readonly StoredFile[]): Promise<readonly StoredFile[]> {
    if (known !== undefined) return inParallel(known, ({ path, pin }) => this.#find(path, pin));
    if (!this.#isFolder()) {
      const found = await this.#find(this.#key.split('/').at(-1) ?? '').catch((error: unknown) => {
        if (error instanceof NoSuchObject) return undefined;
        throw error;
      });
      if (found !== undefined) return [found];
      this.#key = `${this.#key}/`;
    }
    const keys = await this.#bucket.keys(this.#key);
    if (keys.length > 0) {
      const paths = keys.map((key) => key.slice(this.#key.length));
      refusePaths(paths, this.pinned);
      return inParallel(paths, (path) => this.#find(path));
    }
    throw new UserError({
      what: 'there is no object with this key, and none below it',
      where: this.pinned,
      fix: 'check the bucket and the key for slips; a store other than AWS is named by AWS_ENDPOINT_URL_S3',
    });
  }

  bytes(file: StoredFile): AsyncIterable<Uint8Array> {
    const key = this.#keyOf(file.path);
    return checkedBytes(file, this.#bucket.shown(key), (start) => this.#bucket.open(key, file.pin, start));
  }

  #isFolder(): boolean {
    return this.#key === '' || this.#key.endsWith('/');
  }

  #keyOf(path: string): string {
    return this.#isFolder() ? `${this.#key}${path}` : this.#key;
  }

  /** A file with the SHA-256 that the store proves; if it proves none, the bytes are read and hashed. */
  async #find(path: string, pinned?: string): Promise<StoredFile> {
    const key = this.#keyOf(path);
    const headers = await this.#bucket.head(key, pinned);
    const pin = pinned ?? pinOf(headers);
    const file = { path, size: this.#sizeOf(headers, key), ...(pin === undefined ? {} : { pin }) };
    return { ...file, sha256: sha256Of(headers) ?? (await this.#hashed(file, key)) };
  }

  #sizeOf(headers: StreamResponse['headers'], key: string): number {
    const size = contentSize(headers);
    if (size !== undefined) return size;
    throw new UserError({
      what: 'the store does not tell the object’s size',
      where: this.#bucket.shown(key),
      fix: 'check AWS_ENDPOINT_URL_S3: the server there may be another one',
    });
  }

  async #hashed({ size, pin }: Omit<StoredFile, 'sha256'>, key: string): Promise<string> {
    const where = this.#bucket.shown(key);
    this.#hint(where, size);
    const hash = createHash('sha256');
    const progress = new Progress(`Hashing ${where}`, size, this.#log);
    let seen = 0;
    const open = (start: number) => this.#bucket.open(key, pin, start);
    for await (const chunk of resumed(open, { size, digest: '', where })) {
      hash.update(chunk);
      seen += chunk.length;
      progress.add(chunk.length);
    }
    if (seen === size) return hash.digest('hex');
    throw new UserError({
      what: `has ${seen} bytes, although its store says ${size}`,
      where,
      fix: 'run this again when nothing writes to the object',
    });
  }

  #hint(where: string, size: number): void {
    this.#log.info(`Reading ${where} (${size} bytes): its store does not tell its SHA-256`);
    if (this.#hinted) return;
    this.#hinted = true;
    this.#log.info(
      'The store tells it of objects that are uploaded whole with their SHA-256: `aws s3api put-object --checksum-algorithm SHA256` (up to 5 GB)',
    );
  }
}
