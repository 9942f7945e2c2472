import { grouped } from '../problem/numbers.ts';
import { COMMON_COUNT, type ColumnProfile, GROUP_ROWS } from '../profile/profile.ts';
import type { Check } from '../verdict/verdict.ts';
import { extremeCheck } from './extremes.ts';
import { figureOf, undefinedOf } from './figures.ts';
import { fixOf } from './fix.ts';
import { type Amount, amountText, graded } from './grade.ts';
import { type ColumnNeeds, valueKey } from './needs.ts';
import { sameText } from './row.ts';
import type { TableFacts } from './row-term.ts';
import { type ColumnStatistic, gradeOf, type MostCommon, type TableRules } from './terms.ts';
import { propertyPath } from './texts.ts';

type Needs = ReadonlyMap<string, ColumnNeeds>;

/** A check for each statistic and set that the contract asks of columns that the data have. */
export function statisticChecks(
  table: TableRules,
  needs: Needs,
  { profile, rows }: TableFacts,
  samples: 'hide' | 'show',
): Check[] {
  return [...table.columns].flatMap(([column, terms]) => {
    const found = profile?.columns.find(({ name }) => name === column);
    const { statistics, contains, mostCommon } = terms;
    if (statistics.length + contains.length + mostCommon.values.length === 0) return [];
    if (profile === undefined) throw new TypeError('statistics are judged by a profile');
    if (found === undefined) return [];
    const own = needs.get(column);
    const hidden = samples === 'hide';
    const grade = (check: Check, keyword: string): Check => {
      // A column's tolerance is of rows, of which a statistic has none: only its own keyword's counts.
      const { severity, tolerance } = gradeOf(table, column, keyword);
      const own = terms.keywords.has(keyword);
      return graded(check, { severity, tolerance }, own ? 1 : undefined, rows);
    };
    const sketch = (found.errors?.rank ?? 0) > 0;
    return [
      ...statistics.map((statistic) =>
        grade(
          statistic.times === undefined
            ? statisticCheck(statistic, found, { own, rows, hidden, sketch })
            : extremeCheck(statistic, statistic.times, found, hidden),
          statistic.name,
        ),
      ),
      ...(contains.length > 0 ? [grade(containsCheck(found, contains, own), 'contains')] : []),
      ...(mostCommon.values.length > 0
        ? [grade(mostCommonCheck(found, mostCommon, hidden), 'most-common')]
        : []),
    ];
  });
}

interface Context {
  readonly own: ColumnNeeds | undefined;
  readonly rows: number;
  readonly hidden: boolean;
  readonly sketch: boolean;
}

const WORDS: Readonly<Record<ColumnStatistic['name'], string>> = {
  nulls: 'number of nulls',
  distinct: 'number of different values',
  'distinct-share': 'share of different values',
  mean: 'mean',
  median: 'median',
  sd: 'standard deviation',
  sum: 'sum',
  'min-value': 'smallest value',
  'max-value': 'largest value',
  quantiles: 'quantile',
};

/** Of a figure no single row is wrong. */
const FIND_OUT = 'find out why the data changed, and correct them';

function statisticCheck(statistic: ColumnStatistic, column: ColumnProfile, context: Context): Check {
  const { name, probability, min, max } = statistic;
  const metric = probability === undefined ? name : `${name}.${probability}`;
  const what =
    probability === undefined
      ? `the ${WORDS[name]} of ${column.name}`
      : `the ${probability} quantile of ${column.name}`;
  const expected = {
    ...(min === undefined ? {} : { min: limitOf(min) }),
    ...(max === undefined ? {} : { max: limitOf(max) }),
  };
  const base = { id: 'column.statistic', target: { column: column.name, metric }, expected };
  const { value, note } = figureOf(statistic, column, context.own, context.sketch);
  if (value === undefined || !Number.isFinite(value)) {
    const message = `${what} is undefined: ${undefinedOf(column)}`;
    return { ...base, status: 'inconclusive', message, fix: 'fill the column with numbers' };
  }
  const told = context.hidden && isPrivate(statistic, column) ? undefined : value;
  const bounds = [
    ...(min === undefined ? [] : [`at least ${amountText(min)}`]),
    ...(max === undefined ? [] : [`at most ${amountText(max)}`]),
  ].join(' and ');
  const scaled = (limit: Amount): number =>
    limit.share && name === 'nulls' ? limit.value * context.rows : limit.value;
  const [least, most] = name.startsWith('distinct') ? rangeOf(value, column) : [value, value];
  const low = min !== undefined && most < scaled(min);
  const high = max !== undefined && least > scaled(max);
  const open = (min !== undefined && least < scaled(min)) || (max !== undefined && most > scaled(max));
  const shown = told === undefined ? 'is' : `is ${shownOf(told)}${note},`;
  const observed = told === undefined ? {} : { observed: told };
  if (open && !low && !high) {
    const found =
      column.errors?.distinct === undefined
        ? 'at least; more could not be told apart'
        : `give or take ${percent(SURE * column.errors.distinct, 'max')}`;
    const message = `${what} ${shown} ${found}, so it is unknown whether it is ${bounds}`;
    return {
      ...base,
      status: 'inconclusive',
      ...observed,
      message,
      fix: `remove ${pathOf(column, metric)}`,
    };
  }
  if (!low && !high) return { ...base, status: 'pass', ...observed, message: `${what} ${shown} ${bounds}` };
  const [side, limit] = low ? (['min', min] as const) : (['max', max] as const);
  const at = `${pathOf(column, metric)}.${side}`;
  const change =
    told === undefined
      ? `widen ${at} (${limit === undefined ? '' : amountText(limit)})`
      : `${at}: ${limit?.share === true ? percent(name === 'nulls' ? told / context.rows : told, side) : told}`;
  const fix = fixOf(FIND_OUT, change);
  return { ...base, status: 'fail', ...observed, message: `${what} ${shown} not ${bounds}`, fix };
}

/** Standard errors of an estimate within which the truth surely is: beyond them in one of 16,000. */
const SURE = 4;

/** Between what a number, or a share, of different values surely is. */
function rangeOf(
  value: number,
  { distinct, distinctExact, errors, count }: ColumnProfile,
): readonly [number, number] {
  if (distinctExact) return [value, value];
  const all = (value / distinct) * count;
  if (errors?.distinct === undefined) return [value, all];
  const error = SURE * errors.distinct;
  return [value / (1 + error), Math.min(all, value / (1 - error))];
}

/** Would the figure tell the value of a few rows? As of profiles that are written. */
function isPrivate({ name, probability }: ColumnStatistic, { count }: ColumnProfile): boolean {
  if (name === 'min-value' || name === 'max-value') return true;
  if (name === 'median' || name === 'quantiles') {
    const p = name === 'median' ? 0.5 : Number(probability);
    return Math.min(p, 1 - p) * count < GROUP_ROWS;
  }
  return ['mean', 'sd', 'sum'].includes(name) && count < GROUP_ROWS;
}

function containsCheck(
  { name: column }: ColumnProfile,
  contains: readonly unknown[],
  own: ColumnNeeds | undefined,
): Check {
  const expected = { contains: contains as readonly (string | number | boolean | null)[] };
  const base = { id: 'column.values', target: { column, metric: 'contains' }, expected };
  const found = contains.filter((value) => own?.missing.has(valueKey(value)) !== true);
  const lacks = contains.length - found.length;
  if (lacks === 0)
    return { ...base, status: 'pass', observed: 0, message: `${column} has each value that it must contain` };
  const names = [...(own?.missing.values() ?? [])].slice(0, 5).map((value) => JSON.stringify(value));
  const more = lacks > names.length ? ` and ${grouped(lacks - names.length)} more` : '';
  const message = `${column} has no row with ${names.join(', ')}${more}, which it must contain`;
  const at = `${propertyPath(column)}.x-ml-loop.contains`;
  const change = found.length === 0 ? `remove ${at}` : `${at}: ${JSON.stringify(found)}`;
  const fix = fixOf('add rows with these values', change);
  return { ...base, status: 'fail', observed: lacks, message, fix };
}

function mostCommonCheck(
  column: ColumnProfile,
  { values: allowed, ties }: MostCommon,
  hidden: boolean,
): Check {
  const listed = allowed as readonly (string | number | boolean | null)[];
  const expected = { 'most-common': ties ? listed : { values: listed, ties } };
  const base = { id: 'column.values', target: { column: column.name, metric: 'most-common' }, expected };
  const [first] = column.top;
  if (first === undefined) {
    const message = `${column.name} has only nulls, so no value is the most common`;
    return { ...base, status: 'inconclusive', message, fix: 'fill the column' };
  }
  const names = new Set(allowed.map(sameText));
  const common = mostCommonOf(column, first.count);
  const rows = `${grouped(first.count)} ${first.count === 1 ? 'row' : 'rows'}`;
  if (common.some((value) => names.has(value)) && (ties || common.length === 1)) {
    const message = `the most common value of ${column.name} is an allowed one (${rows})`;
    return { ...base, status: 'pass', message };
  }
  const at = `${propertyPath(column.name)}.x-ml-loop.most-common`;
  if (!ties && common.length > 1) {
    const message = `${common.length} values of ${column.name} are equally common (${rows} each), and one alone must be`;
    return { ...base, status: 'fail', message, fix: fixOf(FIND_OUT, `${at}.ties: true`) };
  }
  const shown = !hidden || first.count >= COMMON_COUNT;
  return {
    ...base,
    status: 'fail',
    ...(shown ? { observed: first.value } : {}),
    message: `the most common value of ${column.name} (${rows}) is none of the ${allowed.length} allowed`,
    fix: fixOf(
      FIND_OUT,
      shown
        ? `${at}: ${JSON.stringify([...allowed, first.value])}`
        : `add the value that samples: show tells to ${at}`,
    ),
  };
}

/** All values that occur in so many rows, as texts. */
function mostCommonOf({ type, top, cells, mean }: ColumnProfile, count: number): readonly string[] {
  const found = top.filter((one) => one.count === count).map(({ value }) => String(value));
  if (cells.kind === 'categories')
    found.push(...cells.categories.filter((_, index) => cells.counts[index] === count));
  // Of times and booleans they are milliseconds, 0 and 1, not what the cells hold.
  if (cells.kind === 'values' && mean !== undefined && type !== 'boolean')
    found.push(...cells.values.filter((_, index) => cells.counts[2 * index + 1] === count).map(String));
  return [...new Set(found)];
}

function pathOf({ name }: ColumnProfile, metric: string): string {
  return `${propertyPath(name)}.x-ml-loop.${metric.replace(/^quantiles\.(.*)$/, 'quantiles["$1"]')}`;
}

function limitOf(amount: Amount): number | string {
  return amount.share ? amountText(amount) : amount.value;
}

function shownOf(value: number): string {
  return Number.isInteger(value) ? grouped(value) : String(Number(value.toPrecision(6)));
}

/** Rounded outward to a hundredth of a per cent. */
function percent(share: number, side: 'min' | 'max'): string {
  const hundredths = share * 10_000;
  const near = Math.round(hundredths);
  const exact = Math.abs(hundredths - near) < 1e-9 ? near : undefined;
  return `${(exact ?? (side === 'min' ? Math.floor(hundredths) : Math.ceil(hundredths))) / 100}%`;
}
