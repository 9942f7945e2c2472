/** Files that are part of a gate, such as contracts and references, as the base branch has them. */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { GateChange } from '../config/gate.ts';
import type { Input, InputTable } from '../inputs/table.ts';
import { isAddress } from '../ports/address.ts';
import type { Files } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';
import type { BaseTree } from './base.ts';
import type { FileFindings } from './gate.ts';
import { isSameText, lfsDigest, matches } from './gate-bytes.ts';
import { globbed } from './glob.ts';
import { Links } from './links.ts';

export interface GateFiles extends FileFindings {
  /** By absolute path: the path of a copy of the base branch's file, which is read instead. */
  readonly instead: ReadonlyMap<string, string>;
  /** Those of `instead` that are the contract, or tables that it names. */
  readonly ofContract: ReadonlySet<string>;
  /** Values of inputs that name files of the base branch by names of their own. */
  readonly inputs: Readonly<Record<string, readonly string[]>>;
}

type Given = Readonly<Record<string, unknown>>;
type Own = Pick<Files, 'glob' | 'resolve' | 'temporary'>;

/** Before the path of a file of a list: what is judged may be the same file, and must be read as the change has it. */
const OF_BASE = 'base-branch:';
const IS_PATTERN = /[*?{}[\]]/;
const IS_ADDRESS = /^[\w+-]+:/;

/**
 * Finds the files that the inputs name, and copies those of the base branch that differ.
 *
 * @param files those of the checkout.
 */
export async function gateFiles(
  table: InputTable,
  inputs: Given,
  tree: BaseTree,
  files: Own,
): Promise<GateFiles> {
  const gathered = new Gathered(tree, files);
  try {
    for (const [name, { gate }] of Object.entries(table)) {
      const value = inputs[name];
      if (gate !== 'file' && gate !== 'contract') continue;
      if (Array.isArray(value))
        await gathered.list(
          name,
          value.filter((item) => typeof item === 'string'),
        );
      else if (typeof value === 'string' && gate === 'contract')
        await gathered.contract(value, inputs, await judgedPlaces(table, inputs, files));
      else if (typeof value === 'string' && !IS_ADDRESS.test(value)) await gathered.file(value);
    }
    return gathered;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const [problem] = error.problems;
    const fix =
      problem?.fix ??
      'give the job `permissions: { contents: read }`, or set `fetch-depth: 0` for `actions/checkout`';
    const what = `the base branch cannot be read (${problem?.where}: ${problem?.what})`;
    const { instead, ofContract, inputs: renamed, changes, added } = gathered;
    return { instead, ofContract, inputs: renamed, changes, added, problem: { what, fix } };
  }
}

class Gathered implements GateFiles {
  readonly instead = new Map<string, string>();
  readonly ofContract = new Set<string>();
  readonly inputs: Record<string, readonly string[]> = {};
  readonly changes: GateChange[] = [];
  readonly added: string[] = [];
  readonly #tree: BaseTree;
  readonly #files: Own;

  constructor(tree: BaseTree, files: Own) {
    this.#tree = tree;
    this.#files = files;
  }

  /** A file that is read in place of the checkout's, under the same name. */
  async file(path: string): Promise<void> {
    const copy = await this.#copyOf(path);
    if (copy !== undefined) this.instead.set(this.#files.resolve(path), copy);
  }

  /** The files of a list: all are renamed if one is another, or if there are others. */
  async list(name: string, items: readonly string[]): Promise<void> {
    const own = items.filter((item) => IS_ADDRESS.test(item));
    const copies = new Map<string, string>();
    let differs = false;
    for (const item of items.filter((each) => !IS_ADDRESS.test(each))) {
      const { paths, left } = await this.#pathsOf(item);
      for (const path of left)
        this.changes.push({
          what: `${path} is added to ${name}: it counts once it is merged`,
          place: { file: path },
        });
      differs ||= left.length > 0;
      for (const path of paths) {
        const copy = await this.#copyOf(path);
        differs ||= copy !== undefined;
        copies.set(path, copy ?? this.#files.resolve(path));
      }
    }
    if (!differs) return;
    for (const [path, copy] of copies) this.instead.set(this.#files.resolve(OF_BASE + path), copy);
    this.inputs[name] = [...own, ...[...copies.keys()].map((path) => OF_BASE + path)];
  }

  /** The contract, and the other tables that it names, except what is judged itself. */
  async contract(contract: string, inputs: Given, judged: ReadonlySet<string>): Promise<void> {
    const before = new Set(this.instead.keys());
    await this.file(contract);
    await this.#tables(contract, inputs, judged);
    for (const path of this.instead.keys()) if (!before.has(path)) this.ofContract.add(path);
  }

  async #tables(contract: string, inputs: Given, judged: ReadonlySet<string>): Promise<void> {
    const place = this.#files.resolve(contract);
    const text = await readFile(this.instead.get(place) ?? place, 'utf8').catch(() => undefined);
    if (text === undefined) return;
    for (const path of await tablesIn(text, contract, inputs)) {
      if (!isAddress(path) && !judged.has(this.#files.resolve(path))) await this.file(path);
    }
  }

  /** The base branch's files that an item means, and the change's own that it has beside them. */
  async #pathsOf(
    item: string,
  ): Promise<{ readonly paths: readonly string[]; readonly left: readonly string[] }> {
    if (!IS_PATTERN.test(item) || (await bytesOf(this.#files.resolve(item))) !== undefined)
      return { paths: [item], left: [] };
    const own = await this.#files.glob([item]).catch(() => []);
    const old = await this.#inBase(item);
    // Data that git does not keep are there in the checkout alone.
    if (old.length === 0) return { paths: own, left: [] };
    return { paths: old, left: own.filter((path) => !old.includes(path)) };
  }

  async #inBase(pattern: string): Promise<string[]> {
    const parts = pattern.split('/');
    const fixed = parts
      .slice(
        0,
        parts.findIndex((part) => IS_PATTERN.test(part)),
      )
      .join('/');
    const folder = this.#files.resolve(fixed === '' && pattern.startsWith('/') ? '/' : fixed || '.');
    const listed = await this.#tree.list(folder);
    // The names alone are matched, as those of the checkout are.
    const names = await this.#files.temporary();
    for (const path of listed) {
      const name = join(names, relative(folder, path));
      await mkdir(dirname(name), { recursive: true });
      await writeFile(name, '');
    }
    const rest = parts
      .slice(fixed === '' ? (pattern.startsWith('/') ? 1 : 0) : fixed.split('/').length)
      .join('/');
    const found = await globbed(rest, names, new Links(names));
    return found.map((name) => (fixed === '' && !pattern.startsWith('/') ? name : `${fixed}/${name}`)).sort();
  }

  /** Undefined if the checkout's file is the base branch's, or there is none to read. */
  async #copyOf(path: string): Promise<string | undefined> {
    const place = this.#files.resolve(path);
    const [old, own] = [await this.#tree.file(place), await sizeOf(place)];
    if (old === undefined || (old === null && own === undefined)) return undefined;
    if (old === null) {
      this.added.push(path);
      return undefined;
    }
    if (own !== undefined && (await matches(old.id, place, own))) return undefined;
    const bytes = await old.bytes();
    const kept = lfsDigest(bytes);
    if (kept !== undefined) {
      if (own !== undefined && (await matches(kept, place, own))) return undefined;
      throw elsewhere(path);
    }
    const text = own === undefined || own > 2 * bytes.length + 1 ? undefined : await bytesOf(place);
    if (text !== undefined && isSameText(bytes, text)) return undefined;
    const copy = join(await this.#files.temporary(), 'file');
    await writeFile(copy, bytes);
    this.changes.push(changeOf(path, bytes, own === undefined ? undefined : (text ?? new Uint8Array())));
    return copy;
  }
}

function elsewhere(path: string): UserError {
  return new UserError({
    what: 'git has only a pointer to it (Git LFS), and this change has another file',
    where: path,
    fix: `give the profile of ${path}, which validate-data writes, or \`model:NAME@champion\` as reference; git keeps these`,
  });
}

/** Absolute, of all that the inputs name as what is judged. */
async function judgedPlaces(table: InputTable, inputs: Given, files: Own): Promise<ReadonlySet<string>> {
  const isEvidence = ([, { gate }]: [string, Input<unknown>]) => gate === 'evidence';
  const named = Object.entries(table)
    .filter(isEvidence)
    .flatMap(([name]) => inputs[name] ?? [])
    .filter((item) => typeof item === 'string');
  const found = await Promise.all(named.map((item) => files.glob([item]).catch(() => [item])));
  return new Set(found.flat().map((path) => files.resolve(path)));
}

/** None if the contract cannot be read: the action says so. */
async function tablesIn(text: string, contract: string, inputs: Given): Promise<string[]> {
  const { readContract } = await import('../contract/read.ts');
  const named = Object(inputs['contract-files']) as Record<string, unknown>;
  const files = Object.fromEntries(Object.entries(named).map(([name, file]) => [name, String(file)]));
  const table = inputs['contract-table'];
  const options = {
    ...(typeof table === 'string' ? { table } : {}),
    ...(Object.keys(files).length === 0 ? {} : { files }),
  };
  try {
    const read = await readContract(text, contract, options);
    return [...new Set(read.contract.table.foreignKeys.map(({ file }) => besides(contract, file)))];
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}

/** As the contract's own reader finds it. */
function besides(contract: string, file: string): string {
  return file.startsWith('/') || isAddress(file) ? file : join(dirname(contract), file);
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    (found) => (found.isFile() ? found.size : undefined),
    () => undefined,
  );
}

async function bytesOf(path: string): Promise<Uint8Array | undefined> {
  return readFile(path).catch(() => undefined);
}

function changeOf(path: string, old: Uint8Array, own: Uint8Array | undefined): GateChange {
  if (own === undefined) return { what: `${path} is removed: the base branch’s judges until this is merged` };
  const what = `${path} is changed: the base branch’s judges until this is merged`;
  if (old.includes(0) || own.includes(0) || own.length === 0) return { what, place: { file: path } };
  const [before, after] = [old, own].map((bytes) => Buffer.from(bytes).toString('utf8').split(/\r?\n/));
  const first = after?.findIndex((line, index) => line !== before?.[index]) ?? 0;
  const line = first < 0 ? (after?.length ?? 1) : first + 1;
  return { what, place: { file: path, line } };
}
