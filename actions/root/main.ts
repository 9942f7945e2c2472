import { mainLoop } from '../../shared/host/loop.ts';
import { runnerSurface } from '../../shared/host/runner.ts';
import { runToEnd } from '../../shared/host/start.ts';
import { ACTIONS, TABLES } from '../catalog.ts';
import { ACTING_STAGES, AUTO_STAGES, definition } from './inputs.ts';

const { env } = process;
await runToEnd(() =>
  mainLoop(
    { definition, actions: ACTIONS, auto: AUTO_STAGES, acting: ACTING_STAGES },
    { surface: runnerSurface(env), env, tables: TABLES },
  ),
);
