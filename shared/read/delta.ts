import type { ByteSource, Files } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';
import { type DocumentMap, isMap } from '../schema/map.ts';
import type { Cell } from './batch.ts';
import { collect } from './collect.ts';

/** The newest snapshot of a Delta table. */
export interface DeltaSnapshot {
  readonly version: number;
  /** Paths of its data files, below the table's folder. */
  readonly files: ReadonlySet<string>;
}

const COMMIT = /^(\d{20})\.json$/;
const CHECKPOINT = /^(\d{20})\.checkpoint(?:\.(\d{10})\.(\d{10}))?\.parquet$/;
const OTHER_CHECKPOINT = /^\d{20}\.checkpoint\.[^.]*-[^.]*\.(parquet|json)$/;
/** What a reader may leave alone if no file uses it. */
const HARMLESS = [
  ...['columnMapping', 'deletionVectors', 'timestampNtz', 'v2Checkpoint', 'vacuumProtocolCheck'],
  ...[
    'domainMetadata',
    'appendOnly',
    'invariants',
    'checkConstraints',
    'generatedColumns',
    'identityColumns',
  ],
  ...[
    'clustering',
    'inCommitTimestamp',
    'rowTracking',
    'changeDataFeed',
    'icebergCompatV1',
    'icebergCompatV2',
  ],
];

/**
 * Reads the log of a Delta table: the newest checkpoint, and the commits after it (Delta transaction protocol, "Delta
 * table specification").
 *
 * @param log paths of the files of its `_delta_log`.
 * @throws UserError for a log that is damaged or incomplete, and for what is not read: deletion vectors, mapped columns,
 * checkpoints of version 2, files outside of the table.
 */
export async function readSnapshot(
  root: string,
  log: readonly string[],
  files: Pick<Files, 'readText' | 'source'>,
): Promise<DeltaSnapshot> {
  const table = new LogReplay(root);
  const from = await table.checkpoint(log, files);
  const commits = log
    .flatMap((path) => {
      const [, version] = COMMIT.exec(nameOf(path)) ?? [];
      return version === undefined || Number(version) <= from ? [] : [{ path, version: Number(version) }];
    })
    .sort((a, b) => a.version - b.version);
  let last = from;
  for (const { path, version } of commits) {
    if (version !== last + 1)
      table.refuse(`its log has no version ${last + 1}`, 'copy the whole of _delta_log');
    for (const action of actionsOf(await files.readText(path), path)) table.apply(action);
    last = version;
  }
  if (last < 0) table.refuse('its log has no version 0 and no checkpoint', 'copy the whole of _delta_log');
  return { version: last, files: table.live };
}

class LogReplay {
  readonly live = new Set<string>();
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  refuse(why: string, fix: string): never {
    throw new UserError({ what: `the Delta table cannot be read: ${why}`, where: this.#root, fix });
  }

  /** Takes the newest checkpoint that is whole; its version, or −1. */
  async checkpoint(log: readonly string[], files: Pick<Files, 'source'>): Promise<number> {
    const parts = new Map<number, { readonly paths: string[]; readonly of: number }>();
    for (const path of log) {
      const [, version, , of] = CHECKPOINT.exec(nameOf(path)) ?? [];
      if (version === undefined) continue;
      const known = parts.get(Number(version)) ?? { paths: [], of: Number(of ?? 1) };
      parts.set(Number(version), known);
      known.paths.push(path);
    }
    const whole = [...parts].filter(([, { paths, of }]) => paths.length >= of).map(([version]) => version);
    const newest = Math.max(-1, ...whole);
    if (newest === -1 && log.some((path) => OTHER_CHECKPOINT.test(nameOf(path))))
      this.refuse(
        'checkpoints of version 2 are not read',
        'set delta.checkpointPolicy to classic, and write a checkpoint',
      );
    if (newest >= 0)
      await this.#readCheckpoint((parts.get(newest)?.paths ?? []).map((path) => files.source(path)));
    return newest;
  }

  async #readCheckpoint(sources: readonly ByteSource[]): Promise<void> {
    const found = await collect(sources, [
      ...['add.path', 'add.deletionVector.storageType', 'metaData.configuration'],
      ...['protocol.minReaderVersion', 'protocol.readerFeatures'],
    ]);
    const cells = (name: string): readonly Cell[] => (found.has(name) ? found.column(name) : []);
    const [paths, vectors] = [cells('add.path'), cells('add.deletionVector.storageType')];
    paths.forEach((path, row) => {
      if (typeof path === 'string') this.#add({ path, deletionVector: vectors[row] ?? undefined });
    });
    for (const text of cells('metaData.configuration'))
      if (typeof text === 'string') this.#configured(JSON.parse(text));
    const features = cells('protocol.readerFeatures');
    cells('protocol.minReaderVersion').forEach((version, row) => {
      if (version === null) return;
      const list = features[row];
      this.#protocol(Number(version), typeof list === 'string' ? JSON.parse(list) : []);
    });
  }

  apply({ add, remove, metaData, protocol }: DocumentMap): void {
    if (isMap(remove)) this.live.delete(pathOf(remove));
    if (isMap(add)) this.#add(add);
    if (isMap(metaData)) this.#configured(metaData.configuration);
    if (isMap(protocol)) this.#protocol(Number(protocol.minReaderVersion), protocol.readerFeatures);
  }

  #add(add: DocumentMap): void {
    if (add.deletionVector !== undefined && add.deletionVector !== null)
      this.refuse(
        'rows of its files are deleted by deletion vectors',
        'rewrite the files: REORG TABLE … APPLY (PURGE)',
      );
    const path = pathOf(add);
    if (/^([a-z][a-z0-9+.-]*:|\/)/i.test(path) || path.split('/').includes('..'))
      this.refuse('it names files outside of its folder', 'write the table as a copy of its own');
    this.live.add(path);
  }

  /** @param configuration a map, or as Parquet has it a list of keys and values. */
  #configured(configuration: unknown): void {
    const entries: readonly unknown[] = Array.isArray(configuration)
      ? configuration
      : Object.entries(isMap(configuration) ? configuration : {}).map(([key, value]) => ({ key, value }));
    const mode = entries.find((entry) => isMap(entry) && entry.key === 'delta.columnMapping.mode');
    if (isMap(mode) && mode.value !== 'none')
      this.refuse(
        'its columns have other names in its files (column mapping)',
        'write the table without column mapping',
      );
  }

  #protocol(version: number, features: unknown): void {
    const unknown = (Array.isArray(features) ? features : [])
      .map(String)
      .filter((name) => !HARMLESS.includes(name));
    if (version <= 3 && unknown.length === 0) return;
    const what =
      unknown.length > 0 ? `it uses ${unknown.join(', ')}` : `it needs a reader of version ${version}`;
    this.refuse(what, 'export the rows as Parquet, without these features');
  }
}

/** As URIs have it. */
function pathOf({ path }: DocumentMap): string {
  const text = String(path);
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @throws UserError for lines that are not JSON objects. */
function actionsOf(text: string, path: string): readonly DocumentMap[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    let action: unknown;
    try {
      action = JSON.parse(line);
    } catch {
      action = undefined;
    }
    if (isMap(action)) return [action];
    const fix = 'restore the file of the log';
    throw new UserError({ what: 'the line is no JSON object', where: `${path}:${index + 1}`, fix });
  });
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
