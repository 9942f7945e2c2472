import { describe, expect, test } from '@jest/globals';
import { newDetector, shiryaevRoberts, watchLosses } from '../../../shared/stats/detector.ts';
import {
  addLook,
  emptyEvidence,
  logEvidence,
  type RolloutOptions,
  requestsToPromote,
  rolloutDecision,
} from '../../../shared/stats/eprocess.ts';
import { type Random, randomFrom } from '../../../shared/stats/random.ts';

const ALPHA = { rollback: 0.05, promote: 0.05 };

function errors(random: Random, requests: number, rate: number): number {
  let count = 0;
  for (let i = 0; i < requests; i++) if (random.uniform() < rate) count += 1;
  return count;
}

interface Rollout {
  readonly rates: { readonly stable: number; readonly canary: number };
  readonly looks: number;
  readonly canaryRequests: number;
  readonly stableRequests: (look: number) => number;
  readonly options?: RolloutOptions;
}

/** Decision and canary requests until then. */
function play(random: Random, rollout: Rollout): { decision: string; requests: number } {
  let evidence = emptyEvidence(rollout.options);
  for (let i = 0; i < rollout.looks; i++) {
    const stableRequests = rollout.stableRequests(i);
    evidence = addLook(
      evidence,
      {
        canaryRequests: rollout.canaryRequests,
        canaryErrors: errors(random, rollout.canaryRequests, rollout.rates.canary),
        stableRequests,
        stableErrors: errors(random, stableRequests, rollout.rates.stable),
      },
      rollout.options,
    );
    const decision = rolloutDecision(evidence, ALPHA);
    if (decision !== 'undecided') return { decision, requests: (i + 1) * rollout.canaryRequests };
  }
  return { decision: 'undecided', requests: rollout.looks * rollout.canaryRequests };
}

function rates(rollout: Rollout, runs: number, seed: number) {
  const random = randomFrom(seed);
  const played = Array.from({ length: runs }, () => play(random, rollout));
  const share = (decision: string) => played.filter((run) => run.decision === decision).length / runs;
  const requests = played.map((run) => run.requests).sort((a, b) => a - b);
  return { rollback: share('rollback'), promote: share('promote'), median: requests[runs >> 1]! };
}

describe('rollout evidence', () => {
  const equal: Rollout = {
    rates: { stable: 0.05, canary: 0.05 },
    looks: 60,
    canaryRequests: 50,
    stableRequests: () => 50,
  };

  test('equal versions are promoted; false rollbacks stay within 5 %', () => {
    const found = rates(equal, 250, 1);
    expect(found.rollback).toBeLessThanOrEqual(0.05);
    expect(found.promote).toBeGreaterThan(0.9);
    const planned = requestsToPromote({ rate: 0.05, share: 0.5 });
    expect(planned / found.median).toBeGreaterThan(0.8);
    expect(planned / found.median).toBeLessThan(2);
  });

  test('twice the error rate is promoted in at most 5 % of rollouts, also while weights change', () => {
    const harm = {
      ...equal,
      rates: { stable: 0.05, canary: 0.1 },
      stableRequests: (i: number) => 25 + 25 * (i % 8),
    };
    const found = rates(harm, 250, 2);
    expect(found.promote).toBeLessThanOrEqual(0.05);
    expect(found.rollback).toBeGreaterThan(0.9);
    expect(
      rates({ ...equal, stableRequests: (i) => 25 + 25 * (i % 8) }, 250, 3).rollback,
    ).toBeLessThanOrEqual(0.05);
  });

  test('a version without errors is promoted by the floor after about 4,900 requests', () => {
    let evidence = emptyEvidence();
    let requests = 0;
    while (rolloutDecision(evidence, ALPHA) === 'undecided') {
      evidence = addLook(evidence, {
        canaryErrors: 0,
        canaryRequests: 100,
        stableErrors: 0,
        stableRequests: 100,
      });
      requests += 100;
    }
    expect(rolloutDecision(evidence, ALPHA)).toBe('promote');
    expect(requests).toBe(4900);
    expect(requestsToPromote({ rate: 0, share: 0.5 })).toBe(4916);
  });

  test('a plan that cannot decide says so', () => {
    expect(requestsToPromote({ rate: 0.01, share: 1 })).toBe(Infinity);
    expect(Number.isFinite(requestsToPromote({ rate: 0.01, share: 0.1 }))).toBe(true);
  });

  test('by hand, one error: the mixture over ratios of q1/q0', () => {
    const evidence = addLook(emptyEvidence(), {
      canaryErrors: 1,
      canaryRequests: 10,
      stableErrors: 0,
      stableRequests: 90,
    });
    const q = (ratio: number) => (0.1 * ratio) / (0.1 * ratio + 0.9);
    const mean = (list: number[]) => list.reduce((a, b) => a + b, 0) / list.length;
    const { rollback, promote } = logEvidence(evidence);
    expect(Math.exp(rollback)).toBeCloseTo(mean([1.25, 1.5, 2, 3, 5, 10].map((r) => q(r) / 0.1)), 12);
    const ratio = mean([1, 1.25, 0.75, 0.5].map((r) => q(r) / q(2)));
    const floor = 0.25 * ((1 - 0.00025) / (1 - 0.001)) ** 9;
    expect(Math.exp(promote)).toBeCloseTo((ratio + floor) / 2, 12);
  });

  test('survives JSON, and looks may be merged when the weight is the same', () => {
    const look = { canaryErrors: 2, canaryRequests: 50, stableErrors: 5, stableRequests: 450 };
    const twice = { canaryErrors: 4, canaryRequests: 100, stableErrors: 10, stableRequests: 900 };
    const once = JSON.parse(JSON.stringify(addLook(emptyEvidence(), look)));
    const stepwise = logEvidence(addLook(once, look));
    const merged = logEvidence(addLook(emptyEvidence(), twice));
    expect(stepwise.rollback).toBeCloseTo(merged.rollback, 12);
    expect(stepwise.promote).toBeCloseTo(merged.promote, 12);
  });

  test('a look without traffic on one side says nothing of the ratio', () => {
    const before = emptyEvidence();
    const idle = addLook(before, {
      canaryErrors: 0,
      canaryRequests: 0,
      stableErrors: 9,
      stableRequests: 900,
    });
    expect(logEvidence(idle)).toEqual(logEvidence(before));
    const full = addLook(before, {
      canaryErrors: 9,
      canaryRequests: 900,
      stableErrors: 0,
      stableRequests: 0,
    });
    expect(full.rollback).toEqual(before.rollback);
    expect(full.floor).toBeLessThan(0);
  });

  test('over-dispersion slows the evidence: counts in clusters of five do not roll back equal versions', () => {
    const random = randomFrom(4);
    const clustered = (requests: number) => 5 * errors(random, requests / 5, 0.02);
    const runs = 150;
    let naive = 0;
    let scaled = 0;
    for (let run = 0; run < runs; run++) {
      let plain = emptyEvidence();
      let divided = emptyEvidence();
      let alarms = [false, false];
      for (let i = 0; i < 60; i++) {
        const look = {
          canaryErrors: clustered(100),
          canaryRequests: 100,
          stableErrors: clustered(100),
          stableRequests: 100,
        };
        plain = addLook(plain, look);
        divided = addLook(divided, look, { dispersion: 5 });
        alarms = [plain, divided].map(
          (e, k) => alarms[k]! || logEvidence(e).rollback >= -Math.log(ALPHA.rollback),
        );
      }
      naive += alarms[0] ? 1 : 0;
      scaled += alarms[1] ? 1 : 0;
    }
    expect(naive / runs).toBeGreaterThan(0.2);
    expect(scaled / runs).toBeLessThan(0.06);
  });

  test('a margin below an alternative drops that alternative, and other evidence is refused', () => {
    expect(emptyEvidence({ margin: 1.2 }).ratio).toHaveLength(3);
    const look = { canaryErrors: 0, canaryRequests: 1, stableErrors: 0, stableRequests: 1 };
    expect(() => addLook(emptyEvidence(), look, { margin: 1.2 })).toThrow(RangeError);
    expect(() => addLook(emptyEvidence(), { ...look, canaryErrors: 2 })).toThrow(RangeError);
    expect(() => emptyEvidence({ margin: 1 })).toThrow(RangeError);
    expect(() => emptyEvidence({ floor: 0 })).toThrow(RangeError);
    expect(() => emptyEvidence({ dispersion: 0.5 })).toThrow(RangeError);
  });
});

describe('loss detector', () => {
  const limits = { bound: 1, standard: 0.22, threshold: 1e5 };
  const stream = (random: Random, rows: number, rate: number) =>
    Float64Array.from({ length: rows }, () => (random.uniform() < rate ? 1 : 0));

  test('finds a rise from 20 % to 30 % within a few hundred rows', () => {
    // The upper bound from 5,000 reference labels.
    const strict = { bound: 1, standard: 0.2094, threshold: 1e6 };
    const random = randomFrom(5);
    const delays: number[] = [];
    for (let run = 0; run < 21; run++) {
      const clean = watchLosses(newDetector(), stream(random, 3000, 0.2), strict);
      expect(clean.alarmAt).toBeNull();
      const after = watchLosses(clean.detector, stream(random, 3000, 0.3), strict);
      delays.push(after.alarmAt!);
    }
    delays.sort((a, b) => a - b);
    expect(delays[10]).toBeGreaterThan(280);
    expect(delays[10]).toBeLessThan(470);
  });

  test('exactly at the standard, alarms come no oftener than t/A', () => {
    const random = randomFrom(6);
    const runs = 300;
    let alarms = 0;
    for (let run = 0; run < runs; run++) {
      const at = watchLosses(newDetector(), stream(random, 500, 0.22), { ...limits, threshold: 5000 });
      alarms += at.alarmAt === null ? 0 : 1;
    }
    expect(alarms / runs).toBeLessThan(0.1 + 3 * Math.sqrt(0.09 / runs));
  });

  test('an improvement never alarms', () => {
    const random = randomFrom(7);
    const better = watchLosses(newDetector(), stream(random, 20_000, 0.05), limits);
    expect(better.alarmAt).toBeNull();
    expect(better.logStatistic).toBeLessThan(5);
  });

  test('is for 0/1 losses the sum of likelihood ratios since every start', () => {
    const losses = [1, 0, 1, 1, 0];
    const steps = [0.02, 0.05, 0.1, 0.2, 0.4];
    const r = 0.22;
    let mean = 0;
    for (const step of steps) {
      const q = Math.min(r + step, (1 + r) / 2);
      for (let start = 0; start < losses.length; start++) {
        mean += losses.slice(start).reduce((e, x) => e * (x ? q / r : (1 - q) / (1 - r)), 1) / steps.length;
      }
    }
    expect(Math.exp(watchLosses(newDetector(), losses, limits).logStatistic)).toBeCloseTo(mean, 10);
  });

  test('carries on from JSON as if nothing had happened, and scales with the bound', () => {
    const random = randomFrom(8);
    const losses = stream(random, 400, 0.25);
    const whole = watchLosses(newDetector(), losses, limits);
    const first = watchLosses(newDetector(), losses.subarray(0, 150), limits);
    const rest = watchLosses(JSON.parse(JSON.stringify(first.detector)), losses.subarray(150), limits);
    expect(rest.detector).toEqual(whole.detector);
    const scaled = watchLosses(
      newDetector(),
      losses.map((x) => 40 * x),
      { ...limits, bound: 40, standard: 8.8 },
    );
    expect(scaled.logStatistic).toBeCloseTo(whole.logStatistic, 9);
  });

  test('stays finite through an endless disaster, and starts from 0', () => {
    const state = watchLosses(newDetector(), new Float64Array(5000).fill(3), limits);
    expect(state.alarmAt).toBeLessThan(30);
    expect(state.detector.logs.every(Number.isFinite)).toBe(true);
    expect(shiryaevRoberts(0, 0)).toBeCloseTo(Math.LN2, 12);
    expect(shiryaevRoberts(0, -Infinity)).toBe(0);
    expect(watchLosses(newDetector(), [], limits).logStatistic).toBe(-Infinity);
  });

  test('what cannot be watched is refused', () => {
    expect(() => watchLosses(newDetector(), [Number.NaN], limits)).toThrow(/index 0/);
    expect(() => watchLosses(newDetector(), [-1], limits)).toThrow(RangeError);
    expect(() => watchLosses(newDetector(), [1], { ...limits, standard: 1 })).toThrow(RangeError);
    expect(() => watchLosses(newDetector(), [1], { ...limits, threshold: 0 })).toThrow(RangeError);
    expect(() => watchLosses({ logs: [0] }, [1], limits)).toThrow(RangeError);
  });
});
