import { placed } from '../contract/texts.ts';
import { grouped } from '../problem/numbers.ts';
import type { Check } from '../verdict/verdict.ts';
import { found, type IntegrityFindings, type IntegrityOptions } from './options.ts';
import type { RowFacts } from './row-facts.ts';

/** The share of rows that may be copies of another except for the key: short rows of few values are so by chance. */
const COPIES = 0.05;

/**
 * Rows beside each other: duplicates, copies under another key, conflicting labels, and rows without one.
 *
 * @param columns of the data.
 * @param numeric is the label a quantity, which scatters by nature?
 */
export function rowFindings(
  facts: RowFacts,
  columns: readonly string[],
  options: IntegrityOptions,
  numeric: boolean,
): IntegrityFindings {
  const { key = [], ignored = [], label, timestamp } = options;
  const left = new Set([...key, ...ignored, label, timestamp]);
  const { unlabelled, compared } = facts;
  const copies = columns.every((name) => key.includes(name)) ? undefined : facts.copies;
  const conflicts = columns.every((name) => left.has(name)) ? undefined : facts.conflicts;
  return {
    checks: [
      duplicated(facts, options),
      ...(copies === undefined ? [] : [copied(copies, compared, options)]),
      ...(conflicts === undefined ? [] : [conflicting(conflicts, compared, options, numeric)]),
      ...(unlabelled === undefined ? [] : [missing(unlabelled, options)]),
    ],
    measures: {
      duplicates: facts.duplicates.count,
      ...(copies === undefined ? {} : { copies: copies.count }),
      ...(facts.conflicts === undefined ? {} : { conflicts: facts.conflicts.count }),
    },
  };
}

function duplicated({ duplicates, compared }: RowFacts, options: IntegrityOptions): Check {
  const { count, locations } = duplicates;
  const base = { id: 'integrity.duplicates', observed: count, expected: 0 } as const;
  if (count === 0) return { ...base, ...unrepeated(compared, 'no row is in the data twice') };
  return {
    ...base,
    status: found(options, 'duplicates'),
    message: `${rowsOf(count)} ${count === 1 ? 'repeats' : 'repeat'} an earlier row in all columns${beyond(compared)}`,
    ...placed(locations, count),
    fix: 'drop the repeated rows: they count twice in training, and a test set that shares them with the training data is not a test',
  };
}

function copied(
  { count, rows, locations }: NonNullable<RowFacts['copies']>,
  compared: number | undefined,
  options: IntegrityOptions,
): Check {
  const key = (options.key ?? []).join(', ');
  const base = { id: 'integrity.copies', observed: count, expected: { share: COPIES } } as const;
  if (count === 0) return { ...base, ...unrepeated(compared, `no two rows differ only in ${key}`) };
  const many = count > COPIES * rows;
  return {
    ...base,
    status: found(options, 'copies', many ? 'warn' : compared === undefined ? 'pass' : 'inconclusive'),
    message: `${rowsOf(count)} of ${grouped(rows)} ${count === 1 ? 'differs' : 'differ'} from an earlier row only in ${key}${beyond(compared)}`,
    ...placed(locations, count),
    fix: 'check whether the same case was recorded under several keys, and drop its copies',
  };
}

function conflicting(
  { count, labelled, locations }: NonNullable<RowFacts['conflicts']>,
  compared: number | undefined,
  options: IntegrityOptions,
  numeric: boolean,
): Check {
  const { label = '' } = options;
  const base = {
    id: 'integrity.conflicts',
    target: { column: label },
    observed: count,
    expected: 0,
  } as const;
  if (count === 0)
    return { ...base, ...unrepeated(compared, `no two rows have the same features and another ${label}`) };
  const scatter = numeric ? '; a quantity scatters, so this is not a fault by itself' : '';
  const otherwise = !numeric ? 'warn' : compared === undefined ? 'pass' : 'inconclusive';
  return {
    ...base,
    status: found(options, 'conflicts', otherwise),
    message: `${rowsOf(count)} of ${grouped(labelled)} ${count === 1 ? 'has' : 'have'} the features of an earlier row and another ${label}${beyond(compared)}${scatter}`,
    ...placed(locations, locations.length < count ? count : locations.length),
    fix: 'find out which label is right; if both are right, add a feature that tells these rows apart',
  };
}

function missing(
  { count, locations }: NonNullable<RowFacts['unlabelled']>,
  options: IntegrityOptions,
): Check {
  const { label = '' } = options;
  const base = {
    id: 'integrity.label-missing',
    target: { column: label },
    observed: count,
    expected: 0,
  } as const;
  if (count === 0) return { ...base, status: 'pass', message: `every row has a ${label}` };
  return {
    ...base,
    status: found(options, 'label-missing'),
    message: `${rowsOf(count)} ${count === 1 ? 'has' : 'have'} no ${label}`,
    ...placed(locations, count),
    fix: 'label them, or leave them out of training and evaluation',
  };
}

/** Nothing was found, which says nothing of rows for which there was no room. */
function unrepeated(
  compared: number | undefined,
  message: string,
): Pick<Check, 'status' | 'message' | 'fix'> {
  if (compared === undefined) return { status: 'pass', message };
  return {
    status: 'inconclusive',
    message: `${message} among the first ${grouped(compared)} rows; there was no room for more`,
    fix: 'look for repeated rows where the data are made, or check the files in parts',
  };
}

function beyond(compared: number | undefined): string {
  return compared === undefined
    ? ''
    : ` (at least: only the first ${grouped(compared)} rows could be compared)`;
}

function rowsOf(count: number): string {
  return `${grouped(count)} ${count === 1 ? 'row' : 'rows'}`;
}
