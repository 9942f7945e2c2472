import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { checkJudged } from '../../../shared/rollout/judged.ts';
import { operate } from '../../../shared/rollout/operations.ts';
import type { RolloutOperation } from '../../../shared/rollout/plan.ts';
import type { Result } from '../../../shared/rollout/request.ts';
import { isOver } from '../../../shared/rollout/state.ts';
import type { Tools } from '../../../shared/rollout/tick.ts';
import { BROKEN, HEALTHY, MINUTE, plan, step, World } from './world.ts';

/** The run was killed: no code of it runs any further. */
class Killed extends Error {}

/** Counts calls of all ports, and kills the run once, before or after the call of this number took effect. */
class Killer {
  calls = 0;
  readonly #at: number;
  readonly #after: boolean;

  constructor(at: number, after: boolean) {
    this.#at = at;
    this.#after = after;
  }

  callNow<T>(effect: () => T): T {
    this.calls += 1;
    if (this.calls === this.#at) throw new Killed();
    return effect();
  }

  async call<T>(effect: () => Promise<T>): Promise<T> {
    this.calls += 1;
    const fatal = this.calls === this.#at;
    if (fatal && !this.#after) throw new Killed();
    const value = await effect();
    if (fatal) throw new Killed();
    return value;
  }
}

/** Runs an operation with a killer at every port call. */
async function operateUnder(killer: Killer, world: World, operation: RolloutOperation): Promise<Result> {
  const { store, registry, router, metrics, clock } = world;
  const { smokeTest, replay, deadline } = world.tools;
  const dying: typeof registry = Object.assign(Object.create(registry), {
    names: () => killer.call(() => registry.names()),
    versions: (name: string) => killer.call(() => registry.versions(name)),
    history: (...args: Parameters<typeof registry.history>) => killer.call(() => registry.history(...args)),
    aliases: (name: string) => killer.call(() => registry.aliases(name)),
    readEvidence: (...args: Parameters<typeof registry.readEvidence>) =>
      killer.call(() => registry.readEvidence(...args)),
    setAlias: (...args: Parameters<typeof registry.setAlias>) =>
      killer.call(() => registry.setAlias(...args)),
  });
  const tools = {
    registry: dying,
    evidence: (...[release, against]: Parameters<Tools['evidence']>) =>
      checkJudged(release, dying, { weaker: () => [] }, against),
    router: {
      read: () => killer.call(() => router.read()),
      write: (weights: Parameters<typeof router.write>[0]) => killer.call(() => router.write(weights)),
    },
    metrics: {
      baseline: () => killer.call(() => metrics.baseline()),
      read: (...look: Parameters<typeof metrics.read>) => killer.call(() => metrics.read(...look)),
    },
    smokeTest:
      smokeTest && ((...args: Parameters<typeof smokeTest>) => killer.call(() => smokeTest(...args))),
    replay: replay && ((...args: Parameters<typeof replay>) => killer.call(() => replay(...args))),
    deadline,
  };
  const dyingStore = {
    read: (key: string) => killer.call(() => store.read(key)),
    write: (...args: Parameters<typeof store.write>) => killer.call(() => store.write(...args)),
  };
  const dyingClock = { now: () => killer.callNow(() => clock.now()), sleep: (ms: number) => clock.sleep(ms) };
  const around = { store: dyingStore, clock: dyingClock, registry: dying, log: { info: () => {} } };
  return operate(operation, world.request, tools, around);
}

const passed = async (_: unknown, at?: Date) => ({
  at: (at ?? new Date(0)).toISOString(),
  passed: true,
  message: 'fine',
  rows: 0,
  mismatches: 0,
});

interface Scenario {
  readonly name: string;
  readonly make: () => World;
  readonly phase: string;
}

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'a promoted canary with an approval',
    phase: 'promoted',
    make: () => {
      const world = new World(HEALTHY);
      world.plan = plan({ steps: [step(10, { approval: true }), step(50)] });
      world.trials = { smokeTest: passed, replay: (at) => passed(null, at) };
      return world;
    },
  },
  { name: 'a canary that is taken back', phase: 'rolled-back', make: () => new World(BROKEN) },
  {
    name: 'a first release',
    phase: 'promoted',
    make: () => {
      const world = new World(HEALTHY, true);
      world.plan = plan({ maxErrorRate: 0.2 });
      return world;
    },
  },
  {
    name: 'a replay that does not match',
    phase: 'rolled-back',
    make: () => {
      const world = new World(HEALTHY);
      const failed = async (at: Date) => ({
        ...(await passed(null, at)),
        passed: false,
        mismatches: 1,
        rows: 2,
      });
      world.trials = { smokeTest: passed, replay: failed };
      return world;
    },
  },
];

/** Runs to the end, a minute a run, approving if that is asked for; returns the world and the number of calls. */
async function toTheEnd(make: () => World, at: number, after: boolean) {
  const world = make();
  const killer = new Killer(at, after);
  let kills = 0;
  let drifts = 0;
  for (let runs = 0; runs < 60; runs += 1) {
    const stored = await world.store.read('demand/rollout');
    const state = stored === null ? null : await world.state();
    if (state !== null && isOver(state)) break;
    const operation = state === null ? 'start' : state.phase === 'awaiting-approval' ? 'approve' : 'advance';
    try {
      drifts += (await operateUnder(killer, world, operation)).drifts.length;
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      kills += 1;
    }
    world.clock.advance(MINUTE);
  }
  const { phase, refused } = await world.state();
  const end = {
    phase,
    refused,
    drifts,
    weights: world.router.weights,
    aliases: await world.registry.aliases('demand'),
  };
  return { end, world, calls: killer.calls, kills };
}

describe('a rollout that is killed at any call ends as one that is not', () => {
  test.each(SCENARIOS)('$name', async ({ make, phase }) => {
    const reference = await toTheEnd(make, 0, false);
    expect(reference.end.phase).toBe(phase);
    expect(reference.kills).toBe(0);
    for (let at = 1; at <= reference.calls; at += 1) {
      for (const after of [false, true]) {
        const { end, kills } = await toTheEnd(make, at, after);
        expect({ at, after, kills, ...end }).toEqual({ at, after, kills: 1, ...reference.end });
      }
    }
  });
});

test('every state that is written fits its published schema', async () => {
  const schema: object = JSON.parse(readFileSync('schemas/rollout-state.schema.json', 'utf8'));
  const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
  addFormats.default(ajv);
  const validate = ajv.compile(schema);
  for (const { make } of SCENARIOS) {
    const { world } = await toTheEnd(make, 0, false);
    expect(world.store.writes.length).toBeGreaterThan(3);
    for (const { value } of world.store.writes) {
      validate(value);
      expect(validate.errors ?? []).toEqual([]);
    }
  }
});
