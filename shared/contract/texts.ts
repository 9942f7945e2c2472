import { grouped } from '../problem/numbers.ts';
import { type DocumentMap, isMap } from '../schema/map.ts';
import type { Check, Json, Location } from '../verdict/verdict.ts';
import { fixOf } from './fix.ts';
import { MAX_LISTED_VALUES, type Tally } from './tally.ts';
import { COMPOSED } from './vocabulary.ts';

/** The keywords that a rule stands for. */
const KEYWORDS: Readonly<Record<string, readonly string[]>> = {
  'column.type': ['type'],
  'column.nulls': ['type'],
  'column.range': ['minimum', 'exclusiveMinimum', 'maximum', 'exclusiveMaximum'],
  'column.multiple': ['multipleOf'],
  'column.enum': ['enum', 'const'],
  'column.pattern': ['pattern'],
  'column.format': ['format', 'formatMinimum', 'formatMaximum'],
  'column.length': ['minLength', 'maxLength'],
};

/** The keywords that a rule stands for, as the contract has them for the column. */
export function expectedOf(rule: string, schema: unknown): Json | undefined {
  if (!isMap(schema)) return undefined;
  const found = (KEYWORDS[rule] ?? []).filter((keyword) => keyword in schema);
  if (found.length === 0) return undefined;
  return Object.fromEntries(found.map((keyword) => [keyword, schema[keyword] as Json]));
}

const BOUNDS: Readonly<Record<string, string>> = {
  minimum: 'at least',
  exclusiveMinimum: 'above',
  maximum: 'at most',
  exclusiveMaximum: 'below',
  formatMinimum: 'from',
  formatMaximum: 'to',
  minLength: 'at least',
  maxLength: 'at most',
};

/** What the rule asks of the column's values, after "are" or "are not". */
function predicate(rule: string, schema: DocumentMap): string {
  const bounds = (KEYWORDS[rule] ?? [])
    .filter((keyword) => keyword in schema && keyword in BOUNDS)
    .map((keyword) => `${BOUNDS[keyword]} ${String(schema[keyword])}`)
    .join(' and ');
  const types = [schema.type].flat().filter((type) => type !== 'null');
  switch (rule) {
    case 'column.type':
      return `of type ${types.join(' or ')}`;
    case 'column.range':
      return bounds;
    case 'column.length':
      return `${bounds} characters long`;
    case 'column.enum':
      return Array.isArray(schema.enum) ? `among the ${schema.enum.length} allowed` : 'the one allowed';
    case 'column.pattern':
      return 'of the pattern';
    case 'column.format':
      return bounds === ''
        ? `of the format ${String(schema.format)}`
        : `of the format ${String(schema.format)}, ${bounds}`;
    case 'column.multiple':
      return `multiples of ${String(schema.multipleOf)}`;
    default:
      return 'as the contract says';
  }
}

/** The message of a broken rule; it holds no value of the data. */
export function brokenText({ rule, column, detail, count }: Tally, schema: unknown): string {
  const of = isMap(schema) ? schema : {};
  const values = `${grouped(count)} ${count === 1 ? 'value' : 'values'} of ${column}`;
  const verb = count === 1 ? 'is' : 'are';
  const rows = `${grouped(count)} ${count === 1 ? 'row' : 'rows'}`;
  if (rule === 'column.nulls') return `${values} ${verb} null`;
  if (rule === 'column.missing') return `${rows} ${count === 1 ? 'lacks' : 'lack'} ${column}`;
  if (rule === 'column.unknown')
    return `${rows} ${count === 1 ? 'has' : 'have'} ${column}, which the contract does not have`;
  if (rule === 'row.rule') return `${rows} ${count === 1 ? 'breaks' : 'break'} the rule at ${detail}`;
  if (detail !== undefined) return `${values} ${count === 1 ? 'breaks' : 'break'} the rule at ${detail}`;
  return `${values} ${verb} not ${predicate(rule, of)}`;
}

/** The message of a rule that holds. */
export function keptText(rule: string, column: string | undefined, schema: unknown): string {
  if (rule === 'column.nulls') return `no value of ${column} is null`;
  if (rule === 'column.missing') return `${column} is there`;
  if (rule === 'row.rule') return 'all rows follow the rules across columns';
  const of = isMap(schema) ? schema : {};
  return `all values of ${column} are ${predicate(rule, of)}`;
}

/** How to correct the data, and what would accept them; with `hide` it tells no value. */
export function fixText(tally: Tally, schema: unknown, samples: 'hide' | 'show'): string {
  return fixOf(correction(tally), changeText(tally, schema, samples));
}

function correction({ rule, column = '', count, locations: [first] }: Tally): string {
  const one = count === 1 && first?.line !== undefined;
  const at = one
    ? `${first.rowGroup === undefined ? 'on line' : 'in row'} ${first.line}`
    : 'at the places listed';
  const these = (noun: string) =>
    count === 1 ? `the ${noun} ${at}` : `the ${grouped(count)} ${noun}s ${at}`;
  if (rule === 'column.nulls') return `fill in ${these('value')}`;
  if (rule === 'column.missing') return `add ${column} to ${these('row')}`;
  if (rule === 'column.unknown') return `remove ${column} from ${these('row')}`;
  return `fix ${these(rule === 'row.rule' ? 'row' : 'value')}`;
}

/** The smallest change of the contract that would accept what was found. */
function changeText(tally: Tally, schema: unknown, samples: 'hide' | 'show'): string {
  const { rule, column = '', detail } = tally;
  const of = isMap(schema) ? schema : {};
  const path = propertyPath(column);
  if (detail !== undefined) return `loosen ${detail}`;
  switch (rule) {
    case 'column.type':
      return `${path}.type: ${JSON.stringify(widened(of.type, [...tally.types]))}`;
    case 'column.nulls':
      return [
        `${path}.type: ${JSON.stringify(widened(of.type, ['null']))}`,
        ...(Array.isArray(of.enum) && !of.enum.includes(null)
          ? [`${path}.enum: ${JSON.stringify([...of.enum, null])}`]
          : []),
      ].join(', ');
    case 'column.range':
      return rangeFix(tally, of, path, samples);
    case 'column.length':
      return Object.entries({ minLength: tally.shortest, maxLength: tally.longest })
        .filter(
          ([keyword, found]) =>
            keyword in of &&
            (keyword === 'minLength' ? found < Number(of[keyword]) : found > Number(of[keyword])),
        )
        .map(([keyword, found]) => `${path}.${keyword}: ${found}`)
        .join(', ');
    case 'column.enum':
      return enumFix(tally, of, path, samples);
    case 'column.missing':
      return `take ${column} out of \`required\``;
    case 'column.unknown':
      return `add ${column} to \`properties\``;
    default:
      return `loosen or remove ${path}.${rule.slice('column.'.length).replace('multiple', 'multipleOf')}`;
  }
}

/** Where a column's schema is, as fixes name it. */
export function propertyPath(column: string): string {
  return `properties.${/^[\w-]+$/.test(column) ? column : JSON.stringify(column)}`;
}

function widened(type: unknown, found: readonly string[]): unknown {
  const types = new Set([type ?? []].flat().map(String));
  for (const name of found) types.add(name);
  if (types.has('number')) types.delete('integer');
  const list = [...types];
  return list.length === 1 ? list[0] : list;
}

function rangeFix(tally: Tally, of: DocumentMap, path: string, samples: 'hide' | 'show'): string {
  const low = ['minimum', 'exclusiveMinimum'].filter(
    (keyword) => keyword in of && tally.min <= Number(of[keyword]),
  );
  const high = ['maximum', 'exclusiveMaximum'].filter(
    (keyword) => keyword in of && tally.max >= Number(of[keyword]),
  );
  const change = (keyword: string, found: number): string => {
    if (samples === 'hide') return `widen ${path}.${keyword} (${String(of[keyword])})`;
    return keyword.startsWith('exclusive')
      ? `${path}.${keyword === 'exclusiveMinimum' ? 'minimum' : 'maximum'}: ${found} in place of ${keyword}`
      : `${path}.${keyword}: ${found}`;
  };
  return [
    ...low
      .filter((keyword) => keyword !== 'minimum' || tally.min < Number(of[keyword]))
      .map((keyword) => change(keyword, tally.min)),
    ...high
      .filter((keyword) => keyword !== 'maximum' || tally.max > Number(of[keyword]))
      .map((keyword) => change(keyword, tally.max)),
  ].join(', ');
}

function enumFix(tally: Tally, of: DocumentMap, path: string, samples: 'hide' | 'show'): string {
  const keyword = 'enum' in of ? 'enum' : 'const';
  if (tally.values.size > MAX_LISTED_VALUES) {
    return `remove ${path}.${keyword}: more than ${MAX_LISTED_VALUES} different values are not among it`;
  }
  const count = `${tally.values.size} ${tally.values.size === 1 ? 'value' : 'values'}`;
  if (samples === 'hide') return `add the ${count} to ${path}.${keyword} that samples: show tells`;
  const known = keyword === 'enum' ? (of.enum as unknown[]) : [of.const];
  const place = keyword === 'enum' ? '' : ' in place of const';
  return `${path}.enum: ${JSON.stringify([...known, ...tally.values])}${place}`;
}

/** The rules that a column's schema states, in the order in which they are shown. */
export function statedRules(schema: unknown): string[] {
  if (schema === false) return ['column.rule'];
  if (!isMap(schema)) return [];
  const rules = Object.entries(KEYWORDS)
    .filter(([, keywords]) => keywords.some((keyword) => keyword in schema))
    .map(([rule]) => rule)
    .filter((rule) => rule !== 'column.nulls' || ![schema.type].flat().includes('null'))
    .filter((rule) => rule !== 'column.type' || [schema.type].flat().some((type) => type !== 'null'));
  return COMPOSED.some((keyword) => keyword in schema) ? [...rules, 'column.rule'] : rules;
}

/** The rules that a column's schema states, keyword by keyword. */
export function statedKeywords(schema: unknown): { readonly rule: string; readonly keyword: string }[] {
  if (!isMap(schema)) return [];
  return statedRules(schema).flatMap((rule) => {
    const keywords = rule === 'column.rule' ? COMPOSED : (KEYWORDS[rule] ?? []);
    return keywords.filter((keyword) => keyword in schema).map((keyword) => ({ rule, keyword }));
  });
}

/** The column's schema without the keywords that stand beside one in its rule. */
export function onlyKeyword(schema: unknown, rule: string, keyword: string): unknown {
  if (!isMap(schema)) return schema;
  const others = (KEYWORDS[rule] ?? []).filter((name) => name !== keyword);
  return Object.fromEntries(Object.entries(schema).filter(([name]) => !others.includes(name)));
}

/** Locations of a check, and how many places there are in all if it does not list them all. */
export function placed(locations: readonly Location[], count: number): Pick<Check, 'locations' | 'places'> {
  return { locations, ...(count > locations.length ? { places: count } : {}) };
}
