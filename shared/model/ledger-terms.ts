export const DISCLOSURES = ['verdict', 'rounded', 'full'] as const;
/** What a run tells of the test set: accepted or not; the reading and rounded numbers; everything. */
export type Disclosure = (typeof DISCLOSURES)[number];

export const LEDGER_MODES = ['off', 'warn', 'strict'] as const;
/** `warn` decides at the plain level and says what the uses are worth; `strict` prices each use; `off` does not count. */
export type LedgerMode = (typeof LEDGER_MODES)[number];

/** Error rate of each one-sided statement of one use; with `strict`, of all uses in the life of a test set together. */
export const LEDGER_ALPHA = 0.05;
/** Further uses that are looked ahead for; it stands for "1,000 or more". */
export const MOST_USES = 1000;
