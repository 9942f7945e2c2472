import { suggestion } from '../problem/nearest.ts';
import type { ColumnProfile, Profile } from '../profile/profile.ts';
import type { Batch } from '../table/table.ts';
import type { Check } from '../verdict/verdict.ts';
import { ColumnChecks } from './columns.ts';
import { labelKind } from './label-kind.ts';
import { Leakage } from './leakage.ts';
import { type Findings, type IntegrityOptions, NOTHING } from './options.ts';
import type { Budget } from './row-index.ts';
import { RowChecks } from './rows.ts';
import { RowSample } from './sample.ts';
import { Times } from './times.ts';

export { type Findings, INTEGRITY_CHECKS, type IntegrityCheck, type IntegrityOptions } from './options.ts';

const MEMORY = 128 * 1024 * 1024;

/** Checks of data as material for learning, over batches in any number of files. */
export interface Integrity {
  add(batch: Batch): void;
  /** For `disjoint`: the rows of the reference, after all rows of the data. */
  addReference(batch: Batch): void;
  /**
   * @param profile of the same data.
   * @param reference the reference's profile, where there is one.
   */
  finish(profile: Profile, reference?: Profile): Promise<Findings>;
}

export function createIntegrity(options: IntegrityOptions): Integrity {
  const budget: Budget = { left: options.memory ?? MEMORY };
  const columns = new ColumnChecks(options);
  const rows = new RowChecks(options, budget);
  const times = options.timestamp === undefined ? undefined : new Times(options, options.timestamp);
  const leakage = options.disjoint === true ? new Leakage(options, budget) : undefined;
  const sample = options.label === undefined ? undefined : new RowSample();
  const each = sample && ((text: string) => sample.add(text));
  return {
    add: (batch) => {
      columns.add(batch);
      rows.add(batch, each);
      times?.add(batch);
      leakage?.add(batch);
    },
    addReference: (batch) => leakage?.addReference(batch),
    finish: async (profile, reference) => {
      if (profile.rows === 0) return NOTHING;
      const absent = [options.label, options.timestamp]
        .filter((name) => name !== undefined)
        .filter((name) => !columns.names.includes(name));
      const label = profile.columns.find(({ name }) => name === options.label);
      const parts = [
        columns.finish(profile),
        rows.finish(label !== undefined && labelKind(label) === 'quantity'),
        ...(times === undefined || absent.includes(options.timestamp ?? '') ? [] : [times.finish()]),
        ...(label === undefined || sample === undefined
          ? []
          : [await labelFindings(label, profile, reference, { options, sample, names: rows.names })]),
      ];
      return {
        checks: [
          ...absent.map((name) => missing(name, options, columns.names)),
          ...parts.flatMap(({ checks }) => checks),
          ...(leakage?.checks() ?? []),
        ],
        measures: Object.assign({}, ...parts.map(({ measures }) => measures)) as Findings['measures'],
      };
    },
  };
}

/** The statistics are loaded only where there is a label. */
async function labelFindings(
  label: ColumnProfile,
  profile: Profile,
  reference: Profile | undefined,
  rest: {
    readonly options: IntegrityOptions;
    readonly sample: RowSample;
    readonly names: readonly string[];
  },
): Promise<Findings> {
  const { labelChecks } = await import('./label.ts');
  return labelChecks({ label, kind: labelKind(label), profile, reference, ...rest });
}

function missing(name: string, options: IntegrityOptions, known: readonly string[]): Check {
  return {
    id: 'integrity.column',
    target: { column: name },
    status: 'fail',
    message: `the data have no column ${name}, which the input ${name === options.label ? 'label' : 'timestamp'} names`,
    mend: suggestion(name, known.slice(0, 20)),
  };
}
