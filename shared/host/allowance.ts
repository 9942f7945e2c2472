import type { Config } from '../config/config.ts';
import type { Layer } from '../inputs/parse.ts';
import { problemLine } from '../problem/problem.ts';
import { gateConfig } from './base-config.ts';
import type { Start } from './surface.ts';

/** The stages whose files may be missing. */
export interface Allowance {
  readonly allowed: readonly string[];
  /** Why the checkout's own `allow-missing` does not count, to add to a message; empty if it does. */
  readonly remark: string;
}

/** Reads `allow-missing`, on pull requests from the base branch. */
export async function allowanceOf(checkedOut: Config, given: Layer, start: Start): Promise<Allowance> {
  const gate = await gateConfig(given, checkedOut, start);
  if (gate.kind === 'unknown')
    return { allowed: [], remark: `; \`allow-missing\` does not count: ${problemLine(gate.problem)}` };
  const allowed = gate.config?.allowMissing ?? [];
  const added = checkedOut.allowMissing.filter((stage) => !allowed.includes(stage));
  const remark =
    added.length === 0
      ? ''
      : `; \`allow-missing: [${added.join(', ')}]\` counts once it is on the base branch`;
  return { allowed, remark };
}
