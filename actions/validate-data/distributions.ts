import type { Contract } from '../../shared/contract/contract.ts';
import { type FeatureResult, featureChecks } from '../../shared/drift/features.ts';
import { compare } from '../../shared/profile/compare.ts';
import type { Profile } from '../../shared/profile/profile.ts';
import type { Profiled } from '../../shared/profile/profiler.ts';
import type { Check } from '../../shared/verdict/verdict.ts';

/** Chance, at most, that a run without drift warns or fails. */
const ALPHA = 0.05;

export interface DistributionOptions {
  readonly contract: Contract | undefined;
  readonly key: readonly string[];
  readonly margin: number;
  readonly samples: 'hide' | 'show';
}

/** Compares what the reference and the data both have; keys, dates and what the contract leaves out are not features. */
export function distributionChecks(
  reference: Profile,
  current: Profiled,
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
  const comparisons = compare(reference, current).filter(({ column }) => !left.has(column));
  const { checks, measures } = featureChecks(comparisons, { alpha: ALPHA, margin, samples });
  return {
    checks: [
      ...presenceChecks(reference, current.profile, contract),
      extent(comparisons.length, left),
      ...checks,
    ],
    measures,
  };
}

/** Without a contract, the reference tells which columns there should be. */
function presenceChecks(reference: Profile, current: Profile, contract: Contract | undefined): Check[] {
  if (contract !== undefined) return [];
  const lacking = (profile: Profile, other: Profile) => {
    const names = new Set(other.columns.map(({ name }) => name));
    return profile.columns.map(({ name }) => name).filter((name) => !names.has(name));
  };
  const missing = lacking(reference, current).map((column): Check => {
    const message = `the reference has the column ${column}, which the data lack`;
    return {
      id: 'column.missing',
      target: { column },
      status: 'fail',
      message,
      mend: 'give a contract that says which columns there are',
    };
  });
  const unknown = lacking(current, reference).map((column): Check => {
    const message = `the data have the column ${column}, which the reference lacks`;
    return {
      id: 'column.unknown',
      target: { column },
      status: 'warn',
      message,
      mend: 'give a contract that says which columns there are',
    };
  });
  return [...missing, ...unknown];
}

/** Says what was compared, so that nothing is left out in silence. */
function extent(compared: number, left: ReadonlyMap<string, string>): Check {
  const rest = [...left].map(([name, reason]) => `${name} (${reason})`).join(', ');
  return {
    id: 'drift.columns',
    status: compared > 0 ? 'pass' : 'inconclusive',
    observed: compared,
    message: `${compared} columns were compared with the reference${rest === '' ? '' : `; not: ${rest}`}`,
    ...(compared > 0 ? {} : { mend: 'give a reference that has columns of the data' }),
  };
}
