import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { converter } from '../../../shared/contract/convert.ts';
import { columnTypes } from '../../../shared/contract/vocabulary.ts';
import { type ImportedContract, type ImportOptions, importContract } from '../../../shared/import/import.ts';
import { readTables } from '../../../shared/read/tables.ts';
import type { JsonObject } from '../../../shared/verdict/verdict.ts';
import { sourceOf } from '../read/sources.ts';

const FOLDER = join(process.cwd(), 'test/fixtures/contracts');

export function fixture(name: string): string {
  return readFileSync(join(FOLDER, name), 'utf8');
}

/** Imports YAML or JSON text. */
export function imported(text: string, options: ImportOptions = {}): ImportedContract {
  return importContract(parse(text), 'contract.yml', options);
}

const RANGE = {
  type: 'object',
  properties: { min: { $ref: '#/$defs/limit' }, max: { $ref: '#/$defs/limit' } },
  additionalProperties: false,
};
const LIMIT = {
  anyOf: [{ type: 'number' }, { type: 'string', pattern: '^\\d+(\\.\\d+)?%$|^\\d{4}-\\d\\d-\\d\\d' }],
};
const GRADE = { severity: { enum: ['warn', 'error'] }, tolerance: LIMIT };
const NAMES = { type: 'array', items: { type: 'string' }, minItems: 1 };

/** The vocabulary as it is written down; nothing else may be in it. */
const ROOT_VOCABULARY = {
  type: 'object',
  properties: {
    key: NAMES,
    unique: {
      type: 'array',
      items: {
        anyOf: [
          NAMES,
          {
            type: 'object',
            properties: { columns: NAMES, ...GRADE },
            required: ['columns'],
            additionalProperties: false,
          },
        ],
      },
    },
    'foreign-keys': {
      type: 'array',
      items: {
        type: 'object',
        properties: { columns: NAMES, file: { type: 'string' }, references: NAMES, ...GRADE },
        required: ['columns', 'file', 'references'],
        additionalProperties: false,
      },
    },
    rows: {
      type: 'object',
      properties: { min: { type: 'integer', minimum: 0 }, max: { type: 'integer', minimum: 0 } },
      additionalProperties: false,
    },
    freshness: {
      type: 'object',
      properties: {
        column: { type: 'string' },
        'max-age': { type: 'string', pattern: '^\\d+(\\.\\d+)?(ms|s|m|h|d|w)$' },
      },
      required: ['column', 'max-age'],
      additionalProperties: false,
    },
    columns: { type: 'object', properties: { order: { const: true } }, additionalProperties: false },
    checks: {
      type: 'object',
      additionalProperties: { type: 'object', properties: GRADE, additionalProperties: false },
    },
    rules: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          name: { type: 'string', minLength: 1 },
          compare: { type: 'array', minItems: 3, maxItems: 3, items: { type: 'string' } },
          when: { type: 'object' },
          schema: { type: 'object' },
          sum: NAMES,
          equals: { type: ['number', 'string'] },
          ...GRADE,
        },
        required: ['name'],
        oneOf: [{ required: ['compare'] }, { required: ['schema'] }, { required: ['sum', 'equals'] }],
        additionalProperties: false,
      },
    },
  },
  additionalProperties: false,
  $defs: { limit: LIMIT },
};
const RANGES = [
  'nulls',
  'distinct',
  'distinct-share',
  'mean',
  'median',
  'sd',
  'sum',
  'min-value',
  'max-value',
];
const PROPERTY_VOCABULARY = {
  type: 'object',
  properties: {
    ...Object.fromEntries(RANGES.map((name) => [name, RANGE])),
    quantiles: { type: 'object', additionalProperties: RANGE },
    increasing: { enum: [true, 'strict'] },
    decreasing: { enum: [true, 'strict'] },
    contains: { type: 'array', minItems: 1 },
    'missing-values': { type: 'array', minItems: 1, items: { type: 'string' } },
    'most-common': {
      anyOf: [
        { type: 'array', minItems: 1 },
        {
          type: 'object',
          properties: { values: { type: 'array', minItems: 1 }, ties: { type: 'boolean' } },
          required: ['values'],
          additionalProperties: false,
        },
      ],
    },
    keywords: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        properties: GRADE,
        minProperties: 1,
        additionalProperties: false,
      },
    },
  },
  additionalProperties: false,
  $defs: { limit: LIMIT },
};

const plain = new Ajv2020({ strict: false });
const isRoot = plain.compile(ROOT_VOCABULARY);
const isProperty = plain.compile(PROPERTY_VOCABULARY);

/** What is wrong with an imported contract: as JSON Schema by ajv's strict reading, as vocabulary, in its own names. */
export function faultsOf(contract: JsonObject): string[] {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, strictTuples: false });
  addFormats.default(ajv);
  ajv.addKeyword({ keyword: 'x-ml-loop' });
  const faults: string[] = [];
  const compile = (schema: JsonObject): void => {
    try {
      ajv.compile(schema);
    } catch (error) {
      faults.push(String(error));
    }
  };
  compile(contract);
  const root = (contract['x-ml-loop'] ?? {}) as JsonObject;
  if (!isRoot(root)) faults.push(plain.errorsText(isRoot.errors));
  for (const rule of (root.rules ?? []) as readonly JsonObject[]) {
    if (rule.when !== undefined) compile(rule.when as JsonObject);
    if (rule.schema !== undefined) compile(rule.schema as JsonObject);
  }
  for (const [name, property] of Object.entries(contract.properties as Record<string, JsonObject>)) {
    const own = (property['x-ml-loop'] ?? {}) as JsonObject;
    if (!isProperty(own)) faults.push(`${name}: ${plain.errorsText(isProperty.errors)}`);
    for (const keyword of Object.keys((own.keywords ?? {}) as JsonObject)) {
      if (!(keyword in property) && !(keyword in own))
        faults.push(`${name}: keywords.${keyword} grades nothing`);
    }
  }
  return faults;
}

/** The lines of a CSV text whose rows break the row's schema, or a rule of the table that is a schema. */
export async function brokenLines(contract: JsonObject, csv: string): Promise<number[]> {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  const table = (contract['x-ml-loop'] ?? {}) as JsonObject;
  const rules = ((table.rules ?? []) as readonly JsonObject[]).filter(
    ({ tolerance }) => tolerance === undefined,
  );
  const schemas = [
    contract,
    ...rules.flatMap(({ schema, when }) =>
      schema === undefined ? [] : [{ anyOf: [{ not: when ?? true }, schema] } as JsonObject],
    ),
  ];
  const judges = schemas.map((schema) => ajv.compile(schema));
  const broken: number[] = [];
  for await (const { columns, rows, lines } of readTables([sourceOf('a.csv', csv)])) {
    const converts = columns.map((name) => converter(columnTypes(name, contract, contract)));
    rows.forEach((row, index) => {
      const record = Object.fromEntries(columns.map((name, at) => [name, converts[at]?.(row[at] ?? null)]));
      if (judges.some((judge) => !judge(record))) broken.push(lines[index] ?? 0);
    });
  }
  return broken;
}

/** Which of these cells the column's rules refuse; the other columns play no part. */
export function refused(
  { contract }: ImportedContract,
  name: string,
  cells: readonly (string | null)[],
): (string | null)[] {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  const { rules = [] } = (contract['x-ml-loop'] ?? {}) as { readonly rules?: readonly JsonObject[] };
  const { required: _, ...rest } = contract;
  const schemas = [
    rest,
    ...rules.flatMap(({ schema, when }) =>
      schema === undefined ? [] : [{ anyOf: [{ not: when ?? true }, schema] }],
    ),
  ] as JsonObject[];
  const judges = schemas.map((schema) => ajv.compile(schema));
  const convert = converter(columnTypes(name, contract, contract));
  return cells.filter((cell) => judges.some((judge) => !judge({ [name]: convert(cell) })));
}

export function lost({ notCarried }: ImportedContract): string[] {
  return notCarried.map(({ what }) => what);
}

/** One column's schema. */
export function column({ contract }: ImportedContract, name: string): JsonObject {
  return (contract.properties as Record<string, JsonObject>)[name] as JsonObject;
}

export function table({ contract }: ImportedContract): JsonObject {
  return (contract['x-ml-loop'] ?? {}) as JsonObject;
}
