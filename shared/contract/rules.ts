import { isMap } from '../schema/map.ts';
import type { Check } from '../verdict/verdict.ts';
import type { Contract } from './contract.ts';
import { graded } from './grade.ts';
import { type LongNumbers, spelledLimits } from './long-numbers.ts';
import type { Tallies, Tally } from './tally.ts';
import { gradeOf, needsRows } from './terms.ts';
import {
  brokenText,
  expectedOf,
  fixText,
  keptText,
  onlyKeyword,
  placed,
  statedKeywords,
  statedRules,
} from './texts.ts';
import { byKeyword, isComposed, unknownKeywords, untypedLimit } from './vocabulary.ts';

export interface RuleContext {
  readonly tallies: Tallies;
  /** Columns that the data have; rules of others cannot be judged. */
  readonly columns: ReadonlySet<string>;
  /** Columns with a value that is not null. */
  readonly valued: ReadonlySet<string>;
  readonly samples: 'hide' | 'show';
  /** All rows that were judged, of which tolerances are shares; without it a share tolerates nothing. */
  readonly rows?: number;
}

/** A check for each rule of each column that there is, and for each rule that rows broke. */
export function ruleChecks(
  { schema, table, longNumbers }: Contract,
  { tallies, columns, valued, samples, rows = 0 }: RuleContext,
): Check[] {
  const properties = isMap(schema.properties) ? schema.properties : {};
  const stated = (property: unknown): readonly Stated[] =>
    byKeyword(schema, property) ? statedKeywords(property) : statedRules(property).map((rule) => ({ rule }));
  const kept = Object.entries(properties)
    .filter(([column]) => columns.has(column))
    .flatMap(([column, property]) => {
      const sound = stated(property).filter(
        ({ rule, keyword }) => !tallies.of(rule, column).some((tally) => tally.keyword === keyword),
      );
      return sound.map(({ rule, keyword }) => {
        const part = keyword === undefined ? property : onlyKeyword(property, rule, keyword);
        return valued.has(column) || OF_NULLS.includes(rule)
          ? keptCheck(rule, column, part, longNumbers)
          : unjudgedCheck(rule, column, part);
      });
    });
  const propertyOf = ({ rule, column, keyword }: Tally) => {
    const whole = column !== undefined && Object.hasOwn(properties, column) ? properties[column] : undefined;
    return keyword === undefined ? whole : onlyKeyword(whole, rule, keyword);
  };
  const broken = tallies.all().map((tally) => {
    const grade = gradeOf(table, tally.column, tally.keyword);
    return graded(brokenCheck(tally, propertyOf(tally), samples, longNumbers), grade, tally.count, rows);
  });
  const acrossKept = columns.size > 0 && isComposed(schema) && tallies.of('row.rule').length === 0;
  return [...kept, ...broken, ...(acrossKept ? [keptCheck('row.rule', undefined, undefined)] : [])];
}

interface Stated {
  readonly rule: string;
  readonly keyword?: string;
}

/** Rules that a null keeps or breaks like any other value. */
const OF_NULLS: readonly string[] = ['column.type', 'column.nulls', 'column.rule'];

function unjudgedCheck(rule: string, column: string, property: unknown): Check {
  return {
    ...keptCheck(rule, column, property),
    status: 'warn',
    message: `${column} has only nulls, so no value was judged`,
    fix: 'fill the column',
  };
}

function keptCheck(
  rule: string,
  column: string | undefined,
  property: unknown,
  long: LongNumbers = new Map(),
): Check {
  const expected = expectedOf(rule, property);
  return {
    id: rule,
    ...(column === undefined ? {} : { target: { column } }),
    status: 'pass',
    observed: 0,
    ...(expected === undefined ? {} : { expected }),
    message: keptText(rule, column, spelledLimits(property, long)),
  };
}

function brokenCheck(tally: Tally, property: unknown, samples: 'hide' | 'show', long: LongNumbers): Check {
  const spelled = spelledLimits(property, long);
  const { rule, column, detail, count, locations } = tally;
  const expected = expectedOf(rule, property) ?? (detail === undefined ? undefined : { rule: detail });
  return {
    id: rule,
    ...(column === undefined ? {} : { target: { column } }),
    status: 'fail',
    observed: count,
    ...(expected === undefined ? {} : { expected }),
    message: brokenText(tally, spelled),
    ...placed(locations, count),
    fix: fixText(tally, spelled, samples),
  };
}

/** Warnings about keywords that JSON Schema ignores, and about limits that let texts pass. */
export function keywordChecks(contract: Contract): Check[] {
  const ofRules = contract.table.rules.flatMap((rule, index) => {
    const path = ['x-ml-loop', 'rules', String(index)];
    return [
      ...unknownKeywords(rule.kind === 'schema' ? rule.schema : undefined, [...path, 'schema']),
      ...unknownKeywords(rule.when, [...path, 'when']),
    ];
  });
  const ignored = [...unknownKeywords(contract.schema), ...ofRules].map(
    ({ path, nearest, format }): Check => {
      const keyword = path.at(-1) ?? '';
      const own = keyword === 'x-ml-loop';
      const why = own
        ? `${keyword} is read beside \`properties\` and in them`
        : `JSON Schema has no ${format === undefined ? `keyword ${keyword}` : `format ${JSON.stringify(format)}`}`;
      const message = `${contract.place(path)}: ${why}, so ${path.join('.')} checks nothing`;
      const remove = own
        ? 'move it into `properties` of the contract itself'
        : format === undefined
          ? 'remove it, or begin its name with x-'
          : 'remove it, or write it as a pattern';
      const fix = own || nearest === undefined ? remove : `did you mean ${nearest}?`;
      return { id: 'contract.keyword', status: 'warn', message, fix };
    },
  );
  const { properties } = contract.schema;
  const untyped = Object.entries(isMap(properties) ? properties : {}).flatMap(([column, property]) => {
    const keyword = untypedLimit(property);
    if (keyword === undefined) return [];
    const path = ['properties', column, keyword];
    const message = `${contract.place(path)}: ${keyword} judges numbers only, and ${column} may be a text such as NaN`;
    const fix = `properties.${column}.type: number`;
    return [{ id: 'contract.keyword', target: { column }, status: 'warn', message, fix } as const];
  });
  return [...ignored, ...untyped];
}

/** Inconclusive if the contract has rules for no column that there is, nor for the table. */
export function coverageChecks({ schema, table }: Contract, columns: ReadonlySet<string>): Check[] {
  const { properties, patternProperties, additionalProperties = true, required } = schema;
  const hasNamed = isMap(properties) && Object.keys(properties).some((name) => columns.has(name));
  const others = [
    patternProperties,
    additionalProperties === true ? undefined : additionalProperties,
    required,
  ];
  const hasTable = table.key.length > 0 || Object.keys(table.rows).length > 0 || needsRows(table);
  if (columns.size === 0 || hasNamed || hasTable || isComposed(schema)) return [];
  if (others.some((keyword) => keyword !== undefined)) return [];
  return [
    {
      id: 'contract.rules',
      status: 'inconclusive',
      message: 'the contract has no rule for any column of the data, so it judged nothing',
      fix: 'name the columns under `properties` as the header spells them',
    },
  ];
}
