import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type RetrainRun, settleRetrain } from '../../../shared/drift/retrain.ts';
import { type DriftState, HISTORY_LENGTH, type RetrainRequest } from '../../../shared/drift/state.ts';
import type { TriggerFacts } from '../../../shared/drift/triggers.ts';
import { UserError } from '../../../shared/problem/problem.ts';
import { Killed, MemoryState } from './fakes.ts';

const HOUR = 3_600_000;
const START = Date.parse('2026-01-05T00:00:00Z');
const KEY = 'demand/drift';
const facts: TriggerFacts = {
  name: 'demand',
  champion: { digest: `sha256:${'a'.repeat(64)}`, version: '1.0.0' },
  championSince: new Date(START),
  brokenRequirement: 'mae <= 60',
  driftedColumns: [],
  newRows: null,
};

let store: MemoryState;
let received: RetrainRequest[];
beforeEach(() => {
  store = new MemoryState();
  received = [];
});

function runAt(hours: number, changes: Partial<RetrainRun> = {}): RetrainRun {
  return {
    store,
    key: KEY,
    now: new Date(START + hours * HOUR),
    facts,
    policy: { cooldown: 24 * HOUR, driftTriggers: true, delivery: HOUR / 2 },
    points: {},
    look: {
      at: new Date(START + hours * HOUR).toISOString(),
      champion: null,
      ...DATA,
      status: 'fail',
      drifted: 2,
    },
    deliver: async (request) => {
      received.push(request);
    },
    ...changes,
  };
}

const stored = (): DriftState => JSON.parse(JSON.stringify(store.values.get(KEY)?.value));

const DATA = { reference: `sha256:${'1'.repeat(64)}`, current: `sha256:${'2'.repeat(64)}` };

/** The key of another run's request. */
const OTHER = `sha256:${'0f'.repeat(32)}`;

describe('settling a retrain', () => {
  test('the pending state is written before anything is delivered, and confirmed after it', async () => {
    let seen: string | undefined;
    const deliver = async () => {
      seen = stored().retrain?.status;
    };
    const run = runAt(0, { deliver });
    const { state } = await settleRetrain(run);
    expect(seen).toBe('pending');
    expect(state.retrain?.status).toBe('dispatched');
    expect(stored()).toEqual(state);
  });

  test('what a run found is kept with the digests it compared, once an instant', async () => {
    await settleRetrain(runAt(0));
    await settleRetrain(runAt(0));
    const { state } = await settleRetrain(runAt(1));
    const key = received[0]?.dedupeKey;
    expect(state.looks).toEqual([
      { ...runAt(0).look, retrain: null },
      { ...runAt(1).look, retrain: null },
    ]);
    const fresh = new MemoryState();
    const asked = await settleRetrain(runAt(0, { store: fresh }));
    expect(asked.state.looks).toEqual([{ ...runAt(0).look, retrain: key }]);
  });

  test('a receiver that refuses leaves the request open, and the next run tries it again at once', async () => {
    const refusing = async () => {
      throw new UserError({ what: 'refused' });
    };
    await expect(settleRetrain(runAt(0, { deliver: refusing }))).rejects.toThrow('refused');
    expect(stored().retrain?.status).toBe('refused');
    const key = stored().retrain?.dedupeKey;
    await settleRetrain(runAt(0.01));
    expect(received.map((request) => request.dedupeKey)).toEqual([key]);
  });

  test('without a receiver the decision is said, and not said again within the cool-down', async () => {
    const first = await settleRetrain(runAt(0, { deliver: null }));
    expect(first.decision.retrain).toBe(true);
    expect(first.state.retrain?.status).toBe('announced');
    expect((await settleRetrain(runAt(1, { deliver: null }))).decision.suppressed).toBe('duplicate');
    expect((await settleRetrain(runAt(24, { deliver: null }))).decision.retrain).toBe(true);
  });

  test('an earlier now is refused, and nothing is written', async () => {
    await settleRetrain(runAt(5));
    const before = stored();
    await expect(settleRetrain(runAt(4))).rejects.toThrow(UserError);
    expect(stored()).toEqual(before);
  });

  test('a damaged state is refused with its key', async () => {
    store.put(KEY, { schema: 'ml-loop/drift@1', firstRun: 'yesterday' });
    await expect(settleRetrain(runAt(0))).rejects.toThrow(/demand\/drift/);
  });

  test('the history is bounded, ordered, and holds one point an instant', async () => {
    const point = (hours: number) => ({
      at: new Date(START + hours * HOUR).toISOString(),
      value: hours,
      lower: null,
      upper: null,
    });
    for (let hours = 0; hours < HISTORY_LENGTH + 5; hours += 1) {
      await settleRetrain(runAt(hours, { points: { mae: point(hours) } }));
    }
    await settleRetrain(runAt(HISTORY_LENGTH + 4, { points: { mae: point(HISTORY_LENGTH + 4) } }));
    const values = stored().history.mae?.map(({ value }) => value);
    expect(values).toHaveLength(HISTORY_LENGTH);
    expect(values?.[0]).toBe(5);
    expect(values?.at(-1)).toBe(HISTORY_LENGTH + 4);
  });
});

describe('two runs at the same time', () => {
  test('of two that decide the same, one delivers', async () => {
    let interrupted = false;
    store.hook = (call, when) => {
      if (call !== 'write' || when !== 'before' || interrupted) return;
      interrupted = true;
      // The other run wrote its pending request just before this write.
      const at = new Date(START).toISOString();
      store.put(KEY, {
        schema: 'ml-loop/drift@1',
        firstRun: at,
        lastRun: at,
        retrain: {
          status: 'pending',
          dedupeKey: OTHER,
          requestedAt: at,
          attemptedAt: at,
          champion: { ...facts.champion! },
          reasons: ['drift'],
        },
        history: {},
      });
    };
    const { decision } = await settleRetrain(runAt(0));
    expect(decision).toMatchObject({ retrain: false, suppressed: 'duplicate' });
    expect(received).toEqual([]);
    store.hook = () => {};
    // Had the other one died before it delivered, the next run would.
    await settleRetrain(runAt(1));
    expect(received.map((request) => request.dedupeKey)).toEqual([OTHER]);
  });

  test('one that comes while the other delivers leaves it to that one', async () => {
    let during: Promise<unknown> = Promise.resolve();
    const deliver = async (request: RetrainRequest) => {
      received.push(request);
      during = settleRetrain(runAt(0.1));
      await during;
    };
    const { state } = await settleRetrain(runAt(0, { deliver }));
    expect(await during).toMatchObject({ decision: { retrain: false, suppressed: 'duplicate' } });
    expect(received).toHaveLength(1);
    expect(state.retrain?.status).toBe('dispatched');
  });

  test('a state that never holds still is an error that names the fix', async () => {
    store.hook = (call, when) => {
      if (call === 'write' && when === 'before') {
        const at = new Date(START).toISOString();
        store.put(KEY, { schema: 'ml-loop/drift@1', firstRun: at, lastRun: at, retrain: null, history: {} });
      }
    };
    await expect(settleRetrain(runAt(0))).rejects.toThrow(/concurrency/);
    expect(received).toEqual([]);
  });
});

test('property: a run killed at any call neither loses a retrain nor makes it two', async () => {
  const deaths = fc.array(fc.option(fc.integer({ min: 0, max: 12 }), { nil: null }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(deaths, async (callsBeforeDeath) => {
      store = new MemoryState();
      received = [];
      const plan = [...callsBeforeDeath, null];
      for (const [hour, limit] of plan.entries()) {
        let calls = 0;
        const step = () => {
          if (calls === limit) throw new Killed();
          calls += 1;
        };
        store.hook = step;
        const deliver = async (request: RetrainRequest) => {
          step();
          received.push(request);
          step();
        };
        await settleRetrain(runAt(hour, { deliver })).catch((error: unknown) => {
          if (!(error instanceof Killed)) throw error;
        });
      }
      // Seven hours are within the cool-down: one request, under one key, delivered and known to be.
      expect(new Set(received.map((request) => request.dedupeKey)).size).toBe(1);
      expect(stored().retrain?.status).toBe('dispatched');
    }),
    { numRuns: 200, seed: 5 },
  );
});
