import { mainAlone } from '../shared/host/main.ts';
import type { Loop } from '../shared/host/plan.ts';
import { type Action, actionOf } from '../shared/host/stage.ts';
import type { ActionName, InputTable } from '../shared/inputs/table.ts';
import { action as checkDrift } from './check-drift/action.ts';
import { action as deployCanary } from './deploy-canary/action.ts';
import { definition as doctor } from './doctor/inputs.ts';
import { action as registerModel } from './register-model/action.ts';
import { ACTING_STAGES, AUTO_STAGES, definition as root } from './root/inputs.ts';
import { action as train } from './train/action.ts';
import { action as validateData } from './validate-data/action.ts';
import { action as validateModel } from './validate-model/action.ts';

/** All actions, in the order in which the loop runs them; the code of each is loaded when it is run. */
export const ACTIONS: Readonly<Record<ActionName, Action>> = {
  'validate-data': validateData,
  train,
  'validate-model': validateModel,
  'register-model': registerModel,
  'deploy-canary': deployCanary,
  'check-drift': checkDrift,
};

/** The input tables by action, which the configuration file is checked against. */
export const TABLES: Readonly<Record<string, InputTable>> = Object.fromEntries(
  Object.entries(ACTIONS).map(([name, { definition }]) => [name, definition.inputs]),
);

/** The doctor is an action without a section: it looks at the whole set-up. */
export const DOCTOR = actionOf(doctor, async () => {
  const { doctorWith } = await import('./doctor/run.ts');
  return doctorWith({ ...TABLES, root: root.inputs });
});

/** What the root action runs. */
export const LOOP: Loop = {
  ...{ definition: root, actions: ACTIONS, auto: AUTO_STAGES, acting: ACTING_STAGES },
  alone: {
    report: async (start) => {
      const { reportLoop } = await import('../shared/host/report-run.ts');
      return reportLoop(LOOP, start.surface.given(root.inputs), start);
    },
    matrix: async (start) => {
      const { matrixRun } = await import('../shared/host/matrix-run.ts');
      return matrixRun(start.surface.given(root.inputs), start);
    },
    doctor: (start) => mainAlone(DOCTOR, start),
  },
};
