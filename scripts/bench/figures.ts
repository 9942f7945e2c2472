/** Figures that are kept between runs, so that a part can be measured again alone. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Used } from './measure.ts';
import { cache } from './peers.ts';

export interface Figure {
  /** Of the run of `npm run bench` that measured it. */
  readonly run: string;
  /** Of the programs and pinned versions it was measured with. */
  readonly digest: string;
  /** null if there is no figure; `note` says why. */
  readonly used: Used | null;
  readonly note?: string;
  readonly versions: Readonly<Record<string, string>>;
}

const file = join(cache, 'figures.json');
/** Of this run. */
export const run = new Date().toISOString();

export function figures(): Record<string, Figure> {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, Figure>) : {};
}

export function keep(key: string, figure: Figure): void {
  mkdirSync(cache, { recursive: true });
  writeFileSync(file, JSON.stringify({ ...figures(), [key]: figure }, null, 1));
}

/** A short digest of files beside this one. */
export function digestOf(...names: readonly string[]): string {
  const hash = createHash('sha256');
  for (const name of names) hash.update(readFileSync(join(import.meta.dirname, name)));
  return hash.digest('hex').slice(0, 12);
}
