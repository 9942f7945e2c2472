import { describe, expect, test } from '@jest/globals';
import { newerCandidate } from '../../../shared/rollout/newer.ts';
import type { PlanParts } from '../../../shared/rollout/plan.ts';
import { aboutTime } from '../../../shared/rollout/remaining.ts';
import { unfinishedOf } from '../../../shared/rollout/unfinished.ts';
import { MINUTE, plan, step, type Traffic, World } from './world.ts';

const HOUR = 60 * MINUTE;

/** A world whose rollout gets traffic for some minutes; each version answers as many requests, whatever the weights. */
async function worldAfter(minutes: number, traffic: Traffic, parts: Partial<PlanParts>): Promise<World> {
  const world = new World(traffic);
  world.plan = plan(parts);
  await world.do('start');
  world.clock.advance(minutes * MINUTE);
  await world.do('advance');
  return world;
}

async function unfinished(world: World, operation: 'run' | 'advance' = 'run') {
  return unfinishedOf(await world.state(), world.clock.now(), { operation, deadline: world.deadline });
}

const CLEAN: Traffic = { perMinute: 10, canaryErrors: 0, stableErrors: 0 };

describe('what an unfinished rollout still needs', () => {
  test('requests until the evidence is there, by hand, and the time that this traffic takes for them', async () => {
    // 4882 requests without an error show the floor (outlook.test.ts); 1000 of them are there. 20 requests a minute come
    // of both versions, and the step gives the canary half: 3882 / 10 minutes are 6.5 hours.
    const world = await worldAfter(100, CLEAN, { steps: [step(50, { atLeastMs: 0, requests: 10 })] });
    expect(await unfinished(world)).toMatchObject({
      needs: 'about 3900 more canary requests, about 7 hours at this traffic',
      check: {
        id: 'rollout.unfinished',
        status: 'warn',
        observed: { requests: 3882, minutes: 389 },
        message:
          'the rollout of demand 1.1.0 has not ended; it still needs about 3900 more canary requests, about 7 hours at this traffic',
      },
    });
  });

  test('the requests and the time of each step to come', async () => {
    const steps = [
      step(10, { atLeastMs: 5 * HOUR, requests: 100 }),
      step(50, { atLeastMs: 5 * HOUR, requests: 600 }),
    ];
    const world = await worldAfter(60, CLEAN, { steps, promoteOn: 'steps' });
    // Of the first step 4 hours are left, with all its requests there; the second needs 600 / 10 a minute, so 5 hours.
    expect((await unfinished(world))?.check.observed).toEqual({ requests: 600, minutes: 9 * 60 });
  });

  test('what arrives in earlier steps counts as evidence', async () => {
    const steps = [step(50, { atLeastMs: 600 * MINUTE }), step(60, { atLeastMs: 0 })];
    const world = await worldAfter(100, CLEAN, { steps });
    // 500 minutes of 10 requests bring more than the 3882 that are missing: the last step asks for its own 10 alone.
    expect((await unfinished(world))?.check.observed).toEqual({ requests: 10, minutes: 501 });
  });

  test('it is on the way to be taken back', async () => {
    const bad: Traffic = { perMinute: 100, canaryErrors: 0.012, stableErrors: 0.006 };
    const world = await worldAfter(10, bad, { steps: [step(50, { requests: 100 })] });
    expect((await unfinished(world))?.needs).toMatch(
      /^about \d+ more canary requests, about \d+ minutes? at this traffic, to show that the canary is worse and take it back$/,
    );
  });

  test('more requests would not decide', async () => {
    const close: Traffic = { perMinute: 1000, canaryErrors: 0.054, stableErrors: 0.05 };
    const world = await worldAfter(2, close, { steps: [step(50, { requests: 100 })], errorMargin: 1.1 });
    expect((await unfinished(world))?.needs).toBe(
      'a decision: at these rates, more requests would not show whether the canary is worse',
    );
  });

  test('no request was seen: how long it takes is not known', async () => {
    const silent: Traffic = { perMinute: 0, canaryErrors: 0, stableErrors: 0 };
    const world = await worldAfter(10, silent, { steps: [step(50)], promoteOn: 'steps' });
    const found = await unfinished(world);
    expect(found?.needs).toBe(
      'about 10 more canary requests, how long that takes is not known, because no request was seen',
    );
    expect(found?.check.observed).toEqual({ requests: 10, minutes: null });
    const judged = await worldAfter(10, silent, { steps: [step(50)] });
    expect((await unfinished(judged))?.needs).toBe('requests of the canary: no outcome of one is known yet');
  });

  test('the deadline comes first', async () => {
    const world = await worldAfter(100, CLEAN, { steps: [step(50, { atLeastMs: 0 })] });
    world.deadline = { afterMs: 3 * HOUR, onDeadline: 'rollback' };
    const found = await unfinished(world, 'advance');
    expect(found?.check).toMatchObject({
      status: 'warn',
      message: expect.stringMatching(
        /; the deadline comes first, in about 80 minutes, and then it is taken back$/,
      ),
      fix: expect.stringMatching(/^give a later deadline; /),
    });
  });

  test('an operation that was not to end it does not warn', async () => {
    const world = await worldAfter(100, CLEAN, { steps: [step(50, { atLeastMs: 0 })] });
    expect((await unfinished(world, 'advance'))?.check.status).toBe('pass');
  });

  test('an approval, and approvals to come', async () => {
    const steps = [step(10, { approval: true }), step(50, { approval: true })];
    const world = new World();
    world.plan = plan({ steps });
    await world.do('start');
    world.clock.advance(MINUTE);
    await world.do('advance');
    expect((await unfinished(world))?.needs).toMatch(/ at this traffic, and 2 approvals$/);
    await world.until('awaiting-approval');
    expect((await unfinished(world))?.needs).toMatch(/^an approval, then /);
  });

  test('a decision, if it is held', async () => {
    const world = await worldAfter(100, CLEAN, { steps: [step(50, { atLeastMs: 0 })] });
    world.deadline = { afterMs: HOUR, onDeadline: 'hold' };
    await world.do('advance');
    expect(await unfinished(world, 'advance')).toMatchObject({
      needs: 'a decision: promote it, abort it, or give a later deadline',
      check: { status: 'warn' },
    });
  });

  test('nothing, once it has ended', async () => {
    const world = new World();
    await world.until('promoted');
    expect(await unfinished(world)).toBeNull();
  });
});

test('times are told with as many digits as they are worth', () => {
  expect([1, 30 * MINUTE, 91 * MINUTE, 36 * HOUR, 37 * HOUR].map(aboutTime)).toEqual([
    'about 1 minute',
    'about 30 minutes',
    'about 2 hours',
    'about 36 hours',
    'about 2 days',
  ]);
});

describe('the operation resume', () => {
  test('goes on to the end, and starts nothing', async () => {
    const world = new World();
    expect((await world.do('resume')).state).toBeNull();
    await world.do('start');
    const { state } = await world.do('resume');
    expect(state?.phase).toBe('promoted');
    expect((await world.do('resume')).state?.phase).toBe('promoted');
  });
});

describe('a version that is registered during the rollout', () => {
  test('is named, until the rollout has ended', async () => {
    const world = await worldAfter(1, CLEAN, {});
    expect(await newerCandidate(await world.state(), world.registry)).toBeNull();
    const made = world.registry.add(
      'demand',
      '1.2.0',
      { 'model.json': 'three' },
      {},
      world.clock.now().toISOString(),
    );
    await world.registry.setAlias('demand', 'candidate', made.version);
    expect(await newerCandidate(await world.state(), world.registry)).toMatchObject({
      id: 'rollout.newer',
      status: 'warn',
      message: 'demand 1.2.0 was registered meanwhile, and waits until the rollout of 1.1.0 has ended',
    });
    await world.do('abort');
    expect(await newerCandidate(await world.state(), world.registry)).toBeNull();
  });

  test('one that was there before is not', async () => {
    const world = await worldAfter(1, CLEAN, {});
    const made = world.registry.add('demand', '0.9.0', { 'model.json': 'old' });
    await world.registry.setAlias('demand', 'candidate', made.version);
    expect(await newerCandidate(await world.state(), world.registry)).toBeNull();
  });
});
