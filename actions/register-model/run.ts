import { modelName } from '../../shared/inputs/common.ts';
import type { Outcome } from '../../shared/ports/outcome.ts';
import type { Ports } from '../../shared/ports/ports.ts';
import { openRegistry } from '../../shared/registry/open.ts';
import { refusePullRequests } from '../../shared/state/open.ts';
import { askedFor, writes } from './asked.ts';
import { collectGarbage } from './collect.ts';
import type { Inputs } from './inputs.ts';
import { registerModel } from './register.ts';
import { promote, rollback, runFetch, runList, verifyModel } from './versions.ts';

/** Registers a model, or looks after those that are registered: one operation a run. */
export async function run(inputs: Inputs, ports: Ports): Promise<Outcome> {
  const name = modelName(inputs, ports.runner);
  const asked = askedFor(inputs, name);
  if (writes(asked, inputs['dry-run'])) refusePullRequests('registry', ports);
  const registry = await openRegistry(inputs, ports);
  const call = { name, inputs, registry, ports };
  switch (asked.operation) {
    case 'register':
      return registerModel(call, asked);
    case 'promote':
      return promote(call, asked.reference);
    case 'rollback':
      return rollback(call);
    case 'list':
      return runList(call);
    case 'verify':
      return verifyModel(call, asked.reference);
    case 'fetch':
      return runFetch(call, asked);
    case 'gc':
      return collectGarbage(call);
  }
}
