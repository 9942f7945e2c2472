import { messageOf, type Problem, UserError } from '../problem/problem.ts';
import { type DocumentMap, isMap } from '../schema/map.ts';
import type { Contract } from './contract.ts';
import { type BrokenKeywords, type Evaluation, Evaluator } from './evaluate.ts';
import { documentOf, isValidSchema } from './meta-schema.ts';
import type { Judge, Row, Violation } from './violation.ts';
import { byKeyword, COMPOSED, columnKeys, namedColumns, RULE_OF } from './vocabulary.ts';

/** What a contract's schema says, compiled. */
export interface SchemaRules {
  /** Of a whole row. */
  readonly row: Judge;
  /** Of the values of a column. */
  column(name: string): ColumnJudge;
  /** Of rows, beside what it says of columns and of which members there are; undefined if that is all. */
  readonly across: AcrossRules | undefined;
}

export type ColumnJudge = (value: unknown) => readonly Violation[];

export interface AcrossRules {
  /** The columns that it looks at; undefined if it looks at all. */
  readonly columns: readonly string[] | undefined;
  /** Does it tell, too, which members may not lack and which may not be there? */
  readonly whole: boolean;
  readonly judge: Judge;
}

/**
 * The rules that a contract's schema states.
 *
 * @throws UserError if the schema is not valid, or refers to another document.
 */
export async function schemaRules(contract: Contract): Promise<SchemaRules> {
  await refuseInvalid(contract);
  return compiledRules(contract);
}

/** The same of a contract whose schema is known to be valid. */
export function compiledRules(contract: Contract): SchemaRules {
  const { schema, draft } = contract;
  const evaluator = evaluatorOf(contract);
  const judgeBy =
    (evaluation: Evaluation): Judge =>
    (row) =>
      ended(() => evaluation.holds(row), contract)
        ? NONE
        : violationsOf(
            ended(() => evaluation.judge(row), contract),
            row,
            schema,
          );
  // What is not evaluated by others, and in draft-07 what stands beside `$ref`, is known of the whole only.
  const whole = 'unevaluatedProperties' in schema || (draft === 'draft-07' && '$ref' in schema);
  const left = [...OF_COLUMNS, ...([schema.type].flat().includes('object') ? ['type'] : [])];
  const across = evaluator.without(whole ? [] : left);
  const rest = Object.fromEntries(Object.entries(schema).filter(([keyword]) => !left.includes(keyword)));
  return {
    row: judgeBy(evaluator.whole),
    column: (name) => {
      const keys = whole ? [] : columnKeys(name, schema);
      if (keys.length === 0) return () => NONE;
      const evaluation = evaluator.member(name, keys);
      return (value) =>
        ended(() => evaluation.holds(value), contract)
          ? NONE
          : violationsOf(
              ended(() => evaluation.judge(value), contract),
              { [name]: value },
              schema,
            );
    },
    across: across && {
      whole,
      columns: whole ? undefined : namedColumns(rest, schema),
      judge: judgeBy(across),
    },
  };
}

const NONE: readonly Violation[] = [];
/** Keywords of a row's schema that are judged column by column, or by headers. */
const OF_COLUMNS = ['properties', 'patternProperties', 'additionalProperties', 'required'];

/**
 * Whether rows keep the schema of a rule across columns, which may refer to the contract's definitions and its own.
 *
 * @param path where the rule's schema is in the contract.
 * @throws UserError if it is not valid.
 */
export async function rowTest(
  contract: Contract,
  schema: DocumentMap,
  path: readonly string[],
): Promise<(row: Row) => boolean> {
  const part = {
    ...contract,
    schema: { ...schema, ...definitionsOf(contract.schema, schema) } as Contract['schema'],
    place: (inner: readonly string[]) => contract.place([...path, ...inner]),
  };
  await refuseInvalid(part);
  const { holds } = evaluatorOf(part).whole;
  return (row) => ended(() => holds(row), contract);
}

async function refuseInvalid(contract: Contract): Promise<void> {
  if (isValidSchema(contract.schema, contract.draft)) return;
  // Only ajv tells what is wrong; it is loaded only if something is.
  const { schemaProblems } = await import('./schema-problems.ts');
  const problems = schemaProblems(contract);
  if (problems.length > 0) throw new UserError(problems);
}

function evaluatorOf(contract: Contract): Evaluator {
  const { schema, draft } = contract;
  try {
    return new Evaluator(schema, draft, (uri) => documentOf(uri, draft));
  } catch (error) {
    throw new UserError(compileProblem(contract, error));
  }
}

function definitionsOf(root: DocumentMap, own: DocumentMap): DocumentMap {
  const both = ['$defs', 'definitions'].filter((name) => isMap(root[name]));
  return Object.fromEntries(
    both.map((name) => [name, { ...(root[name] as DocumentMap), ...(isMap(own[name]) ? own[name] : {}) }]),
  );
}

function ended<T>(judge: () => T, contract: Contract): T {
  try {
    return judge();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError({
      what: 'a $ref refers to its own schema without end',
      where: contract.where,
      fix: 'refer to the schema itself only inside `properties` or `items`',
    });
  }
}

function compileProblem(contract: Contract, error: unknown): Problem {
  const missing = (error as { missingRef?: unknown } | null)?.missingRef;
  if (typeof missing !== 'string') {
    return { what: `is not a schema that can be used: ${messageOf(error)}`, where: contract.where };
  }
  const remote = !missing.startsWith('#');
  return {
    what: `$ref ${JSON.stringify(missing)} ${remote ? 'is of another document, and remote references are refused' : 'leads nowhere'}`,
    where: contract.where,
    fix: 'copy the definition into `$defs` and refer to it as #/$defs/NAME',
  };
}

function violationsOf(errors: readonly BrokenKeywords[], row: Row, schema: DocumentMap): Violation[] {
  // A wrong type tells more than the rules that fail with it.
  const mistyped = new Set(
    errors.filter(({ keyword }) => keyword === 'type').map(({ instancePath }) => instancePath),
  );
  const violations = new Map<string, Violation>();
  for (const error of errors) {
    if (error.keyword !== 'type' && mistyped.has(error.instancePath) && error.instancePath !== '') continue;
    const violation = keyworded(violationOf(error, row), error.schemaPath, schema);
    const { rule, column = '', detail = '', keyword = '' } = violation;
    violations.set([rule, column, detail, keyword].join('\n'), violation);
  }
  return [...violations.values()];
}

function violationOf(error: BrokenKeywords, row: Row): Violation {
  const path = keysOf(error.instancePath);
  const [column] = path;
  const { params } = error;
  if (column === undefined) {
    if (error.keyword === 'required')
      return { rule: 'column.missing', column: String(params.missingProperty) };
    const unknown: unknown = params.additionalProperty ?? params.unevaluatedProperty;
    if (unknown !== undefined) return { rule: 'column.unknown', column: String(unknown) };
    return { rule: 'row.rule', detail: error.schemaPath };
  }
  const value = row[column];
  const own = path.length === 1 ? RULE_OF[error.keyword] : undefined;
  if (own === undefined) return { rule: 'column.rule', column, detail: error.schemaPath, value };
  const rule = own === 'column.type' && value === null ? 'column.nulls' : own;
  return keysOf(error.schemaPath).length === 3 && error.schemaPath.startsWith('#/properties/')
    ? { rule, column, value }
    : { rule, column, detail: error.schemaPath, value };
}

/** Names the column's keyword that is broken, if they are graded one by one; parts of one keyword are it then. */
function keyworded(violation: Violation, schemaPath: string, schema: DocumentMap): Violation {
  const { rule, column, value } = violation;
  const properties = isMap(schema.properties) ? schema.properties : {};
  if (column === undefined || !rule.startsWith('column.') || !Object.hasOwn(properties, column))
    return violation;
  const property = properties[column];
  if (!isMap(property) || !byKeyword(schema, property) || !('value' in violation)) return violation;
  const [root, name, keyword] = keysOf(schemaPath);
  const own = root === 'properties' && name === column ? keyword : undefined;
  const found = own ?? ['$ref', '$dynamicRef'].find((reference) => reference in property);
  if (found === undefined) return violation;
  if (!COMPOSED.some((one) => one === found)) return { ...violation, keyword: found };
  const detail = `#/properties/${column.replaceAll('~', '~0').replaceAll('/', '~1')}/${found}`;
  return { rule: 'column.rule', column, detail, keyword: found, value };
}

/** The keys of a JSON pointer. */
function keysOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}
