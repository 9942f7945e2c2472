import type { Check } from '../verdict/verdict.ts';
import { type Contract, isObject } from './contract.ts';
import type { Tallies, Tally } from './tally.ts';
import { brokenText, expectedOf, keptText, mendText, placed, statedRules } from './texts.ts';
import { isComposed, unknownKeywords } from './vocabulary.ts';

export interface RuleContext {
  readonly tallies: Tallies;
  /** Columns that the data have; rules of others cannot be judged. */
  readonly columns: ReadonlySet<string>;
  readonly samples: 'hide' | 'show';
}

/** A check for each rule of each column that there is, and for each rule that rows broke. */
export function ruleChecks({ schema }: Contract, { tallies, columns, samples }: RuleContext): Check[] {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const kept = Object.entries(properties)
    .filter(([column]) => columns.has(column))
    .flatMap(([column, property]) => {
      const rules = statedRules(property).filter((rule) => tallies.of(rule, column).length === 0);
      return rules.map((rule) => keptCheck(rule, column, property));
    });
  const broken = tallies.all().map((tally) => {
    return brokenCheck(tally, tally.column === undefined ? undefined : properties[tally.column], samples);
  });
  const acrossKept = columns.size > 0 && isComposed(schema) && tallies.of('row.rule').length === 0;
  return [...kept, ...broken, ...(acrossKept ? [keptCheck('row.rule', undefined, undefined)] : [])];
}

function keptCheck(rule: string, column: string | undefined, property: unknown): Check {
  const expected = expectedOf(rule, property);
  return {
    id: rule,
    ...(column === undefined ? {} : { target: { column } }),
    status: 'pass',
    observed: 0,
    ...(expected === undefined ? {} : { expected }),
    message: keptText(rule, column, property),
  };
}

function brokenCheck(tally: Tally, property: unknown, samples: 'hide' | 'show'): Check {
  const { rule, column, detail, count, locations } = tally;
  const expected = expectedOf(rule, property) ?? (detail === undefined ? undefined : { rule: detail });
  return {
    id: rule,
    ...(column === undefined ? {} : { target: { column } }),
    status: 'fail',
    observed: count,
    ...(expected === undefined ? {} : { expected }),
    message: brokenText(tally, property),
    ...placed(locations, count),
    mend: mendText(tally, property, samples),
  };
}

/** Warnings about keywords that JSON Schema ignores. */
export function keywordChecks(contract: Contract): Check[] {
  return unknownKeywords(contract.schema).map(({ path, nearest }): Check => {
    const keyword = path.at(-1) ?? '';
    const message = `${contract.place(path)}: JSON Schema has no keyword ${keyword}, so ${path.join('.')} checks nothing`;
    const mend =
      nearest === undefined ? 'remove it, or let its name begin with x-' : `did you mean ${nearest}?`;
    return { id: 'contract.keyword', status: 'warn', message, mend };
  });
}
