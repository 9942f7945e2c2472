export const DISCLOSURES = ['verdict', 'rounded', 'full'] as const;
/** What a run tells of the test set: accepted or not; the reading and rounded numbers; everything. */
export type Disclosure = (typeof DISCLOSURES)[number];
