import { mainAlone } from '../shared/host/main.ts';
import type { Loop } from '../shared/host/plan.ts';
import type { Action } from '../shared/host/stage.ts';
import type { ActionName, InputTable } from '../shared/inputs/table.ts';
import { definition as checkDrift } from './check-drift/inputs.ts';
import { definition as deployCanary } from './deploy-canary/inputs.ts';
import { definition as doctor } from './doctor/inputs.ts';
import { definition as registerModel } from './register-model/inputs.ts';
import { ACTING_STAGES, AUTO_STAGES, definition as root } from './root/inputs.ts';
import { definition as train } from './train/inputs.ts';
import { definition as validateData } from './validate-data/inputs.ts';
import { definition as validateModel } from './validate-model/inputs.ts';

/** All actions, in the order in which the loop runs them; the code of each is loaded when it is run. */
export const ACTIONS: Readonly<Record<ActionName, Action>> = {
  'validate-data': action(validateData, async () => (await import('./validate-data/run.ts')).run),
  train: action(train, async () => (await import('./train/run.ts')).run),
  'validate-model': action(validateModel, async () => (await import('./validate-model/run.ts')).run),
  'register-model': action(registerModel, async () => (await import('./register-model/run.ts')).run),
  'deploy-canary': action(deployCanary, async () => (await import('./deploy-canary/run.ts')).run),
  'check-drift': action(checkDrift, async () => (await import('./check-drift/run.ts')).run),
};

/** The input tables by action, which the configuration file is checked against. */
export const TABLES: Readonly<Record<string, InputTable>> = Object.fromEntries(
  Object.entries(ACTIONS).map(([name, { definition }]) => [name, definition.inputs]),
);

/** The doctor is an action without a section: it looks at the whole set-up. */
export const DOCTOR = action(doctor, async () => {
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

/** Each run parses its inputs by its own table, so that outside of it their types need not be told apart. */
function action<T extends InputTable>(definition: Action<T>['definition'], load: Action<T>['load']): Action {
  return { definition, load } as Action<InputTable> & Action<T>;
}
