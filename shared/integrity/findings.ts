import { suggestion } from '../problem/nearest.ts';
import type { ColumnProfile, Profile } from '../profile/profile.ts';
import type { Check } from '../verdict/verdict.ts';
import { columnFindings, type FirstPlace } from './columns.ts';
import { labelKind } from './label-kind.ts';
import { type LeakageFacts, leakageChecks } from './leakage.ts';
import { type IntegrityFindings, type IntegrityOptions, NO_INTEGRITY_FINDINGS } from './options.ts';
import type { RowFacts } from './row-facts.ts';
import { rowFindings } from './rows.ts';
import type { RowSample } from './sample.ts';
import type { TextFacts } from './texts.ts';
import { type TimeFacts, timeFindings } from './times.ts';

/** What is to be known of data to judge them as material for learning, from a scan of bytes. */
export interface IntegrityFacts {
  /** All columns in order of first appearance. */
  readonly columns: readonly string[];
  readonly texts: ReadonlyMap<string, TextFacts>;
  readonly firstPlace: FirstPlace;
  readonly rows: RowFacts;
  /** If there is a timestamp, and the data have it. */
  readonly times?: TimeFacts | undefined;
  /** Only if there is a label. */
  readonly sample?: RowSample | undefined;
  /** Only if the reference must have no row of the data. */
  readonly leakage?: LeakageFacts | undefined;
}

/**
 * Checks of data as material for learning.
 *
 * @param profile of the same data.
 * @param reference the reference's profile, if there is one.
 */
export async function integrityFindings(
  facts: IntegrityFacts,
  options: IntegrityOptions,
  profile: Profile,
  reference?: Profile,
): Promise<IntegrityFindings> {
  if (profile.rows === 0) return NO_INTEGRITY_FINDINGS;
  const { columns, times, sample, leakage } = facts;
  const { timestamp = '' } = options;
  const absent = [options.label, options.timestamp]
    .filter((name) => name !== undefined)
    .filter((name) => !columns.includes(name));
  const label = profile.columns.find(({ name }) => name === options.label);
  const numeric = label !== undefined && labelKind(label) === 'quantity';
  const parts = [
    columnFindings(profile, facts.texts, facts.firstPlace, options),
    rowFindings(facts.rows, columns, options, numeric),
    ...(times === undefined || absent.includes(timestamp) ? [] : [timeFindings(times, options, timestamp)]),
    ...(label === undefined || sample === undefined
      ? []
      : [await labelFindings(label, profile, reference, { options, sample, names: columns })]),
  ];
  return {
    checks: [
      ...absent.map((name) => missing(name, options, columns)),
      ...parts.flatMap(({ checks }) => checks),
      ...(leakage === undefined ? [] : leakageChecks(leakage, columns, options)),
    ],
    measures: Object.assign({}, ...parts.map(({ measures }) => measures)) as IntegrityFindings['measures'],
  };
}

/** The statistics are loaded only if there is a label. */
async function labelFindings(
  label: ColumnProfile,
  profile: Profile,
  reference: Profile | undefined,
  rest: {
    readonly options: IntegrityOptions;
    readonly sample: RowSample;
    readonly names: readonly string[];
  },
): Promise<IntegrityFindings> {
  const { labelChecks } = await import('./label.ts');
  return labelChecks({ label, kind: labelKind(label), profile, reference, ...rest });
}

function missing(name: string, options: IntegrityOptions, known: readonly string[]): Check {
  return {
    id: 'integrity.column',
    target: { column: name },
    status: 'fail',
    message: `the data do not have the column ${name}, which the input ${name === options.label ? 'label' : 'timestamp'} names`,
    fix: suggestion(name, known.slice(0, 20)),
  };
}
