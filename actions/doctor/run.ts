import type { CallTables } from '../../shared/doctor/calls.ts';
import { examine } from '../../shared/doctor/doctor.ts';
import type { ActionRun } from '../../shared/ports/outcome.ts';
import { verdictOf } from '../../shared/verdict/verdict.ts';
import type { Inputs } from './inputs.ts';

const CONFIG = 'ml-loop.yml';

/** The doctor for these input tables: what a workflow may say is what they have. */
export function doctorWith(tables: CallTables): ActionRun<Inputs> {
  return async (inputs, ports) => {
    const { config = CONFIG } = inputs;
    const { checks, workflows } = await examine(ports, tables, config, inputs['github-token'] !== undefined);
    const verdict = verdictOf({
      action: 'doctor',
      name: '',
      subjects: [],
      checks,
      configuration: { config },
      createdAt: ports.clock.now(),
      scope: `of the set-up with ${workflows} ${workflows === 1 ? 'workflow' : 'workflows'}`,
    });
    return { verdict, outputs: {} };
  };
}
