import { gzipSync } from 'node:zlib';

/** A small writer of Parquet: flat columns, PLAIN or dictionary, pages of either version. */
export interface WrittenColumn {
  readonly name: string;
  readonly type:
    | 'BOOLEAN'
    | 'INT32'
    | 'INT64'
    | 'INT96'
    | 'FLOAT'
    | 'DOUBLE'
    | 'BYTE_ARRAY'
    | 'FIXED_LEN_BYTE_ARRAY';
  readonly typeLength?: number;
  /** By its number in parquet.thrift. */
  readonly converted?: number;
  readonly scale?: number;
  readonly precision?: number;
  readonly timestamp?: { readonly utc: boolean; readonly unit: 1 | 2 | 3 };
  /** Two bytes each. */
  readonly float16?: boolean;
  readonly required?: boolean;
  readonly dictionary?: boolean;
  /** Pages after the first one do not use the dictionary. */
  readonly fallback?: boolean;
  readonly v2?: boolean;
  readonly gzip?: boolean;
  /** Are levels and codes bit-packed, rather than runs? */
  readonly packed?: boolean;
  /** As they are stored: numbers, bigints, booleans, bytes. */
  readonly values: readonly unknown[];
}

const TYPES = ['BOOLEAN', 'INT32', 'INT64', 'INT96', 'FLOAT', 'DOUBLE', 'BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY'];
type Field = readonly [
  id: number,
  type: 'i32' | 'i64' | 'bool' | 'text' | 'struct' | 'i32s' | 'texts' | 'structs',
  value: unknown,
];
const CODES = { i32: 5, i64: 6, bool: 1, text: 8, struct: 12, i32s: 9, texts: 9, structs: 9 };

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}
const zigzag = (value: unknown): number[] => {
  const n = BigInt(value as number);
  return varint(n < 0n ? -n * 2n - 1n : n * 2n);
};
const text = (value: string): number[] => [
  ...varint(BigInt(Buffer.byteLength(value))),
  ...Buffer.from(value),
];

/** A struct in Thrift's compact protocol. */
function struct(fields: readonly (Field | false)[]): number[] {
  const bytes: number[] = [];
  let last = 0;
  for (const field of fields) {
    if (field === false) continue;
    const [id, type, value] = field;
    const code = type === 'bool' ? (value === true ? 1 : 2) : CODES[type];
    bytes.push(((id - last) << 4) | code);
    last = id;
    if (type === 'i32' || type === 'i64') bytes.push(...zigzag(value));
    else if (type === 'text') bytes.push(...text(value as string));
    else if (type === 'struct') bytes.push(...(value as number[]));
    else if (type !== 'bool') {
      const items = value as readonly unknown[];
      const item = { i32s: 5, texts: 8, structs: 12 }[type];
      bytes.push(
        ...(items.length < 15
          ? [(items.length << 4) | item]
          : [0xf0 | item, ...varint(BigInt(items.length))]),
      );
      for (const one of items) {
        bytes.push(
          ...(type === 'i32s' ? zigzag(one) : type === 'texts' ? text(one as string) : (one as number[])),
        );
      }
    }
  }
  return [...bytes, 0];
}

function hybrid(values: readonly number[], width: number, packed: boolean): number[] {
  const bytes: number[] = [];
  if (packed) {
    const groups = Math.ceil(values.length / 8);
    const bits = Array.from(
      { length: groups * 8 * width },
      (_value, bit) => ((values[Math.floor(bit / width)] ?? 0) >> (bit % width)) & 1,
    );
    const packedBytes = Array.from({ length: groups * width }, (_value, i) =>
      bits.slice(i * 8, i * 8 + 8).reduce((sum, bit, at) => sum | (bit << at), 0),
    );
    return [...varint(BigInt(groups * 2 + 1)), ...packedBytes];
  }
  for (let start = 0; start < values.length; ) {
    let end = start;
    while (end < values.length && values[end] === values[start]) end++;
    bytes.push(...varint(BigInt((end - start) * 2)));
    for (let i = 0; i < Math.ceil(width / 8); i++) bytes.push(((values[start] ?? 0) >> (8 * i)) & 255);
    start = end;
  }
  return bytes;
}

function plain({ type }: WrittenColumn, values: readonly unknown[]): Buffer {
  if (type === 'BOOLEAN') {
    return Buffer.from(
      Array.from({ length: Math.ceil(values.length / 8) }, (_value, i) =>
        values.slice(8 * i, 8 * i + 8).reduce<number>((sum, value, at) => sum | (Number(value) << at), 0),
      ),
    );
  }
  return Buffer.concat(
    values.map((value) => {
      const bytes = Buffer.alloc(8);
      if (type === 'INT32') return bytes.subarray(0, bytes.writeInt32LE(value as number));
      if (type === 'INT64') return bytes.subarray(0, bytes.writeBigInt64LE(value as bigint));
      if (type === 'FLOAT') return bytes.subarray(0, bytes.writeFloatLE(value as number));
      if (type === 'DOUBLE') return bytes.subarray(0, bytes.writeDoubleLE(value as number));
      const own = Buffer.from(value as Uint8Array);
      if (type !== 'BYTE_ARRAY') return own;
      bytes.writeUInt32LE(own.length);
      return Buffer.concat([bytes.subarray(0, 4), own]);
    }),
  );
}

function length32(bytes: readonly number[]): number[] {
  const { length } = bytes;
  return [length & 255, length >> 8, 0, 0, ...bytes];
}

/** The pages of a column chunk; where its first data page starts. */
function chunkOf(column: WrittenColumn, values: readonly unknown[], pageRows: number) {
  const pages: Buffer[] = [];
  const keyOf = (value: unknown): string =>
    value instanceof Uint8Array
      ? Buffer.from(value).toString('hex')
      : `${Object.is(value, -0) ? '-0' : value}`;
  const codeOf = new Map<string, number>();
  const distinct: unknown[] = [];
  for (const value of column.dictionary === true ? values : []) {
    if (value === null || codeOf.has(keyOf(value))) continue;
    codeOf.set(keyOf(value), distinct.length);
    distinct.push(value);
  }
  const page = (type: number, head: Field, levels: Buffer, body: Buffer): void => {
    const stored = column.gzip === true ? gzipSync(body) : body;
    const header = struct([
      [1, 'i32', type],
      [2, 'i32', levels.length + body.length],
      [3, 'i32', levels.length + stored.length],
      head,
    ]);
    pages.push(Buffer.concat([Buffer.from(header), levels, stored]));
  };
  const none = Buffer.alloc(0);
  if (column.dictionary === true) {
    page(
      2,
      [
        7,
        'struct',
        struct([
          [1, 'i32', distinct.length],
          [2, 'i32', 0],
        ]),
      ],
      none,
      plain(column, distinct),
    );
  }
  const first = pages.reduce((sum, { length }) => sum + length, 0);
  for (let from = 0; from < values.length; from += pageRows) {
    const own = values.slice(from, from + pageRows);
    const present = own.filter((value) => value !== null);
    const coded = column.dictionary === true && !(column.fallback === true && from > 0);
    const width = Math.max(1, 32 - Math.clz32(distinct.length - 1));
    const body = coded
      ? Buffer.from([
          width,
          ...hybrid(
            present.map((value) => codeOf.get(keyOf(value)) ?? 0),
            width,
            column.packed === true,
          ),
        ])
      : plain(column, present);
    const levels =
      column.required === true
        ? []
        : hybrid(
            own.map((value) => (value === null ? 0 : 1)),
            1,
            column.packed !== true,
          );
    const encoding = coded ? 8 : 0;
    if (column.v2 === true) {
      const head = struct([
        [1, 'i32', own.length],
        [2, 'i32', own.length - present.length],
        [3, 'i32', own.length],
        [4, 'i32', encoding],
        [5, 'i32', levels.length],
        [6, 'i32', 0],
        [7, 'bool', column.gzip === true],
      ]);
      page(3, [8, 'struct', head], Buffer.from(levels), body);
    } else {
      const head = struct([
        [1, 'i32', own.length],
        [2, 'i32', encoding],
        [3, 'i32', 3],
        [4, 'i32', 3],
      ]);
      const before = column.required === true ? none : Buffer.from(length32(levels));
      page(0, [5, 'struct', head], none, Buffer.concat([before, body]));
    }
  }
  return { bytes: Buffer.concat(pages), first };
}

/** A Parquet file of columns of the same length, which is the number of `rows` that it tells. */
export function parquetOf(
  columns: readonly WrittenColumn[],
  groupRows: number,
  pageRows: number,
  rows = columns[0]?.values.length ?? 0,
): Buffer {
  const parts = [Buffer.from('PAR1')];
  let at = 4;
  const groups: number[][] = [];
  for (let from = 0; from < rows; from += groupRows) {
    const size = Math.min(groupRows, rows - from);
    const chunks = columns.map((column) => {
      const { bytes, first } = chunkOf(column, column.values.slice(from, from + size), pageRows);
      const meta = struct([
        [1, 'i32', TYPES.indexOf(column.type)],
        [2, 'i32s', [0, 3, 8]],
        [3, 'texts', [column.name]],
        [4, 'i32', column.gzip === true ? 2 : 0],
        [5, 'i64', size],
        [6, 'i64', bytes.length],
        [7, 'i64', bytes.length],
        [9, 'i64', at + first],
        first > 0 && [11, 'i64', at],
      ]);
      parts.push(bytes);
      at += bytes.length;
      return struct([
        [2, 'i64', at],
        [3, 'struct', meta],
      ]);
    });
    groups.push(
      struct([
        [1, 'structs', chunks],
        [2, 'i64', 1],
        [3, 'i64', size],
      ]),
    );
  }
  const schema = columns.map(
    ({ name, type, typeLength, converted, scale, precision, timestamp, float16, required }) =>
      struct([
        [1, 'i32', TYPES.indexOf(type)],
        typeLength !== undefined && [2, 'i32', typeLength],
        [3, 'i32', required === true ? 0 : 1],
        [4, 'text', name],
        converted !== undefined && [6, 'i32', converted],
        scale !== undefined && [7, 'i32', scale],
        precision !== undefined && [8, 'i32', precision],
        float16 === true && [10, 'struct', struct([[15, 'struct', struct([])]])],
        timestamp !== undefined && [
          10,
          'struct',
          struct([
            [
              8,
              'struct',
              struct([
                [1, 'bool', timestamp.utc],
                [2, 'struct', struct([[timestamp.unit, 'struct', struct([])]])],
              ]),
            ],
          ]),
        ],
      ]),
  );
  const root = struct([
    [4, 'text', 'schema'],
    [5, 'i32', columns.length],
  ]);
  const footer = Buffer.from(
    struct([
      [1, 'i32', 2],
      [2, 'structs', [root, ...schema]],
      [3, 'i64', rows],
      [4, 'structs', groups],
    ]),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([...parts, footer, length, Buffer.from('PAR1')]);
}
