/** What a member of a record is. */
export const KINDS = { ABSENT: 0, NULL: 1, TEXT: 2, NUMBER: 3, TRUE: 4, FALSE: 5, NESTED: 6 } as const;
export type JsonKind = (typeof KINDS)[keyof typeof KINDS];
