import { actionOf } from '../../shared/host/stage.ts';
import { definition } from './inputs.ts';

export const action = actionOf(definition, async () => (await import('./run.ts')).run);
