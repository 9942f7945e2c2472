import { type ColumnProfile, hasWholeNumbers, type Profile } from '../profile/profile.ts';
import type { IntegrityOptions } from './options.ts';
import type { RowSample } from './sample.ts';

/** Whole numbers as labels are classes if there are at most so many of them. */
const MAX_CLASSES = 20;
const MOSTLY = 0.5;

/** What a label is: few values are classes, other numbers a quantity; `neither` can be judged by no check. */
export type LabelKind = 'classes' | 'quantity' | 'neither';

export function labelKind(column: ColumnProfile): LabelKind {
  const { type, distinct, count } = column;
  if (type === 'boolean') return 'classes';
  if (isNumeric(column)) return hasWholeNumbers(column) && distinct <= MAX_CLASSES ? 'classes' : 'quantity';
  return type === 'string' && distinct <= Math.max(MAX_CLASSES, count / 10) ? 'classes' : 'neither';
}

/** Are most of the values numbers, whatever the others are (`NA`)? */
export function isNumeric({ types, count }: ColumnProfile): boolean {
  const numbers = (types.integer ?? 0) + (types.number ?? 0);
  return numbers > 0 && numbers >= MOSTLY * count;
}

export interface LabelParts {
  readonly label: ColumnProfile;
  readonly kind: LabelKind;
  readonly profile: Profile;
  readonly reference: Profile | undefined;
  readonly options: IntegrityOptions;
  readonly sample: RowSample;
  /** The columns of the sample's rows. */
  readonly names: readonly string[];
}
