import { LineCounter, parseDocument } from 'yaml';
import { suggestion } from '../problem/nearest.ts';
import { type Problem, UserError } from '../problem/problem.ts';
import type { JsonObject } from '../verdict/verdict.ts';
import { otherFormat } from './other-formats.ts';

/** What the vocabulary `x-ml-loop` says about a table, beside the rows' schema. */
export interface TableRules {
  /** Columns whose values together are unique and not null; empty where there is no key. */
  readonly key: readonly string[];
  readonly rows: { readonly min?: number; readonly max?: number };
  /** Columns that are not compared with a reference (`x-ml-loop: {drift: false}` of a property). */
  readonly notCompared: readonly string[];
}

/** A data contract: a JSON Schema for one row, and rules for the table. */
export interface Contract {
  /** The file, for messages. */
  readonly where: string;
  /** JSON Schema, draft 2020-12 or draft-07. */
  readonly schema: JsonObject;
  readonly draft: '2020-12' | 'draft-07';
  readonly table: TableRules;
  /** `file:line` of a place in the schema, by its path of keys. */
  place(path: readonly string[]): string;
}

export const NO_TABLE_RULES: TableRules = { key: [], rows: {}, notCompared: [] };

/**
 * Reads a contract, JSON or YAML. Whether it is a valid schema is found when rules are made of it.
 *
 * @param where names the file in messages.
 * @throws UserError with every fault found: the syntax, another format, `x-ml-loop`.
 */
export function parseContract(text: string, where: string): Contract {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    throw new UserError(
      document.errors.slice(0, 10).map((error): Problem => {
        const what = `the contract is neither JSON nor YAML: ${error.message}`;
        return { what, where: `${where}:${lines.linePos(error.pos[0]).line}` };
      }),
    );
  }
  const place = (path: readonly string[]): string => {
    for (let length = path.length; length > 0; length--) {
      const node = document.getIn(path.slice(0, length), true) as { range?: readonly number[] } | undefined;
      if (node?.range?.[0] !== undefined) return `${where}:${lines.linePos(node.range[0]).line}`;
    }
    return where;
  };
  const schema: unknown = document.toJS({ maxAliasCount: 100 });
  if (!isObject(schema)) {
    const mend = 'write a JSON Schema of one row: `type: object` with `properties`';
    throw new UserError({ what: 'the contract is no object', where, mend });
  }
  const other = otherFormat(schema);
  if (other !== undefined) throw new UserError({ ...other, where });
  const problems: Problem[] = [];
  const contract: Contract = {
    where,
    schema: schema as JsonObject,
    draft: draftOf(schema, place, problems),
    table: tableRules(schema, place, problems),
    place,
  };
  if (problems.length > 0) throw new UserError(problems);
  return contract;
}

type Place = Contract['place'];
type Fields = Readonly<Record<string, unknown>>;

function draftOf(schema: Fields, place: Place, problems: Problem[]): Contract['draft'] {
  const { $schema } = schema;
  const uri = typeof $schema === 'string' ? $schema.replace(/#$/, '').replace(/^http:/, 'https:') : undefined;
  if ($schema === undefined || uri === 'https://json-schema.org/draft/2020-12/schema') return '2020-12';
  if (uri === 'https://json-schema.org/draft-07/schema') return 'draft-07';
  problems.push({
    what: `$schema ${JSON.stringify($schema)} is not read`,
    where: place(['$schema']),
    mend: 'use https://json-schema.org/draft/2020-12/schema or http://json-schema.org/draft-07/schema#',
  });
  return '2020-12';
}

function tableRules(schema: Fields, place: Place, problems: Problem[]): TableRules {
  const path = ['x-ml-loop'];
  const own = entries(schema['x-ml-loop'], path, ['key', 'rows'], place, problems);
  const rows = entries(own.rows, [...path, 'rows'], ['min', 'max'], place, problems);
  for (const [name, value] of Object.entries(rows)) {
    if (Number.isSafeInteger(value) && Number(value) >= 0) continue;
    problems.push({
      what: `x-ml-loop.rows.${name} is no number of rows`,
      where: place([...path, 'rows', name]),
    });
  }
  const key = typeof own.key === 'string' ? [own.key] : (own.key ?? []);
  if (!Array.isArray(key) || !key.every((name) => typeof name === 'string' && name !== '')) {
    const what = 'x-ml-loop.key is neither a column nor a list of columns';
    problems.push({ what, where: place([...path, 'key']) });
  }
  const properties = isObject(schema.properties) ? Object.entries(schema.properties) : [];
  const notCompared = properties.filter(([name, property]) => {
    if (!isObject(property)) return false;
    const inner = ['properties', name, 'x-ml-loop'];
    const { drift = true } = entries(property['x-ml-loop'], inner, ['drift'], place, problems);
    if (typeof drift !== 'boolean') {
      problems.push({ what: 'x-ml-loop.drift is neither true nor false', where: place([...inner, 'drift']) });
    }
    return drift === false;
  });
  return {
    key: key as readonly string[],
    rows: rows as TableRules['rows'],
    notCompared: notCompared.map(([name]) => name),
  };
}

/** The members of an optional object, of which only the known ones may be there. */
function entries(
  value: unknown,
  path: readonly string[],
  known: readonly string[],
  place: Place,
  problems: Problem[],
): Fields {
  if (value === undefined) return {};
  const name = path.join('.');
  if (!isObject(value)) {
    problems.push({
      what: `${name} is no map`,
      where: place(path),
      mend: `it may hold: ${known.join(', ')}`,
    });
    return {};
  }
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    problems.push({
      what: `${name} has no ${key}`,
      where: place([...path, key]),
      mend: suggestion(key, known),
    });
  }
  return value;
}

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
