/** Bytes come in chunks of any size: wherever one ends, a table is the same. */
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { parseContract } from '../../../shared/contract/contract.ts';
import { integrityFindings } from '../../../shared/integrity/findings.ts';
import type { ByteSource } from '../../../shared/ports/ports.ts';
import type { Dialect } from '../../../shared/read/dialect.ts';
import { type ScanOptions, scanTables } from '../../../shared/scan/scan.ts';

const NOW = new Date('2026-02-01T00:00:00Z');
const ROWS_FOUND = { samples: 'show', maxLocations: 9, timestamp: 'at', now: NOW } as const;
const CONTRACT = parseContract(
  `{type: object, properties: {n: {type: [integer, 'null'], maximum: 9}, t: {type: [string, 'null'], maxLength: 4}, at: {format: date-time}},
   x-ml-loop: {key: [n], rules: [{name: r, compare: [n, '<', m]}]}}`,
  'c.yml',
);

/** Chunks that end at the given bytes. */
function cutAt(name: string, bytes: Uint8Array, ends: readonly number[]): ByteSource {
  const all = [0, ...ends, bytes.length];
  return {
    name,
    async *open() {
      for (const [index, end] of all.slice(1).entries()) yield bytes.subarray(all[index], end);
    },
  };
}

async function told(source: ByteSource, how: Partial<ScanOptions>): Promise<string> {
  try {
    const { profiled, checked, integrity } = await scanTables([source], {
      ...{ contract: CONTRACT, maxLocations: 9, samples: 'show', now: NOW },
      integrity: ROWS_FOUND,
      ...how,
    });
    const { counted, jsonTypes, ...rest } = profiled;
    const found = integrity && (await integrityFindings(integrity, ROWS_FOUND, profiled.profile));
    return JSON.stringify([
      rest,
      [...counted],
      [...(jsonTypes ?? [])].map(([name, kinds]) => [name, [...kinds]]),
      checked,
      found,
    ]);
  } catch (error) {
    return String(error);
  }
}

const utf16 = (text: string, bigEndian: boolean): Uint8Array => {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
  return bigEndian ? bytes.swap16() : bytes;
};

const ROWS = [
  'n,m,t,at',
  '1,2,"a\nb",2026-01-31T10:00:00Z',
  '12,,"x""é😀",NA',
  ',3,"a,b",2026-01-30',
  'q,"",t',
  '1,2,""',
];
const LF = `${ROWS.join('\n')}\n`;
const JSON_LINES = [
  '{"n":1,"m":2.5,"t":"a\\né\\ud83d\\ude00","at":"2026-01-31T10:00:00Z"}',
  '{"m":null,"t":{"a":[1,"}"]},"n":12}',
  '',
  '{"n":"x","t":"é😀","n2":1e400}',
  '{"n":1,"t":tru}',
  '{"n":1',
].join('\n');
const of = (delimiter: string, quote = '"') => LF.replaceAll('"', quote).replaceAll(',', delimiter);

interface Written {
  readonly name?: string;
  readonly bytes: string | Uint8Array;
  readonly dialect?: Dialect;
  readonly encoding?: string;
}

const WRITTEN: Readonly<Record<string, Written>> = {
  LF: { bytes: LF },
  CRLF: { bytes: LF.replaceAll('\n', '\r\n') },
  CR: { bytes: LF.replaceAll('\n', '\r') },
  'a byte order mark': { bytes: `\ufeff${LF}` },
  'empty lines and a comment first': { bytes: `\n\r\n# a, "b\n\n${LF}\n\n` },
  'no line end at the end': { bytes: LF.slice(0, -1) },
  'an open quote': { bytes: `${LF}1,2,"x` },
  'text behind a quote': { bytes: `${LF}1,2,"x"y,3\n` },
  'UTF-16LE': { bytes: utf16(LF, false) },
  'UTF-16BE': { bytes: utf16(LF.replaceAll('\n', '\r\n'), true) },
  'a byte that is not UTF-8': { bytes: Buffer.from(LF.replaceAll('é', 'ÿ'), 'latin1') },
  'windows-1252': { bytes: Buffer.from(LF.replaceAll('😀', '\x80'), 'latin1'), encoding: 'windows-1252' },
  semicolons: { bytes: of(';') },
  tabs: { name: 'a.tsv', bytes: of('\t') },
  'two characters between': { bytes: of('||'), dialect: { delimiter: '||' } },
  'a delimiter of a letter beyond ASCII': { bytes: of('§'), dialect: { delimiter: '§' } },
  'other quotes': { bytes: of(',', "'"), dialect: { quote: "'" } },
  'quotes beyond ASCII': { bytes: of(',', '¨'), dialect: { quote: '¨' } },
  'no quotes': { bytes: of(';', ''), dialect: { quote: null, delimiter: ';' } },
  'an escape': {
    bytes: LF.replaceAll('""', '\\"').replace('3,', '3\\\n,'),
    dialect: { escape: '\\', doubleQuote: false },
  },
  'comments of two characters': { bytes: LF.replaceAll('\n', '\n//x"\n'), dialect: { comment: '//' } },
  'spaces before fields': { bytes: LF.replaceAll(',', ',  '), dialect: { skipInitialSpace: true } },
  'a header in the third record': { bytes: `a title\n\n"x\ny",2\n${LF}`, dialect: { headerRow: 3 } },
  'no header': { bytes: LF, dialect: { header: false, columns: ['n', 'm', 't', 'at'] } },
  'JSON Lines': { name: 'a.jsonl', bytes: JSON_LINES },
  'JSON Lines with CRLF and a byte order mark': {
    name: 'a.jsonl',
    bytes: `\ufeff${JSON_LINES.replaceAll('\n', '\r\n')}`,
  },
  'JSON Lines in UTF-16': { name: 'a.jsonl', bytes: utf16(JSON_LINES, false) },
  'a list of records': { name: 'a.json', bytes: `[\n${JSON_LINES.split('\n').slice(0, 2).join(' ,\n')}\n]` },
  gzip: { name: 'a.csv.gz', bytes: gzipSync(LF) },
  'gzip that is broken off': { name: 'a.csv.gz', bytes: gzipSync(LF).subarray(0, 60) },
};

test.each(Object.entries(WRITTEN))(
  '%s',
  async (_name, { name = 'a.csv', bytes: given, dialect, encoding }) => {
    const bytes = Buffer.from(given as Uint8Array);
    const how = { dialect, ...(encoding === undefined ? {} : { text: { encoding } }) };
    const whole = await told(cutAt(name, bytes, []), how);
    const each = Array.from(bytes, (_byte, index) => index).slice(1);
    expect(await told(cutAt(name, bytes, each), how)).toBe(whole);
    for (const end of each) {
      const found = await told(cutAt(name, bytes, [end]), how);
      expect([end, found]).toEqual([end, whole]);
    }
  },
);
