import { mainLoop } from '../../shared/host/loop.ts';
import { runnerSurface } from '../../shared/host/runner.ts';
import { runToEnd } from '../../shared/host/start.ts';
import { ACTIONS, TABLES } from '../catalog.ts';
import { AUTO_STAGES, definition } from './inputs.ts';

const { env } = process;
await runToEnd(() =>
  mainLoop(
    { definition, actions: ACTIONS, auto: AUTO_STAGES },
    { surface: runnerSurface(env), env, tables: TABLES },
  ),
);
