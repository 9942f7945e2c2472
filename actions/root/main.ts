import { mainLoop } from '../../shared/host/loop.ts';
import { runnerSurface } from '../../shared/host/runner.ts';
import { finish } from '../../shared/host/start.ts';
import { ACTIONS, TABLES } from '../catalog.ts';
import { AUTO_STAGES, definition } from './inputs.ts';

const { env } = process;
finish(
  await mainLoop(
    { definition, actions: ACTIONS, auto: AUTO_STAGES },
    { surface: runnerSurface(env), env, tables: TABLES },
  ),
);
