import { ACROSS_EXPECTATIONS } from './gx-across.ts';
import type { ExpectationMap } from './gx-call.ts';
import { FIGURE_EXPECTATIONS } from './gx-figures.ts';
import { SET_EXPECTATIONS } from './gx-sets.ts';
import { TABLE_EXPECTATIONS } from './gx-table.ts';
import { TEXT_EXPECTATIONS } from './gx-texts.ts';
import { VALUE_EXPECTATIONS } from './gx-values.ts';

/** The core expectations that have a meaning for a file. */
export const EXPECTATIONS: ExpectationMap = {
  ...VALUE_EXPECTATIONS,
  ...TEXT_EXPECTATIONS,
  ...SET_EXPECTATIONS,
  ...FIGURE_EXPECTATIONS,
  ...ACROSS_EXPECTATIONS,
  ...TABLE_EXPECTATIONS,
};
