import { mainLoop } from '../../shared/host/loop.ts';
import { runnerSurface } from '../../shared/host/runner.ts';
import { runToEnd } from '../../shared/host/start.ts';
import { LOOP, TABLES } from '../catalog.ts';

const { env } = process;
await runToEnd(() => mainLoop(LOOP, { surface: runnerSurface(env), env, tables: async () => TABLES }));
