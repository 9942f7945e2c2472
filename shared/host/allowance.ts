import type { Config } from '../config/config.ts';
import type { Layer } from '../inputs/parse.ts';
import { problemLine } from '../problem/problem.ts';
import { gateConfig } from './base-config.ts';
import type { Start } from './main.ts';

/** Which stages may lack their files. */
export interface Allowance {
  readonly allowed: readonly string[];
  /** What to say beside a stage that is missing: why the checkout's own `allow-missing` does not count; or nothing. */
  readonly remark: string;
}

/** By `allow-missing` of the configuration that the gate goes by, which is the base branch's on pull requests. */
export async function allowanceOf(checkedOut: Config, given: Layer, start: Start): Promise<Allowance> {
  const gate = await gateConfig(given, checkedOut, start);
  if (gate.kind === 'unknown')
    return { allowed: [], remark: `; allow-missing does not count: ${problemLine(gate.problem)}` };
  const allowed = gate.config?.allowMissing ?? [];
  const added = checkedOut.allowMissing.filter((stage) => !allowed.includes(stage));
  const remark =
    added.length === 0 ? '' : `; allow-missing of ${added.join(', ')} counts once it is on the base branch`;
  return { allowed, remark };
}
