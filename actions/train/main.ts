import { startStep } from '../../shared/host/start.ts';
import { ACTIONS, TABLES } from '../catalog.ts';

await startStep(ACTIONS.train, TABLES);
