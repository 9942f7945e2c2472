import { describe, expect, test } from '@jest/globals';
import type { Runner } from '../../../shared/ports/ports.ts';
import type { UserError } from '../../../shared/problem/problem.ts';
import { approvalCheck, expectText, parseExpected, peopleOf } from '../../../shared/rollout/approval.ts';
import { MINUTE, plan, step, World } from './world.ts';

const NO_RULES = { logins: undefined, preventSelf: false };
const ALICE = { logins: ['Alice', 'bob'], preventSelf: false };

/** A world that waits at its first step. */
async function waiting(parts: { approval?: 'before-traffic' } = {}): Promise<World> {
  const world = new World();
  const steps = [step(10, { approval: parts.approval === undefined }), step(50)];
  world.plan = plan({ steps, ...parts });
  await world.until('awaiting-approval');
  return world;
}

const problems = async (attempt: Promise<unknown>) =>
  attempt.then(
    () => [],
    (error: UserError) => error.problems.map(({ what }) => what),
  );

describe('who stands behind an approval', () => {
  const run = (parts: Partial<Runner> = {}): Runner => ({
    github: true,
    hosted: true,
    event: 'workflow_dispatch',
    ref: 'refs/heads/main',
    actors: ['alice'],
    defaultBranch: () => 'main',
    ...parts,
  });
  const refusal = (runner: Runner, rules: Parameters<typeof peopleOf>[1] = ALICE) => {
    try {
      return peopleOf(runner, rules);
    } catch (error) {
      return (error as Error).message;
    }
  };

  test('those who caused the run, and who ran it again', () => {
    expect(refusal(run())).toEqual(['alice']);
    expect(refusal(run({ actors: ['alice', 'mallory'] }))).toEqual(['alice', 'mallory']);
  });

  test('a branch could bring another list, so its run is refused', () => {
    const other = run({ ref: 'refs/heads/mine' });
    expect(refusal(other)).toContain('this run is of refs/heads/mine');
    expect(refusal(other, NO_RULES)).toContain('only the default branch says who may approve');
  });

  test('with a list, it must be a run that a person started by hand', () => {
    expect(refusal(run({ event: 'schedule' }))).toContain('on the event schedule no one has decided');
    expect(refusal(run({ event: undefined, actors: undefined }))).toContain('outside of a workflow');
    expect(refusal(run({ actors: undefined }))).toContain('GitHub does not say who approves');
    expect(refusal(run({ defaultBranch: () => undefined }))).toContain('what the default branch is');
    expect(refusal(run({ event: 'schedule' }), NO_RULES)).toEqual(['alice']);
    expect(refusal({ github: false, hosted: false }, NO_RULES)).toEqual([]);
  });
});

describe('an approval', () => {
  test('is written down with who, when, the step and the digest, and ends the step', async () => {
    const world = await waiting();
    const { digest } = (await world.state()).canary;
    world.order = { ...ALICE, by: ['alice'] };
    expect((await world.do('approve')).state).toMatchObject({ phase: 'step', step: 1, approved: false });
    const state = await world.state();
    expect(state.approvals).toEqual([
      { at: world.clock.now().toISOString(), step: 1, digest, by: ['alice'] },
    ]);
    expect(world.store.writes.map(({ message }) => message)).toContain(
      'rollout of demand 1.1.0: approved by alice',
    );
    expect(approvalCheck(state, null)).toMatchObject({
      status: 'pass',
      message: expect.stringMatching(/^approved at step 1 by alice at 2026-/),
    });
  });

  test('of someone else is refused, whoever ran the workflow again with it', async () => {
    const world = await waiting();
    for (const by of [['mallory'], ['alice', 'mallory'], []]) {
      world.order = { ...ALICE, by };
      const [what] = await problems(world.do('approve'));
      expect(what).toBe(`${by.length === 0 ? 'no one that GitHub names' : 'mallory'} may not approve demand`);
      expect((await problems(world.do('promote')))[0]).toBe(what);
    }
    expect((await world.state()).phase).toBe('awaiting-approval');
  });

  test('of those who started the rollout is refused, if they must not', async () => {
    const world = new World();
    world.plan = plan({ steps: [step(10, { approval: true }), step(50)] });
    world.order = { ...ALICE, by: ['Bob'], preventSelf: true };
    await world.until('awaiting-approval');
    expect(await problems(world.do('approve'))).toEqual([
      'Bob started this rollout, so someone else must approve it',
    ]);
    world.order = { ...ALICE, by: ['alice'], preventSelf: true };
    expect((await world.do('approve')).state?.phase).toBe('step');
  });

  test('is for the version and the step that the person saw', async () => {
    const world = await waiting();
    const state = await world.state();
    const { digest } = state.canary;
    expect(expectText(state)).toBe(`${digest}#1`);
    for (const text of ['1.2.0', '1.1.0#2', `${digest}#0`]) {
      world.order = { ...NO_RULES, by: [], expected: parseExpected(text) };
      const [what] = await problems(world.do('approve'));
      expect(what).toContain(`the rollout is of demand 1.1.0 (${digest}), at step 1, not of`);
      expect(await problems(world.do('abort'))).toEqual([what]);
    }
    for (const text of [`${digest}#1`, `${digest}#1`, '1.1.0#1']) {
      world.order = { ...NO_RULES, by: [], expected: parseExpected(text) };
      // A job that is run again approves nothing a second time.
      expect((await world.do('approve')).state).toMatchObject({ phase: 'step', step: 1 });
    }
    expect((await world.state()).approvals).toHaveLength(1);
  });

  test('of a text that names no version is refused', () => {
    expect(() => parseExpected('the newest')).toThrow('is not a version');
    expect(parseExpected('2.0.0-rc.1')).toEqual({ version: '2.0.0-rc.1' });
  });
});

describe('an approval before traffic', () => {
  test('holds the version back from all traffic until it comes', async () => {
    const world = await waiting({ approval: 'before-traffic' });
    const before = await world.state();
    expect(before).toMatchObject({ phase: 'awaiting-approval', step: -1, trafficAt: null });
    expect(await world.router.read()).toMatchObject({ stable: { weight: 100 }, canary: { weight: 0 } });
    world.clock.advance(30 * MINUTE);
    expect((await world.do('advance')).state).toMatchObject({ phase: 'awaiting-approval', step: -1 });
    world.order = { ...NO_RULES, by: ['alice'], expected: parseExpected(expectText(before)) };
    expect((await world.do('approve')).state).toMatchObject({ phase: 'step', step: 0, approved: false });
    expect((await world.do('approve')).state).toMatchObject({ phase: 'step', step: 0 });
    expect((await world.state()).approvals).toMatchObject([{ step: 0, by: ['alice'] }]);
    expect((await world.until('promoted')).canary.version).toBe('1.1.0');
    // A person took part, so it is what later versions are compared with, too.
    expect((await world.registry.aliases('demand')).anchor).toBe('1.1.0');
  });

  test('that does not come is held at the deadline, and a later one lets it wait again', async () => {
    const world = await waiting({ approval: 'before-traffic' });
    world.deadline = { afterMs: 10 * MINUTE, onDeadline: 'hold' };
    world.clock.advance(20 * MINUTE);
    expect((await world.do('advance')).state?.phase).toBe('held');
    world.deadline = { afterMs: 60 * MINUTE, onDeadline: 'hold' };
    expect((await world.do('advance')).state?.phase).toBe('awaiting-approval');
  });

  test('is refused by abort', async () => {
    const world = await waiting({ approval: 'before-traffic' });
    expect((await world.do('abort')).state?.phase).toBe('rolled-back');
    expect(await world.champion()).toBe('1.0.0');
  });
});
