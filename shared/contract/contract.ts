import { type Document, isAlias, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { otherFormat } from '../import/unread-format.ts';
import { type Problem, UserError } from '../problem/problem.ts';
import { type DocumentMap, isMap } from '../schema/map.ts';
import type { JsonObject } from '../verdict/verdict.ts';
import { type LongNumbers, longNumbers } from './long-numbers.ts';
import { parseTerms } from './parse-terms.ts';
import { draftNamed, type SchemaDraft } from './references.ts';
import { NO_TABLE_RULES, type TableRules } from './terms.ts';

export type { TableRules };
export { isMap, NO_TABLE_RULES };

/** A data contract: a JSON Schema for one row, and rules for the table. */
export interface Contract {
  /** The file, for messages. */
  readonly where: string;
  /** JSON Schema, draft 2020-12 or draft-07. */
  readonly schema: JsonObject;
  readonly draft: SchemaDraft;
  readonly table: TableRules;
  readonly longNumbers: LongNumbers;
  /** `file:line` of a place in the schema, by its path of keys. */
  place(path: readonly string[]): string;
}

/** JSON or YAML, with the places of its parts. */
export interface ContractDocument {
  readonly document: DocumentMap;
  readonly place: Place;
}

/**
 * Parses JSON or YAML.
 *
 * @param where names the file in messages.
 * @throws UserError with every fault of the syntax.
 */
export function parseContractDocument(text: string, where: string): ContractDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    ...({ lineCounter: lines, prettyErrors: false, logLevel: 'error' } as const),
    // It compares each key of a map with each other one.
    uniqueKeys: false,
  });
  const faults = document.errors.length > 0 ? document.errors : repeatedKeys(document);
  if (faults.length > 0) {
    throw new UserError(
      faults.slice(0, 10).map(({ message, pos: [at] }): Problem => {
        const what = `the contract is neither JSON nor YAML: ${message}`;
        return { what, where: `${where}:${lines.linePos(at).line}` };
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
  const parsed = withoutAliases(document, where);
  const deep = tooDeep(parsed);
  if (deep !== undefined) {
    const what = `the contract nests deeper than ${DEEPEST} levels`;
    throw new UserError({
      what,
      where: place(deep),
      fix: 'put the inner parts under `$defs`, and refer to them by `$ref`',
    });
  }
  // The schemas `true` and `false` as the objects that mean them.
  const schema = typeof parsed === 'boolean' ? (parsed ? {} : { not: {} }) : parsed;
  if (!isMap(schema)) {
    const fix = 'write a JSON Schema of one row: `type: object` with `properties`';
    throw new UserError({ what: 'the contract is not an object', where, fix });
  }
  return { document: schema, place };
}

interface SyntaxFault {
  readonly message: string;
  readonly pos: readonly [number, ...number[]];
}

/** Keys that a map has twice, which YAML and a sound JSON do not allow. */
function repeatedKeys(document: Document): SyntaxFault[] {
  const faults: SyntaxFault[] = [];
  visit(document, {
    Map: (_key, map) => {
      const met = new Set<string>();
      for (const { key: own } of map.items) {
        const key = isAlias(own) ? own.resolve(document) : own;
        if (!isScalar(key)) continue;
        const name = key.value === null ? '' : String(key.value);
        if (met.has(name)) {
          const message = `Map keys must be unique: ${JSON.stringify(name)} is there twice`;
          faults.push({ message, pos: [isNode(own) ? (own.range?.[0] ?? 0) : 0] });
        }
        met.add(name);
      }
    },
  });
  return faults;
}

/** Maps and lists within each other; a thousand would use up the stack of what judges by them. */
const DEEPEST = 200;

/** The path of a place that lies too deep; undefined if there is none. */
function tooDeep(value: unknown, path: string[] = []): string[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (path.length > DEEPEST) return path;
  for (const [key, inner] of Object.entries(value)) {
    const found = tooDeep(inner, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What the YAML holds. @throws UserError for aliases of nothing, and for aliases of aliases that would fill the memory. */
function withoutAliases(document: Document.Parsed, where: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw new UserError({
      what: `the aliases of the contract cannot be followed: ${error.message}`,
      where,
      fix: 'put the repeated parts under `$defs`, and refer to them by `$ref`',
    });
  }
}

/**
 * Reads a contract, JSON or YAML. Whether it is a valid schema is found when rules are made of it.
 *
 * @param where names the file in messages.
 * @throws UserError with every fault found: the syntax, another format, `x-ml-loop`.
 */
export function parseContract(text: string, where: string): Contract {
  const { document, place } = parseContractDocument(text, where);
  const other = otherFormat(document);
  if (other !== undefined) throw new UserError({ ...other, where });
  return contractOf(document, where, place, longNumbers(text));
}

/** @throws UserError with every fault of `$schema` and `x-ml-loop`. */
export function contractOf(schema: DocumentMap, where: string, place: Place, long: LongNumbers): Contract {
  const problems: Problem[] = [];
  const contract: Contract = {
    where,
    schema: schema as JsonObject,
    draft: draftOf(schema, place, problems),
    table: parseTerms(schema, place, problems),
    longNumbers: long,
    place,
  };
  if (problems.length > 0) throw new UserError(problems);
  return contract;
}

type Place = Contract['place'];

function draftOf(schema: DocumentMap, place: Place, problems: Problem[]): SchemaDraft {
  const { $schema } = schema;
  const draft = $schema === undefined ? '2020-12' : draftNamed(String($schema));
  if (draft !== undefined) return draft;
  problems.push({
    what: `$schema ${JSON.stringify($schema)} is not read`,
    where: place(['$schema']),
    fix: 'use https://json-schema.org/draft/2020-12/schema or http://json-schema.org/draft-07/schema#',
  });
  return '2020-12';
}
