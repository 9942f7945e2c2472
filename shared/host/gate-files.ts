/** Files that are part of a gate, such as contracts and profiles, as the base branch has them. */
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { GateChange } from '../config/gate.ts';
import type { InputTable } from '../inputs/table.ts';
import type { Files } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';
import type { Tree } from './base.ts';
import type { FileFindings } from './gate.ts';

/** Data files that a reference names are not read from the base branch: they may be large, and are evidence too. */
const DATA = /\.(csv|tsv|jsonl|ndjson|parquet)(\.gz|\.zst)?$/i;

export interface GateFiles extends FileFindings {
  /** By absolute path in the checkout: the path of a copy of the base branch's file, which is read instead. */
  readonly instead: ReadonlyMap<string, string>;
}

/**
 * Finds the files that the inputs name, and copies those of the base branch that differ.
 *
 * @param files those of the checkout.
 */
export async function gateFiles(
  table: InputTable,
  inputs: Readonly<Record<string, unknown>>,
  tree: Tree,
  files: Pick<Files, 'glob' | 'resolve' | 'temporary'>,
): Promise<GateFiles> {
  const instead = new Map<string, string>();
  const changes: GateChange[] = [];
  const added: string[] = [];
  try {
    for (const path of await pathsIn(table, inputs, files)) {
      const place = files.resolve(path);
      const [old, own] = await Promise.all([tree.bytes(place), bytesOf(place)]);
      if (old === undefined || (old === null && own === undefined)) continue;
      if (old === null) added.push(path);
      else if (own === undefined || !isSame(old, own)) {
        const copy = join(await files.temporary(), 'file');
        await writeFile(copy, old);
        instead.set(place, copy);
        changes.push(changeOf(path, old, own));
      }
    }
    return { instead, changes, added };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const [problem] = error.problems;
    const fix =
      'give the job `permissions: { contents: read }`, or set `fetch-depth: 0` for `actions/checkout`';
    return {
      instead,
      changes,
      added,
      problem: { what: `the base branch cannot be read (${problem?.where}: ${problem?.what})`, fix },
    };
  }
}

/** Each path once; patterns as the checkout has their files. */
async function pathsIn(
  table: InputTable,
  inputs: Readonly<Record<string, unknown>>,
  files: Pick<Files, 'glob'>,
): Promise<readonly string[]> {
  const named = Object.entries(table)
    .filter(([, { gate }]) => gate === 'file')
    .flatMap(([name]) => inputs[name] ?? [])
    .flat()
    .filter((item) => typeof item === 'string')
    .filter((item) => !/^[\w+-]+:/.test(item));
  const found = await Promise.all(
    named.map(async (item) => (/[*?{}[\]]/.test(item) ? files.glob([item]).catch(() => []) : [item])),
  );
  return [...new Set(found.flat())].filter((path) => !DATA.test(path));
}

async function bytesOf(path: string): Promise<Uint8Array | undefined> {
  return readFile(resolve(path)).catch(() => undefined);
}

/** Git may have written other line ends into the checkout. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1').replaceAll('\r\n', '\n');
  return text(a) === text(b);
}

function changeOf(path: string, old: Uint8Array, own: Uint8Array | undefined): GateChange {
  if (own === undefined) return { what: `${path} is removed: the base branch’s judges until this is merged` };
  const [before, after] = [old, own].map((bytes) => Buffer.from(bytes).toString('utf8').split(/\r?\n/));
  const first = after?.findIndex((line, index) => line !== before?.[index]) ?? 0;
  const line = first < 0 ? (after?.length ?? 1) : first + 1;
  return {
    what: `${path} is changed: the base branch’s judges until this is merged`,
    place: { file: path, line },
  };
}
