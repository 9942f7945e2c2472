import { integrityFindings } from '../../shared/integrity/findings.ts';
import type { IntegrityFindings, IntegrityOptions } from '../../shared/integrity/options.ts';
import type { Profile } from '../../shared/profile/profile.ts';
import type { Batch } from '../../shared/read/batch.ts';
import { RowReader } from './row-reader.ts';

export { type IntegrityFacts, integrityFindings } from '../../shared/integrity/findings.ts';
export {
  INTEGRITY_CHECKS,
  type IntegrityCheck,
  type IntegrityFindings,
  type IntegrityOptions,
} from '../../shared/integrity/options.ts';

/** Checks of data as material for learning, over batches in any number of files. */
export interface Integrity {
  add(batch: Batch): void;
  /** For `disjoint`: the rows of the reference, after all rows of the data. */
  addReference(batch: Batch): void;
  /**
   * @param profile of the same data.
   * @param reference the reference's profile, if there is one.
   */
  finish(profile: Profile, reference?: Profile): Promise<IntegrityFindings>;
}

export function createIntegrity(options: IntegrityOptions): Integrity {
  const rows = new RowReader(options);
  return {
    add: (batch) => rows.add(batch),
    addReference: (batch) => rows.addReference(batch),
    finish: (profile, reference) => integrityFindings(rows.facts(), options, profile, reference),
  };
}
