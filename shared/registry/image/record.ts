import { UserError } from '../../problem/problem.ts';
import { validate } from '../../schema/generated/image.js';
import { shapeReader } from '../../schema/shape.ts';
import { parseImage } from './reference.ts';

const IMAGE_SCHEMA = 'ml-loop/image@1';

/** `image.json` of a version (`schemas/image.schema.json`). */
export interface ImageRecord {
  readonly schema: typeof IMAGE_SCHEMA;
  /** `HOST/PATH:TAG`. */
  readonly name: string;
  readonly digest: string;
  /** The model's digest. */
  readonly model: string;
  readonly path: string;
  readonly layer: { readonly digest: string; readonly size: number };
  readonly base: { readonly name: string; readonly digest: string } | null;
  readonly platforms: readonly string[];
}

export function printRecord(record: Omit<ImageRecord, 'schema'>): string {
  return `${JSON.stringify({ schema: IMAGE_SCHEMA, ...record }, null, 2)}\n`;
}

const reader = shapeReader<ImageRecord>(validate);

/** @throws UserError with all problems, naming the file. */
export function readRecord(text: string, file: string): ImageRecord {
  const shaped = reader(text, file);
  const problems =
    'problems' in shaped
      ? shaped.problems
      : parseImage(shaped.value.name) === undefined
        ? [{ what: `${JSON.stringify(shaped.value.name)} does not name an image`, where: `${file}#/name` }]
        : [];
  if ('value' in shaped && problems.length === 0) return shaped.value;
  const fix = 'put the version’s last good copy back, or register the model again with the input image';
  throw new UserError(problems.map((problem) => ({ ...problem, fix })));
}
