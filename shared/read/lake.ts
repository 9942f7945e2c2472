/** Tables of lakes, whose folders hold files that are no part of the table any more. */
import type { Files } from '../ports/ports.ts';
import { grouped } from '../problem/numbers.ts';
import { MissingFile, UserError } from '../problem/problem.ts';

export interface DataFiles {
  readonly paths: readonly string[];
  /** What was found of tables with a log of their files, such as `version 3 of the Delta table sales: …`. */
  readonly tables: readonly string[];
}

type LakeFiles = Pick<Files, 'glob' | 'readText' | 'source'>;

/**
 * The files that patterns match, without those that are not data; of a Delta table, given by its folder or by files in it, those of its newest snapshot.
 *
 * @throws UserError as `Files.glob` and `readSnapshot` do, and for tables of Iceberg and Hudi, whose logs are not read.
 */
export async function dataFiles(patterns: readonly string[], files: LakeFiles): Promise<DataFiles> {
  const found = (await files.glob(patterns)).map((path) => path.replace(/(?<=.)\/$/, ''));
  const data = found.filter((path) => patterns.includes(path) || !MARKERS.test(path));
  const given = data.length === 0 ? found : data;
  // Objects that are named one by one need no permission to list, and are what is wanted.
  const listed = (path: string): boolean => !path.includes('://') || !patterns.includes(path);
  const roots = new Set(given.filter((path) => isOfLake(path) && listed(path)).map(rootOf));
  const tables: string[] = [];
  let paths = given;
  for (const root of roots) {
    await refuseOthers(root, files);
    const log = await matches(`${patternOf(root)}/_delta_log/*`, files);
    if (log.length === 0) continue;
    const { readSnapshot } = await import('./delta.ts');
    const { version, files: live } = await readSnapshot(root, log, files);
    const below = (path: string): string =>
      path === root ? '' : path.slice(root === '.' ? 0 : root.length + 1);
    const own = paths.filter((path) => path === root || isWithin(path, root));
    const whole = own.includes(root);
    const read = whole
      ? [...live].map((path) => `${root}/${path}`)
      : own.filter((path) => live.has(below(path)));
    const left = whole ? 0 : own.filter((path) => !path.includes('/_delta_log/')).length - read.length;
    if (read.length === 0) throw nothingLive(root, version, live.size);
    paths = [...paths.filter((path) => !own.includes(path)), ...read].sort();
    tables.push(sentence({ root, version, read: read.length, of: live.size, left }));
  }
  return { paths, tables };
}

/** What Spark and Databricks write beside the data: markers, checksums, and files of jobs that did not end. */
const MARKERS =
  /(?:^|\/)(?:_SUCCESS|_(?:started|committed)_[^/]+|_(?:common_)?metadata|_temporary\/.*|[^/]+\.crc)$/;

/** Could the path be one of a table with a log? Others are not looked at, nor is what cannot be listed. */
function isOfLake(path: string): boolean {
  if (/^https?:/i.test(path)) return false;
  return /\.(parquet|pq)$/i.test(path) || path.includes('/_delta_log/') || !/\.[a-z0-9]+$/i.test(path);
}

/** The folder of the table: partitions lie in folders named `key=value`. */
function rootOf(path: string): string {
  const log = path.indexOf('/_delta_log/');
  if (log !== -1) return path.slice(0, log);
  const parts = path.replace(/\/$/, '').split('/');
  if (/\.(parquet|pq)$/i.test(path)) parts.pop();
  while (parts.length > 1 && /^[^/=]+=/.test(parts.at(-1) ?? '')) parts.pop();
  return parts.join('/') || (path.startsWith('/') ? '' : '.');
}

function isWithin(path: string, root: string): boolean {
  return root === '.' ? !path.includes('://') && !path.startsWith('/') : path.startsWith(`${root}/`);
}

/** A path as a pattern that only matches it. */
function patternOf(root: string): string {
  return root.replace(/[*?{}[\]!()]/g, '\\$&');
}

async function matches(pattern: string, files: LakeFiles): Promise<readonly string[]> {
  return files.glob([pattern]).catch((error: unknown) => {
    if (error instanceof MissingFile) return [];
    throw error;
  });
}

/** As catalogs and as folders without one name the files. */
const ICEBERG = /\/(v\d+|\d{5}-[0-9a-f-]{36})(\.gz)?\.metadata\.json$/;

async function refuseOthers(root: string, files: LakeFiles): Promise<void> {
  const parts = root.split('/');
  const above = parts.at(-1) === 'data' ? parts.slice(0, -1).join('/') || '.' : root;
  const metadata = await matches(`${patternOf(above)}/metadata/*.metadata.json`, files);
  const iceberg = metadata.find((path) => ICEBERG.test(path));
  const [hudi] = await matches(`${patternOf(root)}/.hoodie/hoodie.properties`, files);
  if (iceberg === undefined && hudi === undefined) return;
  const name = iceberg === undefined ? 'a Hudi' : 'an Iceberg';
  throw new UserError({
    what: `is ${name} table, whose folder also holds files of older snapshots; its log is not read`,
    where: iceberg === undefined ? root : above,
    fix: 'export the snapshot as Parquet files in a folder of its own, and give that',
  });
}

function nothingLive(root: string, version: number, files: number): UserError {
  return new UserError({
    what: `no file that is given belongs to version ${version} of the Delta table, which has ${grouped(files)} files`,
    where: root,
    fix: `give the folder ${root}, of which the files of the newest version are read`,
  });
}

interface ReadTable {
  readonly root: string;
  readonly version: number;
  readonly read: number;
  readonly of: number;
  /** Files that are given and no part of the table any more. */
  readonly left: number;
}

function sentence({ root, version, read, of, left }: ReadTable): string {
  const out =
    left === 0 ? '' : `; ${grouped(left)} ${left === 1 ? 'file' : 'files'} of older versions left out`;
  return `version ${version} of the Delta table ${root}: ${grouped(read)} of its ${grouped(of)} files are read${out}`;
}
