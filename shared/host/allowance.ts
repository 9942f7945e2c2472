import type { Config } from '../config/config.ts';
import { problemLine } from '../problem/problem.ts';
import type { BaseBranch } from './base.ts';

/** The stages whose files may be missing. */
export interface Allowance {
  readonly allowed: readonly string[];
  /** Why the checkout's own `allow-missing` does not count, to add to a message; empty if it does. */
  readonly remark: string;
}

/** What may be missing: as the base branch says it, if there is one with a configuration file. */
export function allowanceOf(checkedOut: Config | null, base: BaseBranch): Allowance {
  const own = checkedOut?.allowMissing ?? [];
  if (base.kind === 'unknown')
    return { allowed: [], remark: `; \`allow-missing\` does not count: ${problemLine(base.problem)}` };
  if (base.kind === 'none' || base.config === null) return { allowed: own, remark: '' };
  const allowed = base.config.allowMissing;
  const added = own.filter((stage) => !allowed.includes(stage));
  const remark =
    added.length === 0
      ? ''
      : `; \`allow-missing: [${added.join(', ')}]\` counts once it is on the base branch`;
  return { allowed, remark };
}
