import { suggestion } from '../problem/nearest.ts';
import { UserError } from '../problem/problem.ts';
import type { Profile } from '../profile/profile.ts';
import type { Check } from '../verdict/verdict.ts';

/** Which columns of the reference are compared. */
export interface ColumnChoice {
  /** All by default. */
  readonly features?: readonly string[] | undefined;
  /** Left out on the user's word. */
  readonly ignore?: readonly string[] | undefined;
  /** Left out by themselves, as columns of dates are, unless `features` names them: keys, times and labels. */
  readonly byThemselves: readonly string[];
}

/**
 * The reference with the columns that are compared.
 *
 * @throws UserError if a feature is named that the reference lacks, or nothing is left.
 */
export function chosenColumns(reference: Profile, choice: ColumnChoice): Profile {
  const { features, ignore = [], byThemselves } = choice;
  const names = reference.columns.map(({ name }) => name);
  const unknown = (features ?? []).filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new UserError(
      unknown.map((name) => ({
        what: `the reference has no column ${JSON.stringify(name)}`,
        where: 'input features',
        fix: suggestion(name, names),
      })),
    );
  }
  // A date is always later than those of the reference.
  const dates = reference.columns
    .filter(({ type }) => type === 'date' || type === 'datetime')
    .map(({ name }) => name);
  const wanted = features ?? names.filter((name) => !byThemselves.includes(name) && !dates.includes(name));
  const columns = reference.columns.filter(({ name }) => wanted.includes(name) && !ignore.includes(name));
  if (columns.length > 0) return { ...reference, columns };
  throw new UserError({
    what: 'no column of the reference is left to compare',
    where: features === undefined ? 'input ignore' : 'input features',
    fix: `the reference has: ${names.join(', ')}`,
  });
}

/** A failing check for each column that the current data lack. */
export function missingColumns(reference: Profile, present: ReadonlySet<string>): Check[] {
  return reference.columns
    .filter(({ name }) => !present.has(name))
    .map(({ name }) => ({
      id: 'drift.missing-column',
      target: { column: name },
      status: 'fail',
      observed: 'missing',
      expected: 'present',
      message: `${name}: the reference has this column, but the current data do not`,
      fix: `log this column; only if it is no longer a feature, set ignore: [${name}]`,
    }));
}
