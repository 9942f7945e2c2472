/** Files in S3, and in the stores that speak its protocol: by the same requests as models there. */
import { MissingFile, UserError } from '../problem/problem.ts';
import { S3Bucket } from '../registry/origin/s3-bucket.ts';
import { contentSize, pinOf, sha256Of } from '../registry/origin/s3-proof.ts';
import { NoSuchObject } from '../registry/origin/s3-refusal.ts';
import { type DataPorts, type DataStore, REPLACED, type StoreBody, type StoredState } from './store.ts';

export function s3Data(ports: DataPorts): DataStore {
  return new S3Data(ports);
}

class S3Data implements DataStore {
  readonly #ports: DataPorts;
  readonly #buckets = new Map<string, S3Bucket>();

  constructor(ports: DataPorts) {
    this.#ports = ports;
  }

  async find(address: string): Promise<StoredState> {
    const { bucket, key } = this.#at(address);
    try {
      const headers = await bucket.head(key);
      return { size: contentSize(headers), pin: pinOf(headers), sha256: sha256Of(headers), ranges: true };
    } catch (error) {
      throw error instanceof NoSuchObject ? new MissingFile(error.problems) : error;
    }
  }

  async open(address: string, { pin }: StoredState, start: number, end?: number): Promise<StoreBody> {
    const { bucket, key } = this.#at(address);
    const { headers, ...opened } = await bucket.open(key, pin, start, end);
    return { ...opened, pin: pinOf(headers) };
  }

  async list(prefix: string, most: number): Promise<readonly string[]> {
    const { bucket, key } = this.#at(prefix);
    return (await bucket.keys(key, most)).map((found) => bucket.shown(found));
  }

  #at(address: string): { readonly bucket: S3Bucket; readonly key: string } {
    const [, name = '', key = ''] =
      /^s3:\/\/([A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9])\/(.*)$/s.exec(address) ?? [];
    if (name === '')
      throw new UserError({ what: 'names no bucket', where: address, fix: 'write s3://BUCKET/KEY' });
    const bucket = this.#buckets.get(name) ?? new S3Bucket(name, this.#ports, REPLACED);
    this.#buckets.set(name, bucket);
    return { bucket, key };
  }
}
