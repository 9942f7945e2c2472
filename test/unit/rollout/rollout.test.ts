import { describe, expect, test } from '@jest/globals';
import { UserError } from '../../../shared/problem/problem.ts';
import { checksOfOrder, isTakenBackByOrder } from '../../../shared/rollout/checks.ts';
import { NO_COUNTS } from '../../../shared/rollout/metrics.ts';
import { type RolloutState, rolloutsOf } from '../../../shared/rollout/state.ts';
import { StateConflict } from '../../../shared/state/state.ts';
import type { Verdict } from '../../../shared/verdict/verdict.ts';
import { modelVerdict } from '../../support/models.ts';
import { BROKEN, check, HEALTHY, MINUTE, plan, step, World } from './world.ts';

const target = (weight: number, version: string) => expect.objectContaining({ weight, version });

describe('a canary', () => {
  test('goes through its steps, is promoted on evidence, and becomes champion', async () => {
    const world = new World();
    const state = await world.until('promoted');
    expect(world.router.writes).toEqual([
      { stable: target(100, '1.0.0'), canary: target(0, '1.1.0') },
      { stable: target(90, '1.0.0'), canary: target(10, '1.1.0') },
      { stable: target(50, '1.0.0'), canary: target(50, '1.1.0') },
      { stable: target(100, '1.1.0'), canary: null },
    ]);
    expect(await world.champion()).toBe('1.1.0');
    expect(state.stable?.version).toBe('1.0.0');
    expect((await world.registry.aliases('demand')).candidate).toBe('1.1.0');
    const result = await world.do('status');
    expect(check(result, 'rollout.error-rate')).toMatchObject({ status: 'pass' });
    expect(check(result, 'rollout.phase')).toMatchObject({ status: 'pass' });
  });

  test('writes every transition before the router has it', async () => {
    const world = new World();
    const seen: string[] = [];
    const write = world.router.write.bind(world.router);
    world.router.write = async (weights) => {
      const { phase, step: index } = await world.state();
      seen.push(`${phase} ${index}`);
      return write(weights);
    };
    await world.until('promoted');
    expect(seen).toEqual(['staged -1', 'step 0', 'step 1', 'promoting 1']);
  });

  test('tells when it came into each phase, and what went before it', async () => {
    const world = new World();
    const { passages = [], ...state } = await world.until('promoted');
    const told = passages.map(({ phase, step: number, weight }) => `${phase} ${number} ${weight}`);
    expect(told).toEqual([
      'planned 0 0',
      'staged 0 0',
      'smoked 0 0',
      'step 1 10',
      'step 2 50',
      'promoting 2 100',
      'promoted 2 100',
    ]);
    expect(passages.map(({ at }) => at)).toEqual(passages.map(({ at }) => at).toSorted());
    const before = rolloutsOf({ ...state, passages });
    expect(before).toMatchObject([{ canary: { version: '1.1.0' }, phase: 'promoted', passages }]);
  });

  test('that fails more often is taken back, and the champion stays', async () => {
    const world = new World(BROKEN);
    const state = await world.until('rolled-back');
    expect(state.reason).toMatch('fail more often');
    expect(world.router.weights).toEqual({ stable: target(100, '1.0.0'), canary: null });
    expect(await world.champion()).toBe('1.0.0');
    const result = await world.do('status');
    expect(check(result, 'rollout.error-rate')).toMatchObject({ status: 'fail' });
    expect(check(result, 'rollout.phase')).toMatchObject({ status: 'fail' });
  });

  test('stays at a step until its time and its requests are met', async () => {
    const world = new World({ ...HEALTHY, perMinute: 6 });
    await world.do('start');
    world.clock.advance(MINUTE);
    expect((await world.do('advance')).state?.step).toBe(0);
    world.clock.advance(30_000);
    expect((await world.do('advance')).state?.step).toBe(0); // 9 requests in 90 s: neither is met
    world.clock.advance(30_000);
    expect((await world.do('advance')).state?.step).toBe(1); // 12 requests in 2 min
  });

  test('without evidence is not promoted by the steps, and is with promote-on: steps, with a warning', async () => {
    const few = { perMinute: 20, canaryErrors: 0, stableErrors: 0 };
    const strict = new World(few);
    strict.deadline = { afterMs: 20 * MINUTE, onDeadline: 'hold' };
    expect((await strict.until('held', 'promoted')).phase).toBe('held');
    expect(check(await strict.do('status'), 'rollout.error-rate')).toMatchObject({ status: 'inconclusive' });
    const lenient = new World(few);
    lenient.plan = plan({ promoteOn: 'steps' });
    expect((await lenient.until('held', 'promoted')).phase).toBe('promoted');
    expect(check(await lenient.do('status'), 'rollout.error-rate')).toMatchObject({ status: 'warn' });
  });

  test('without any request of its own never leaves a step, and says so', async () => {
    const world = new World({ ...HEALTHY, perMinute: 0 });
    world.plan = plan({ promoteOn: 'steps', steps: [step(10, { atLeastMs: 0 })] });
    world.deadline = { afterMs: 30 * MINUTE, onDeadline: 'rollback' };
    const state = await world.until('promoted', 'rolled-back');
    expect(state.phase).toBe('rolled-back');
    expect(check(await world.do('status'), 'rollout.error-rate')).toMatchObject({ status: 'inconclusive' });
  });

  test.each(['evidence', 'steps'] as const)(
    'is not raised on %s while the stable version has not been seen: nothing is compared',
    async (promoteOn) => {
      const world = new World();
      world.plan = plan({ promoteOn });
      const counts = { requests: 500, judged: 500, errors: 25, timed: 0, slow: 0 };
      world.metrics.instead = {
        kind: 'counts',
        counts: { canary: counts, stable: NO_COUNTS },
        seen: { canary: counts, stable: null },
      };
      await world.do('start');
      world.clock.advance(3 * MINUTE);
      const result = await world.do('advance');
      expect(result.state).toMatchObject({ phase: 'step', step: 0 });
      expect(check(result, 'rollout.error-rate')).toMatchObject({
        status: 'inconclusive',
        message: 'no request of 1.0.0 has been seen',
      });
    },
  );

  test('whose metrics cannot be read stays where it is, and is shown as inconclusive', async () => {
    const world = new World();
    await world.do('start');
    world.clock.advance(5 * MINUTE);
    await world.do('advance');
    world.metrics.instead = { kind: 'unreachable', message: 'the query canary-requests: cannot be reached' };
    world.clock.advance(5 * MINUTE);
    const result = await world.do('advance');
    expect(result.state?.step).toBe(1);
    expect(check(result, 'rollout.error-rate')).toMatchObject({ status: 'inconclusive' });
    expect(check(result, 'rollout.error-rate')?.message).toMatch('unreachable');
  });

  test('whose latency is to be judged is not promoted while none is known', async () => {
    const world = new World();
    world.plan = plan({ maxLatencyMs: 100, promoteOn: 'steps' });
    world.deadline = { afterMs: 20 * MINUTE, onDeadline: 'hold' };
    expect((await world.until('held', 'promoted')).phase).toBe('held');
    const latency = check(await world.do('status'), 'rollout.latency');
    expect(latency).toMatchObject({
      status: 'inconclusive',
      message: expect.stringMatching('known latency'),
    });
  });

  test('above the hard limit is taken back at the first look with twenty requests', async () => {
    const world = new World({ perMinute: 30, canaryErrors: 0.5, stableErrors: 0.5 });
    world.plan = plan({ maxErrorRate: 0.2 });
    await world.do('start');
    world.clock.advance(MINUTE / 2);
    const early = await world.do('advance');
    expect(check(early, 'rollout.guard')).toMatchObject({ status: 'inconclusive' });
    world.clock.advance(MINUTE / 2);
    const late = await world.do('advance');
    expect(late.state?.phase).toBe('rolled-back');
    expect(check(late, 'rollout.guard')).toMatchObject({
      status: 'fail',
      observed: { errorRate: 0.5, requests: 30 },
    });
  });
});

describe('approval', () => {
  const approved = () => {
    const world = new World();
    world.plan = plan({ steps: [step(10, { approval: true }), step(50)] });
    return world;
  };

  test('is waited for, and then the step is left', async () => {
    const world = approved();
    await world.until('awaiting-approval');
    world.clock.advance(60 * MINUTE);
    expect((await world.do('advance')).state?.phase).toBe('awaiting-approval');
    expect((await world.do('approve')).state).toMatchObject({ phase: 'step', step: 1 });
  });

  test('makes the version the anchor once it is promoted; a promotion by the clock alone does not', async () => {
    const world = approved();
    await world.until('awaiting-approval');
    await world.do('approve');
    await world.until('promoted');
    expect(await world.registry.aliases('demand')).toMatchObject({ champion: '1.1.0', anchor: '1.1.0' });
    const other = new World();
    await other.do('start');
    await other.until('promoted');
    expect(await other.registry.aliases('demand')).not.toHaveProperty('anchor');
  });

  test('does not stop the judging: harm while waiting rolls back', async () => {
    const world = approved();
    await world.until('awaiting-approval');
    world.metrics.traffic = BROKEN;
    world.clock.advance(5 * MINUTE);
    expect((await world.do('advance')).state?.phase).toBe('rolled-back');
  });

  test('is refused if none is awaited', async () => {
    const world = approved();
    await world.do('start');
    await expect(world.do('approve')).rejects.toThrow('does not wait for an approval');
  });
});

describe('starting', () => {
  test('a running version again resumes it; another version is refused', async () => {
    const world = new World();
    await world.do('start');
    world.clock.advance(5 * MINUTE);
    expect((await world.do('start')).state?.step).toBe(1);
    world.addJudged('1.2.0', 'three');
    world.which = '1.2.0';
    await expect(world.do('start')).rejects.toThrow('a rollout of demand 1.1.0 is running');
  });

  test('the promoted version again changes nothing', async () => {
    const world = new World();
    await world.until('promoted');
    const writes = world.store.writes.length;
    expect((await world.do('start')).state?.phase).toBe('promoted');
    expect(world.store.writes.length).toBe(writes);
    world.which = '1.0.0';
    await world.registry.setAlias('demand', 'champion', '1.0.0');
    expect(await world.do('start')).toMatchObject({ state: null, version: { version: '1.0.0' } });
  });

  test('a version that was taken back needs retry, also after others', async () => {
    const world = new World(BROKEN);
    await world.until('rolled-back');
    await expect(world.do('start')).rejects.toThrow('retry: true');
    world.metrics.traffic = HEALTHY;
    world.addJudged('1.2.0', 'three');
    world.which = '1.2.0';
    await world.until('promoted');
    world.which = '1.1.0';
    await expect(world.do('start')).rejects.toThrow('was taken back before');
    world.retry = true;
    await world.judgeAgain('1.1.0', '1.2.0');
    expect((await world.do('start')).state).toMatchObject({ phase: 'step', stable: { version: '1.2.0' } });
  });

  test.each([
    ['no verdict', (world: World) => void world.registry.add('demand', '2.0.0', { 'model.json': 'x' })],
    ['a failing verdict', (world: World) => world.addJudged('2.0.0', 'x', 'fail')],
    ['an inconclusive verdict', (world: World) => world.addJudged('2.0.0', 'x', 'inconclusive')],
    [
      'a verdict on other bytes',
      (world: World) => {
        const made = world.registry.add('demand', '2.0.0', { 'model.json': 'x' });
        const subjects = [{ role: 'model', name: 'model', digest: `sha256:${'0'.repeat(64)}` }];
        const verdict = { schema: 'ml-loop/verdict@1', action: 'validate-model', status: 'pass', subjects };
        world.registry.attach(made, 'verdicts/validate-model.json', JSON.stringify(verdict));
      },
    ],
    [
      'an unreadable verdict',
      (world: World) => {
        const made = world.registry.add('demand', '2.0.0', { 'model.json': 'x' });
        world.registry.attach(made, 'verdicts/validate-model.json', '{');
      },
    ],
  ])('a version with %s is refused, and nothing is touched', async (_, add) => {
    const world = new World();
    add(world);
    world.which = '2.0.0';
    const { evidence } = await world.do('start');
    expect(evidence).toMatchObject({ id: 'rollout.evidence', status: 'fail' });
    expect(world.store.writes).toEqual([]);
    expect(world.router.writes).toEqual([]);
  });

  test('an unknown version is refused', async () => {
    const world = new World();
    world.which = '9.9.9';
    await expect(world.do('start')).rejects.toThrow('there is no demand@9.9.9');
  });

  test('the first release gets all traffic at once and is judged by the guard', async () => {
    const world = new World(HEALTHY, true);
    world.plan = plan({ maxErrorRate: 0.2 });
    const state = await world.until('promoted');
    expect(state.stable).toBeNull();
    expect(world.router.writes[1]).toEqual({ stable: null, canary: target(100, '1.1.0') });
    expect(await world.champion()).toBe('1.1.0');
    expect(check(await world.do('status'), 'rollout.error-rate')?.message).toMatch(
      'no stable version to compare with',
    );
  });

  test('a first release that fails is withdrawn, with nothing to go back to', async () => {
    const world = new World(BROKEN, true);
    world.plan = plan({ maxErrorRate: 0.2 });
    expect((await world.until('failed', 'promoted')).phase).toBe('failed');
    expect(world.router.weights).toEqual({ stable: null, canary: null });
    expect(await world.champion()).toBeNull();
  });

  test('a first release can be refused', async () => {
    const world = new World(HEALTHY, true);
    world.firstRelease = 'refuse';
    await expect(world.do('start')).rejects.toThrow('has no champion');
  });
});

describe('blue-green', () => {
  const blueGreen = (traffic = HEALTHY) => {
    const world = new World(traffic);
    world.plan = plan({ strategy: 'blue-green', steps: [step(100)], maxErrorRate: 0.05 });
    return world;
  };

  test('switches in one go, and is promoted once its error rate is shown to be below the limit', async () => {
    const world = blueGreen();
    await world.until('promoted');
    expect(world.router.writes.map(({ canary }) => canary?.weight)).toEqual([0, 100, undefined]);
  });

  test('goes back to the stable version', async () => {
    const world = blueGreen(BROKEN);
    await world.until('rolled-back');
    expect(world.router.weights).toEqual({ stable: target(100, '1.0.0'), canary: null });
  });
});

describe('before any traffic', () => {
  const trial = (passed: boolean) => async () => ({
    at: '2026-01-05T12:00:00.000Z',
    passed,
    message: passed ? 'fine' : 'of 3 judged rows, 1 with another prediction',
    rows: 3,
    mismatches: passed ? 0 : 1,
  });

  test('a failed smoke test or replay takes the version back', async () => {
    for (const trials of [
      { smokeTest: trial(false), replay: trial(true) },
      { smokeTest: trial(true), replay: trial(false) },
    ]) {
      const world = new World();
      world.trials = trials;
      expect((await world.do('start')).state?.phase).toBe('rolled-back');
      expect(world.router.writes.every(({ canary }) => (canary?.weight ?? 0) === 0)).toBe(true);
    }
  });

  test('a smoke test that passed is not run again after a replay that could not be made', async () => {
    const world = new World();
    let smokes = 0;
    let down = true;
    world.trials = {
      smokeTest: async () => {
        smokes += 1;
        return trial(true)();
      },
      replay: async () => {
        if (down) throw new UserError({ what: 'cannot be reached', where: 'http://127.0.0.1:1' });
        return trial(true)();
      },
    };
    await expect(world.do('start')).rejects.toThrow('cannot be reached');
    expect((await world.state()).phase).toBe('staged');
    down = false;
    expect((await world.do('advance')).state?.phase).toBe('step');
    expect(smokes).toBe(1);
  });
});

describe('the deadline', () => {
  test('holds, keeps judging, and goes on when it is later', async () => {
    const world = new World({ perMinute: 5, canaryErrors: 0, stableErrors: 0 });
    world.deadline = { afterMs: 10 * MINUTE, onDeadline: 'hold' };
    await world.until('held');
    const held = await world.do('status');
    expect(check(held, 'rollout.phase')).toMatchObject({ status: 'inconclusive' });
    expect(world.router.weights).toEqual({ stable: target(50, '1.0.0'), canary: target(50, '1.1.0') });
    world.deadline = { afterMs: 600 * MINUTE, onDeadline: 'hold' };
    expect((await world.do('advance')).state).toMatchObject({ phase: 'step', step: 1 });
    world.deadline = { afterMs: 10 * MINUTE, onDeadline: 'hold' };
    world.clock.advance(MINUTE);
    expect((await world.do('advance')).state?.phase).toBe('held');
    world.metrics.traffic = BROKEN;
    world.clock.advance(200 * MINUTE);
    expect((await world.do('advance')).state?.phase).toBe('rolled-back');
  });

  test('never promotes, even with evidence in hand', async () => {
    const world = new World();
    world.deadline = { afterMs: 30 * MINUTE, onDeadline: 'rollback' };
    await world.do('start');
    world.clock.advance(60 * MINUTE);
    expect((await world.do('advance')).state?.phase).toBe('rolled-back');
  });
});

describe('a person', () => {
  test('forces a promotion, which is recorded as such', async () => {
    const world = new World({ perMinute: 5, canaryErrors: 0, stableErrors: 0 });
    await world.do('start');
    world.clock.advance(MINUTE);
    await world.do('advance');
    const result = await world.do('promote');
    expect(result.state).toMatchObject({ phase: 'promoted' });
    expect(result.state?.forcedAt).not.toBeNull();
    expect(check(result, 'rollout.phase')).toMatchObject({ status: 'warn' });
    expect(check(result, 'rollout.error-rate')).toMatchObject({ status: 'warn' });
    expect(await world.champion()).toBe('1.1.0');
  });

  test('aborts: the stable version gets all traffic; again changes nothing', async () => {
    const world = new World();
    await world.do('start');
    const aborted = await world.do('abort');
    expect(aborted.state).toMatchObject({ phase: 'rolled-back', reason: 'it was aborted' });
    expect(check(aborted, 'rollout.router')).toMatchObject({ status: 'pass' });
    expect(world.router.weights).toEqual({ stable: target(100, '1.0.0'), canary: null });
    expect(isTakenBackByOrder(aborted.state as RolloutState)).toBe(true);
    const router = { readsBack: true, corrected: true, drifts: [] };
    const ordered = checksOfOrder(aborted.state as RolloutState, router);
    expect(ordered.map(({ id, status }) => [id, status])).toEqual([
      ['rollout.router', 'pass'],
      ['rollout.phase', 'pass'],
    ]);
    const byEvidence = { ...(aborted.state as RolloutState), reason: 'the error rate is higher' };
    expect(isTakenBackByOrder(byEvidence)).toBe(false);
    const writes = world.store.writes.length;
    await world.do('abort');
    expect(world.store.writes.length).toBe(writes);
  });

  test('cannot abort what is promoted, nor approve, promote or abort what was never started', async () => {
    const world = new World();
    for (const operation of ['approve', 'promote', 'abort'] as const) {
      await expect(world.do(operation)).rejects.toThrow(`there is no rollout to ${operation}`);
    }
    await world.until('promoted');
    await expect(world.do('abort')).rejects.toThrow('run the operation rollback to go back');
  });

  test('who moved the champion meanwhile is not overruled', async () => {
    const world = new World();
    world.addJudged('1.0.1', 'hotfix');
    await world.do('start');
    await world.registry.setAlias('demand', 'champion', '1.0.1');
    const state = await world.until('held', 'promoted');
    expect(state).toMatchObject({ phase: 'held' });
    expect(state.reason).toMatch('moved champion to 1.0.1');
    expect(await world.champion()).toBe('1.0.1');
    // However often it is asked to go on, a person decides.
    for (let ticks = 0; ticks < 3; ticks += 1) {
      world.clock.advance(5 * MINUTE);
      expect((await world.do('advance')).state).toMatchObject({ phase: 'held', reason: state.reason });
    }
    // Nor by a person: it was never compared with 1.0.1.
    for (const order of ['promote', 'approve'] as const) {
      const refused = await world.do(order);
      expect(refused.state).toMatchObject({ phase: 'held', forcedAt: null });
      expect(refused.evidence).toMatchObject({ id: 'rollout.evidence', status: 'fail' });
      expect(refused.evidence?.fix).toContain('run validate-model again');
    }
    expect(await world.champion()).toBe('1.0.1');
    expect((await world.do('abort')).state?.phase).toBe('rolled-back');
  });

  test('a champion moved back lets the rollout go on', async () => {
    const world = new World();
    world.addJudged('1.0.1', 'hotfix');
    await world.do('start');
    await world.registry.setAlias('demand', 'champion', '1.0.1');
    await world.until('held');
    await world.registry.setAlias('demand', 'champion', '1.0.0');
    expect((await world.until('promoted')).phase).toBe('promoted');
  });
});

describe('a verdict opens only the door that it was made for', () => {
  /** 1.1.0 is promoted; 1.2.0 was judged against 1.0.0. */
  async function overtaken(): Promise<World> {
    const world = new World();
    world.addJudged('1.2.0', 'three');
    await world.until('promoted');
    world.which = '1.2.0';
    return world;
  }

  test('a version that was judged against an older champion is not started, until it is judged again', async () => {
    const world = await overtaken();
    const writes = world.store.writes.length;
    const { state, evidence } = await world.do('start');
    expect(state).toBeNull();
    expect(evidence).toMatchObject({ id: 'rollout.evidence', status: 'fail' });
    expect(evidence?.message).toMatch(
      /compared it with demand 1\.0\.0, and demand 1\.1\.0 is production now/,
    );
    expect(evidence?.fix).toContain('run validate-model again');
    expect(world.store.writes.length).toBe(writes);
    expect(await world.champion()).toBe('1.1.0');
    await world.judgeAgain('1.2.0', '1.1.0');
    expect((await world.do('start')).state).toMatchObject({ phase: 'step', stable: { version: '1.1.0' } });
  });

  test('a first-release verdict starts nothing if there is a champion', async () => {
    const world = new World();
    await world.judgeAgain('1.1.0', null);
    const { state, evidence } = await world.do('start');
    expect(state).toBeNull();
    expect(evidence?.message).toMatch(
      /compared it with nothing \(a first release\), and demand 1\.0\.0 is production/,
    );
  });

  test('before any traffic, evidence that no longer holds is held, and goes on when it does', async () => {
    const world = new World();
    world.registry.altered.add('1.1.0');
    await expect(world.do('start')).rejects.toThrow('does not hold the bytes');
    world.registry.altered.clear();
    await world.judgeAgain('1.1.0', null);
    for (let looks = 0; looks < 2; looks += 1) {
      const { state } = await world.do('advance');
      expect(state).toMatchObject({ phase: 'held', step: -1, trafficAt: null });
      expect(state?.reason).toContain('compared it with nothing');
      expect(world.router.weights?.canary).toMatchObject({ weight: 0 });
    }
    await world.judgeAgain('1.1.0', '1.0.0');
    expect((await world.do('advance')).state?.phase).toBe('step');
  });

  test('before the promotion too, and no person overrules it', async () => {
    const world = new World();
    await world.do('start');
    await world.judgeAgain('1.1.0', '1.0.0', 'fail');
    expect((await world.do('promote')).evidence?.status).toBe('fail');
    const state = await world.until('held', 'promoted');
    expect(state).toMatchObject({ phase: 'held', forcedAt: null });
    expect(await world.champion()).toBe('1.0.0');
  });

  test('a version that was taken back is started again against the same champion', async () => {
    const world = new World(BROKEN);
    await world.until('rolled-back');
    Object.assign(world, { retry: true });
    world.metrics.traffic = HEALTHY;
    expect((await world.until('promoted')).phase).toBe('promoted');
  });

  test('the version that the champion replaced comes back without another comparison; no other does', async () => {
    const world = await overtaken();
    await world.judgeAgain('1.0.0', null);
    world.which = '1.0.0';
    expect(await world.until('promoted')).toMatchObject({ returns: true, stable: { version: '1.1.0' } });
    expect(await world.champion()).toBe('1.0.0');
    world.which = '1.2.0';
    expect((await world.do('start')).state?.phase).toBe('step');
  });

  test('a champion that is lost is not a first release', async () => {
    const world = await overtaken();
    await world.registry.setAlias('demand', 'champion', null);
    await expect(world.do('start')).rejects.toThrow(
      /the last rollout made demand 1\.1\.0 the champion, but the registry has none/,
    );
  });
});

describe('the registered bytes', () => {
  test('that were changed after they were judged get no traffic, until they are put back', async () => {
    const world = new World();
    world.registry.altered.add('1.1.0');
    await expect(world.do('start')).rejects.toThrow('does not hold the bytes that were registered');
    expect(await world.state()).toMatchObject({ phase: 'smoked', trafficAt: null });
    expect(world.router.weights?.canary).toMatchObject({ weight: 0 });
    world.registry.altered.clear();
    expect((await world.do('advance')).state?.phase).toBe('step');
  });

  test('that were changed during the rollout do not become the champion; it can be taken back', async () => {
    const world = new World();
    await world.do('start');
    world.registry.altered.add('1.1.0');
    await expect(world.until('promoted')).rejects.toThrow('does not hold the bytes that were registered');
    expect(await world.champion()).toBe('1.0.0');
    expect((await world.do('abort')).state?.phase).toBe('rolled-back');
    expect(world.router.weights).toMatchObject({ stable: { version: '1.0.0', weight: 100 }, canary: null });
  });
});

describe('the evidence of a version', () => {
  const evidenceOf = async (change: (verdict: Verdict) => object) => {
    const world = new World();
    const [, version] = await world.registry.versions('demand');
    if (version === undefined) throw new Error('there is no version');
    const verdict = change(modelVerdict(version.digest));
    world.registry.attach(version, 'verdicts/validate-model.json', JSON.stringify(verdict));
    return (await world.do('start')).evidence?.message;
  };

  test.each<[string, (verdict: Verdict) => object, string]>([
    ['says pass without a check', (verdict) => ({ ...verdict, checks: [] }), 'its checks say inconclusive'],
    ['is of another model', (verdict) => ({ ...verdict, name: 'churn' }), 'is about the model churn'],
    ['judged other bytes', () => modelVerdict(`sha256:${'0'.repeat(64)}`), 'no passing verdict'],
    ['is half written', () => ['half'], 'must be object'],
    [
      'only compared with the bytes',
      (verdict) => ({
        ...verdict,
        subjects: verdict.subjects.map((one) => ({ ...one, role: 'production' })),
      }),
      'no passing verdict',
    ],
  ])('does not count if it %s', async (_, change, message) => {
    expect(await evidenceOf(change)).toContain(message);
  });
});

describe('the router', () => {
  test('changed by somebody else is put back, and the drift is reported', async () => {
    const world = new World();
    await world.do('start');
    world.clock.advance(MINUTE);
    await world.do('advance');
    const { weights } = world.router;
    if (weights?.canary == null) throw new Error('no weights');
    world.router.weights = { ...weights, canary: { ...weights.canary, weight: 80 } };
    const seen = await world.do('status');
    expect(seen.drifts).toHaveLength(1);
    expect(world.router.weights.canary?.weight).toBe(80);
    const result = await world.do('advance');
    expect(check(result, 'rollout.router')).toMatchObject({ status: 'warn' });
    expect(world.router.weights.canary?.weight).toBe(10);
  });

  test('that does not hold what was written is an error, and the state waits', async () => {
    const world = new World();
    world.router.write = async () => {
      world.router.weights = { stable: null, canary: null };
    };
    await expect(world.do('start')).rejects.toThrow('after 1.0.0 100 %, 1.1.0 0 % was written');
    expect((await world.state()).phase).toBe('staged');
  });
});

describe('run', () => {
  test('ticks until the rollout is over', async () => {
    const world = new World();
    expect((await world.do('run')).state?.phase).toBe('promoted');
  });

  test('returns when a person must decide, and when its budget is spent', async () => {
    const waiting = new World();
    waiting.plan = plan({ steps: [step(10, { approval: true })] });
    expect((await waiting.do('run')).state?.phase).toBe('awaiting-approval');
    const slow = new World({ perMinute: 1, canaryErrors: 0, stableErrors: 0 });
    const begun = slow.clock.now().getTime();
    expect((await slow.do('run')).state?.phase).toBe('step');
    expect(slow.clock.now().getTime() - begun).toBe(10 * MINUTE);
  });

  test('bears a router that fails for a moment', async () => {
    const world = new World();
    const write = world.router.write.bind(world.router);
    let calls = 0;
    world.router.write = async (weights) => {
      calls += 1;
      if (calls === 3) throw new UserError({ what: 'the router is down' });
      return write(weights);
    };
    expect((await world.do('run')).state?.phase).toBe('promoted');
    expect(world.log.join()).toMatch('the router is down; trying again');
  });
});

describe('the state', () => {
  test('refuses a time before what it has seen', async () => {
    const world = new World();
    await world.do('start');
    world.clock.advance(-10 * MINUTE);
    await expect(world.do('advance')).rejects.toThrow('input now');
    expect((await world.do('status')).state?.phase).toBe('step');
  });

  test('that is half written or of something else is refused and left alone', async () => {
    const world = new World();
    await world.store.write('demand/rollout', { schema: 'ml-loop/rollout@1', phase: 'step' }, null, 'half');
    await expect(world.do('advance')).rejects.toThrow(/state demand\/rollout#\/canary: is missing/);
    await expect(world.do('start')).rejects.toThrow(UserError);
    expect(world.store.writes).toHaveLength(1);
  });

  test('written by another run at the same time is read again', async () => {
    const world = new World();
    await world.do('start');
    world.clock.advance(MINUTE);
    const write = world.store.write.bind(world.store);
    let conflicts = 1;
    world.store.write = async (key, ...rest) => {
      if (conflicts-- > 0) throw new StateConflict(key);
      return write(key, ...rest);
    };
    expect((await world.do('advance')).state?.totals.canary.requests).toBe(1000);
    conflicts = 100;
    await expect(world.do('advance')).rejects.toThrow('concurrency group');
  });

  test('of a rollout that has not been started is nothing', async () => {
    const world = new World();
    expect((await world.do('status')).state).toBeNull();
    expect((await world.do('advance')).state).toBeNull();
  });

  test('keeps 200 points of history', async () => {
    const world = new World({ perMinute: 1, canaryErrors: 0, stableErrors: 0 });
    await world.do('start');
    for (let i = 0; i < 220; i += 1) {
      world.clock.advance(MINUTE);
      await world.do('advance');
    }
    expect((await world.state()).history).toHaveLength(200);
  });
});
