import { startStep } from '../../shared/host/start.ts';
import { action } from './action.ts';

await startStep(action, async () => (await import('../catalog.ts')).TABLES);
