import type { StageReport } from '../../../shared/report/told.ts';
import { type Check, type Verdict, verdictOf } from '../../../shared/verdict/verdict.ts';

export const COMMIT = 'a'.repeat(40);
export const LATER_COMMIT = 'b'.repeat(40);

/** A verdict with these checks. */
export function verdictWith(checks: readonly Check[], action = 'validate-data'): Verdict {
  const createdAt = new Date('2026-03-02T06:00:00Z');
  return verdictOf({ action, name: 'demand', subjects: [], checks, createdAt });
}

export function check(status: Check['status'], more: Partial<Check> = {}): Check {
  return { id: 'column.type', status, message: `the check is ${status}`, ...more };
}

/** A stage that ended so; it fails its job if it failed or is undecided. */
export function toldOf(status: Check['status'] | 'error', more: Partial<StageReport> = {}): StageReport {
  const common = { action: 'validate-data', name: 'demand', id: '', observed: false, reportPath: '' };
  if (status === 'error')
    return {
      ...common,
      problems: [{ what: 'cannot be read', where: 'data/a.csv', fix: 'correct the path' }],
      failed: true,
      ...more,
    };
  const verdict = verdictWith([check(status)]);
  return {
    ...common,
    verdict,
    problems: [],
    failed: status === 'fail' || status === 'inconclusive',
    ...more,
  };
}
