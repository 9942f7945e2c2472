import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Champion, DriftState } from '../../../shared/drift/state.ts';
import { decideRetrain, type TriggerFacts, type TriggerPolicy } from '../../../shared/drift/triggers.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.parse('2026-01-05T00:00:00Z');
const champions: readonly Champion[] = ['a', 'b'].map((letter, i) => ({
  digest: `sha256:${letter.repeat(64)}`,
  version: `1.${i}.0`,
}));
const [first, second] = champions as [Champion, Champion];

const quiet: TriggerFacts = {
  name: 'demand',
  champion: first,
  championSince: new Date(START - DAY),
  brokenRequirement: null,
  driftedColumns: [],
  newRows: 0,
};
const drifted: TriggerFacts = { ...quiet, driftedColumns: ['temp'] };
const policy: TriggerPolicy = { cooldown: DAY, driftTriggers: true };
const at = (hours: number) => new Date(START + hours * HOUR);
/** The state once the dispatch of a decision has been confirmed. */
function delivered(state: DriftState): DriftState {
  return state.retrain === null ? state : { ...state, retrain: { ...state.retrain, status: 'dispatched' } };
}

describe('the reasons for a retrain', () => {
  const table: readonly [string, Partial<TriggerFacts>, Partial<TriggerPolicy>, readonly string[]][] = [
    ['nothing', {}, {}, []],
    ['broken performance', { brokenRequirement: 'mae <= 60' }, {}, ['performance']],
    ['material drift', { driftedColumns: ['temp', 'hum'] }, {}, ['drift']],
    ['material drift that may not trigger', { driftedColumns: ['temp'] }, { driftTriggers: false }, []],
    ['enough new rows', { newRows: 5000 }, { newRows: 5000 }, ['new-rows']],
    ['too few new rows', { newRows: 4999 }, { newRows: 5000 }, []],
    ['new rows that cannot be counted', { newRows: null }, { newRows: 5000 }, []],
    ['new rows without a threshold', { newRows: 9999 }, {}, []],
    ['a training long ago', {}, { retrainEvery: DAY }, ['schedule']],
    ['a recent training', {}, { retrainEvery: 2 * DAY }, []],
    ['the first run without a registry', { champion: null, championSince: null }, { retrainEvery: DAY }, []],
    [
      'everything',
      { brokenRequirement: 'mae <= 60', driftedColumns: ['temp'], newRows: 9999 },
      { newRows: 1, retrainEvery: DAY },
      ['performance', 'drift', 'new-rows', 'schedule'],
    ],
  ];
  test.each(table)('%s', (_, facts, extra, kinds) => {
    const decision = decideRetrain(null, { ...quiet, ...facts }, { ...policy, ...extra }, at(0));
    expect(decision.reasons.map((reason) => reason.kind)).toEqual(kinds);
    expect(decision.retrain).toBe(kinds.length > 0);
    expect(decision.request?.reasons ?? []).toEqual(kinds);
    expect(decision.nextState.retrain?.status).toBe(kinds.length > 0 ? 'pending' : undefined);
  });

  test('the schedule counts from the first run if no registry knows the champion', () => {
    const facts = { ...quiet, champion: null, championSince: null };
    const state = decideRetrain(null, facts, policy, at(0)).nextState;
    expect(decideRetrain(state, facts, { ...policy, retrainEvery: 2 * DAY }, at(47)).retrain).toBe(false);
    expect(decideRetrain(state, facts, { ...policy, retrainEvery: 2 * DAY }, at(48)).retrain).toBe(true);
  });

  test('the schedule asks once an interval, also if no new champion comes of it', () => {
    const weekly = { ...policy, retrainEvery: 7 * DAY };
    let state: DriftState | null = null;
    const asked: number[] = [];
    for (let day = 0; day <= 28; day += 1) {
      const decision = decideRetrain(state, quiet, weekly, at(day * 24));
      if (decision.retrain) asked.push(day);
      state = delivered(decision.nextState);
    }
    expect(asked).toEqual([6, 13, 20, 27]);
  });
});

describe('the cool-down', () => {
  const state = delivered(decideRetrain(null, drifted, policy, at(0)).nextState);

  test('the same reasons for the same champion are a duplicate', () => {
    const decision = decideRetrain(state, drifted, policy, at(23));
    expect(decision).toMatchObject({
      retrain: false,
      suppressed: 'duplicate',
      until: at(24).toISOString(),
      request: null,
    });
    expect(decision.reasons).toHaveLength(1);
  });

  test('other reasons, or another champion, wait', () => {
    const other = { ...quiet, brokenRequirement: 'mae <= 60' };
    expect(decideRetrain(state, other, policy, at(23))).toMatchObject({
      retrain: false,
      suppressed: 'cooldown',
    });
    expect(decideRetrain(state, { ...drifted, champion: second }, policy, at(23)).suppressed).toBe(
      'cooldown',
    );
  });

  test('once it has passed, the same reasons ask again, under another key', () => {
    const decision = decideRetrain(state, drifted, policy, at(24));
    expect(decision.retrain).toBe(true);
    expect(decision.request?.dedupeKey).not.toBe(state.retrain?.dedupeKey);
  });

  test('an earlier retrain is kept, with what its run compared', () => {
    const compared = { reference: `sha256:${'1'.repeat(64)}`, current: `sha256:${'2'.repeat(64)}` };
    const asked = decideRetrain(null, { ...drifted, compared }, policy, at(0));
    expect(asked.request?.compared).toEqual(compared);
    const state = delivered(asked.nextState);
    const { nextState } = decideRetrain(state, drifted, policy, at(24));
    expect(nextState.earlierRetrains).toEqual([state.retrain]);
  });

  test('the same run again asks for nothing more, even without a cool-down', () => {
    expect(decideRetrain(state, drifted, { ...policy, cooldown: 0 }, at(0)).suppressed).toBe('duplicate');
    expect(decideRetrain(state, drifted, { ...policy, cooldown: 0 }, at(1)).retrain).toBe(true);
  });
});

describe('a pending request', () => {
  const pending = decideRetrain(null, drifted, policy, at(0));

  test('is tried again under its own key, whatever the cool-down, also when the reason has gone', () => {
    for (const facts of [drifted, quiet]) {
      const decision = decideRetrain(pending.nextState, facts, policy, at(1));
      expect(decision.request).toEqual(pending.request);
      expect(decision.reasons.map((reason) => reason.kind)).toEqual(['drift']);
      expect(decision.nextState.retrain).toMatchObject({
        status: 'pending',
        attemptedAt: at(1).toISOString(),
      });
    }
  });

  test('is dropped for a new champion, and the cool-down still counts', () => {
    const followed = { ...drifted, champion: second };
    expect(decideRetrain(pending.nextState, followed, policy, at(1))).toMatchObject({
      retrain: false,
      suppressed: 'cooldown',
    });
    expect(decideRetrain(pending.nextState, followed, policy, at(24)).retrain).toBe(true);
  });
});

test('property: no two dispatches of different requests within the cool-down', () => {
  const step = fc.record({
    hours: fc.integer({ min: 0, max: 40 }),
    champion: fc.constantFrom(...champions),
    facts: fc.constantFrom(quiet, drifted, { ...quiet, brokenRequirement: 'mae <= 60' }),
    delivered: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 40 }),
      fc.integer({ min: 0, max: 72 }),
      (steps, cooldownHours) => {
        const limited = { ...policy, cooldown: cooldownHours * HOUR };
        const sent: { key: string; time: number }[] = [];
        let state: DriftState | null = null;
        let time = 0;
        for (const one of steps) {
          time += one.hours;
          const decision = decideRetrain(state, { ...one.facts, champion: one.champion }, limited, at(time));
          // An attempt may have arrived even if the run did not live to know it.
          if (decision.request !== null) sent.push({ key: decision.request.dedupeKey, time });
          state = one.delivered ? delivered(decision.nextState) : decision.nextState;
        }
        for (const [i, later] of sent.entries()) {
          const before = sent[i - 1];
          if (before === undefined || before.key === later.key) continue;
          expect(later.time - before.time).toBeGreaterThanOrEqual(cooldownHours);
        }
      },
    ),
    { numRuns: 300, seed: 3 },
  );
});
