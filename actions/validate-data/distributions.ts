import { compareProfiles } from '../../shared/compare/counts.ts';
import { type FeatureResult, featureChecks } from '../../shared/compare/features.ts';
import type { Contract } from '../../shared/contract/contract.ts';
import { propertyPath } from '../../shared/contract/texts.ts';
import { grouped } from '../../shared/problem/numbers.ts';
import type { Profile } from '../../shared/profile/profile.ts';
import type { ProfiledRows } from '../../shared/profile/profiler.ts';
import type { Check } from '../../shared/verdict/verdict.ts';

/** Chance, at most, that a run without drift warns or fails. */
const ALPHA = 0.05;
/** Columns that a message names, at most. */
const MAX_NAMED = 20;

export interface DistributionOptions {
  readonly contract: Contract | undefined;
  readonly key: readonly string[];
  readonly margin: number;
  readonly samples: 'hide' | 'show';
}

/** Compares what the reference and the data both have; keys, dates and what the contract leaves out are not features. */
export function distributionChecks(
  reference: Profile,
  current: ProfiledRows,
  options: DistributionOptions,
): FeatureResult {
  const { contract, key, margin, samples } = options;
  if (current.profile.rows === 0) return { checks: [], measures: {} };
  const left = new Map<string, string>();
  for (const { name, type } of reference.columns) {
    if (key.includes(name)) left.set(name, 'key');
    else if (contract?.table.notCompared.includes(name)) left.set(name, 'drift: false');
    else if (type === 'date' || type === 'datetime') left.set(name, 'date');
  }
  const lacking = {
    current: namesLacking(reference, current.profile),
    reference: namesLacking(current.profile, reference),
  };
  for (const name of lacking.current) left.set(name, 'the data lack it');
  for (const name of lacking.reference) left.set(name, 'the reference lacks it');
  const comparisons = compareProfiles(reference, current).filter(({ column }) => !left.has(column));
  const { checks, measures } = featureChecks(comparisons, { alpha: ALPHA, margin, samples });
  return {
    checks: [
      ...presenceChecks(lacking, contract),
      extent(comparisons.length, left),
      ...checks.map((check) => withFix(check)),
    ],
    measures,
  };
}

/** The smallest change that would accept the column as it is. */
function withFix(check: Check): Check {
  const column = check.target?.column;
  if (check.status === 'pass' || check.fix !== undefined || column === undefined) return check;
  const find =
    check.status === 'inconclusive'
      ? 'gather more rows'
      : 'find out what changed, and correct the data; if the change is right, take a new reference';
  return {
    ...check,
    fix: `${find}; only if ${column} need not be compared, change the contract: ${propertyPath(column)}.x-ml-loop.drift: false`,
  };
}

/** Columns that the one has and the other lacks. */
function namesLacking(one: Profile, other: Profile): string[] {
  const names = new Set(other.columns.map(({ name }) => name));
  return one.columns.map(({ name }) => name).filter((name) => !names.has(name));
}

interface Lacking {
  readonly current: readonly string[];
  readonly reference: readonly string[];
}

/** Without a contract, the reference tells which columns there should be; with one, what could not be compared. */
function presenceChecks(lacking: Lacking, contract: Contract | undefined): Check[] {
  const required = contract?.schema.required;
  // Of required columns the contract's own checks tell, and others are not to be compared.
  const told: readonly unknown[] = [
    ...(Array.isArray(required) ? (required as readonly unknown[]) : []),
    ...(contract?.table.notCompared ?? []),
  ];
  const missing = lacking.current
    .filter((column) => !told.includes(column))
    .map((column): Check => {
      const message = `the reference has the column ${column}, but the data do not`;
      const common = { id: 'column.missing', target: { column } };
      return contract === undefined
        ? { ...common, status: 'fail', message, fix: 'give a contract that says which columns there are' }
        : {
            ...common,
            status: 'warn',
            message: `${message}, so it was not compared`,
            fix: `add ${column} to \`required\`, or take it out of the reference`,
          };
    });
  if (contract !== undefined) return missing;
  const unknown = lacking.reference.map((column): Check => {
    const message = `the data have the column ${column}, but the reference does not`;
    return {
      id: 'column.unknown',
      target: { column },
      status: 'warn',
      message,
      fix: 'give a contract that says which columns there are',
    };
  });
  return [...missing, ...unknown];
}

/** Says what was compared, so that nothing is left out in silence. */
function extent(compared: number, left: ReadonlyMap<string, string>): Check {
  const named = [...left].slice(0, MAX_NAMED).map(([name, reason]) => `${name} (${reason})`);
  const more = left.size > MAX_NAMED ? [`${grouped(left.size - MAX_NAMED)} more`] : [];
  const rest = [...named, ...more].join(', ');
  return {
    id: 'drift.columns',
    status: compared > 0 ? 'pass' : 'inconclusive',
    observed: compared,
    message: `${grouped(compared)} columns were compared with the reference${rest === '' ? '' : `; not: ${rest}`}`,
    ...(compared > 0 ? {} : { fix: 'give a reference that has columns of the data' }),
  };
}
