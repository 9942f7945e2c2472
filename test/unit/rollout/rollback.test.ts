import { describe, expect, test } from '@jest/globals';
import { parseExpected } from '../../../shared/rollout/approval.ts';
import { MINUTE, plan, step, World } from './world.ts';

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
});
