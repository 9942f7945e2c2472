import { describe, expect, test } from '@jest/globals';
import { UserError } from '../../../shared/problem/problem.ts';
import { parseExpected } from '../../../shared/rollout/approval.ts';
import { check, MINUTE, plan, step, World } from './world.ts';

describe('the operation rollback', () => {
  test('gives all traffic and the champion back after a promotion, and remembers the version', async () => {
    const world = new World();
    world.plan = plan({ steps: [step(10, { approval: true }), step(50)] });
    await world.until('awaiting-approval');
    await world.do('approve');
    await world.until('promoted');
    expect((await world.registry.aliases('demand')).anchor).toBe('1.1.0');
    const { state } = await world.do('rollback');
    expect(state).toMatchObject({ phase: 'rolled-back', reason: 'a person rolled it back' });
    expect(await world.champion()).toBe('1.0.0');
    expect((await world.registry.aliases('demand')).anchor).toBe('1.0.0');
    expect(await world.router.read()).toMatchObject({
      stable: { version: '1.0.0', weight: 100 },
      canary: null,
    });
    // Again: nothing is left to do. The version needs `retry` to be released once more.
    expect((await world.do('rollback')).state?.phase).toBe('rolled-back');
    await expect(world.do('start')).rejects.toThrow('was taken back before');
  });

  test('ends a rollout that is under way, as abort does', async () => {
    const world = new World();
    await world.do('start');
    world.clock.advance(MINUTE);
    expect((await world.do('rollback')).state).toMatchObject({
      phase: 'rolled-back',
      reason: 'it was aborted',
    });
  });

  test('goes to no version that is not there, and takes back none that was not meant', async () => {
    const first = new World(undefined, true);
    first.plan = plan({ promoteOn: 'steps', maxErrorRate: 0.1 });
    await first.until('promoted');
    await expect(first.do('rollback')).rejects.toThrow('there is no version before it to go back to');
    const world = new World();
    await world.until('promoted');
    world.order = { by: [], logins: undefined, preventSelf: false, expected: parseExpected('1.2.0') };
    await expect(world.do('rollback')).rejects.toThrow('not of 1.2.0');
    expect(await world.champion()).toBe('1.1.0');
  });

  test('does not undo what another process made the champion since', async () => {
    const world = new World();
    await world.until('promoted');
    world.addJudged('1.2.0', 'three');
    await world.registry.setAlias('demand', 'champion', '1.2.0');
    await expect(world.do('rollback')).rejects.toThrow('since then another process made 1.2.0 the champion');
    expect(await world.router.read()).toMatchObject({ stable: { version: '1.1.0' } });
    expect(await world.champion()).toBe('1.2.0');
  });

  test('goes back to any version that has been champion, named by `to`, and to no other', async () => {
    const world = new World();
    await world.until('promoted');
    world.addJudged('1.2.0', 'three');
    await world.judgeAgain('1.2.0', '1.1.0');
    world.addJudged('1.3.0', 'four');
    world.which = '1.2.0';
    await world.until('promoted');
    world.to = '1.3.0';
    await expect(world.do('rollback')).rejects.toThrow(
      '"1.3.0" is not a version of demand that has been champion',
    );
    world.to = '1.0.0';
    expect((await world.do('rollback')).state).toMatchObject({
      phase: 'rolled-back',
      stable: { version: '1.0.0' },
    });
    expect(await world.champion()).toBe('1.0.0');
    expect(await world.router.read()).toMatchObject({
      stable: { version: '1.0.0', weight: 100 },
      canary: null,
    });
    expect((await world.do('rollback')).state?.phase).toBe('rolled-back');
  });

  test('by a start of the version before it takes the version that was left back, too', async () => {
    const world = new World();
    await world.until('promoted');
    await world.judgeAgain('1.0.0', null);
    world.which = '1.0.0';
    await world.until('promoted');
    expect(await world.champion()).toBe('1.0.0');
    world.which = '1.1.0';
    await expect(world.do('start')).rejects.toThrow('was taken back before');
  });
});

describe('a clock that was ahead', () => {
  const PRESENT = '2026-01-05T12:30:00.000Z';

  async function ahead(until?: string): Promise<World> {
    const world = new World();
    await world.do('start');
    if (until !== undefined) await world.until(until);
    world.clock.set('2036-01-01T00:00:00.000Z');
    await world.do('advance');
    world.clock.set(PRESENT);
    return world;
  }

  test('stops a later run, which names the way out', async () => {
    await expect((await ahead()).do('advance')).rejects.toMatchObject({
      problems: [{ fix: expect.stringContaining('run the operation abort, which takes any time') }],
    });
  });

  test.each(['abort', 'rollback'] as const)(
    'does not stop %s, and the next rollout goes on from there',
    async (operation) => {
      const world = await ahead();
      expect((await world.do('status')).state?.phase).toBe('held');
      expect((await world.do(operation)).state).toMatchObject({ phase: 'rolled-back', updatedAt: PRESENT });
      world.retry = true;
      expect((await world.until('promoted')).startedAt).toBe(PRESENT);
    },
  );

  test('does not stop the rollout after one that has ended', async () => {
    const world = await ahead();
    world.clock.set('2036-01-01T00:00:00.000Z');
    await world.do('promote');
    world.clock.set(PRESENT);
    await world.judgeAgain('1.0.0', null);
    world.which = '1.0.0';
    expect((await world.until('promoted')).startedAt).toBe(PRESENT);
  });
});

test('status tells where the rollout is if the router cannot be read', async () => {
  const world = new World();
  await world.do('start');
  world.router.read = async () => {
    throw new UserError({ what: 'is not a router file', where: 'router.json' });
  };
  const result = await world.do('status');
  expect(result.state?.phase).toBe('step');
  expect(check(result, 'rollout.router')).toMatchObject({
    status: 'inconclusive',
    message: expect.stringContaining('router.json: is not a router file'),
  });
});
