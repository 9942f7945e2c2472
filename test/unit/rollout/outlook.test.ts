import { describe, expect, test } from '@jest/globals';
import { analyse, errorFinding, latencyFinding, noAnalysis } from '../../../shared/rollout/analysis.ts';
import { type Counts, NO_COUNTS } from '../../../shared/rollout/metrics.ts';
import { type Outlook, outlookOf } from '../../../shared/rollout/outlook.ts';
import type { PlanParts } from '../../../shared/rollout/plan.ts';
import { randomFrom } from '../../../shared/stats/random.ts';
import { check, MINUTE, plan, step, World } from './world.ts';

const counts = (judged: number, errors: number): Counts => ({
  ...NO_COUNTS,
  requests: judged,
  judged,
  errors,
});

function outlook(canary: Counts, stable: Counts, share: number, parts: Partial<PlanParts> = {}) {
  const rules = plan(parts);
  const totals = { canary, stable };
  const analysis = analyse(noAnalysis(rules), totals, rules);
  return outlookOf({ analysis, totals, plan: rules, share }, 'judged', (later) =>
    errorFinding(later, totals, rules),
  );
}

describe('about how many more canary requests decide', () => {
  test('without errors, by hand: the mean of 1 and the floor’s e-value reaches 20 when that e-value is 39', () => {
    const gain = Math.log1p(-0.00025) - Math.log1p(-0.001);
    const needed = Math.ceil(Math.log(39) / gain);
    expect(needed).toBe(4882);
    expect(outlook(counts(1000, 0), counts(1000, 0), 0.5)).toEqual({
      finding: 'not-worse',
      requests: needed - 1000,
    });
  });

  test('at equal rates, by hand: the largest of the ratios’ e-values carries the mean', () => {
    // 1 % on both sides, half of the traffic: a canary request comes with 0.02 errors, and under ratio 1 against 2 an
    // error of the canary gives ln(½ / ⅔), one of the stable version ln(½ / ⅓). The mean is over 2 × 4 e-values.
    const growth = (a: number) => 0.01 * Math.log((a / (a + 1)) * 1.5) + 0.01 * Math.log(3 / (a + 1));
    const floor = -0.01 * Math.log(4) + 0.99 * (Math.log1p(-0.00025) - Math.log1p(-0.001));
    const mean = (n: number) =>
      ([1, 1.25, 0.75, 0.5].reduce((sum, a) => sum + Math.exp(n * growth(a)), 0) / 4 + Math.exp(n * floor)) /
      2;
    const { requests, finding } = outlook(counts(1000, 10), counts(1000, 10), 0.5) as Outlook;
    expect(finding).toBe('not-worse');
    expect(mean(1000 + requests)).toBeGreaterThanOrEqual(20);
    expect(mean(1000 + requests - 1)).toBeLessThan(20);
  });

  test('a canary with twice the errors is heading for harm', () => {
    const { requests, finding } = outlook(counts(300, 6), counts(300, 3), 0.5) as Outlook;
    expect(finding).toBe('harm');
    expect(requests).toBeGreaterThan(300);
  });

  test('nothing decides between equal and a margin that is just above', () => {
    const narrow = { errorMargin: 1.1 };
    expect(outlook(counts(2000, 108), counts(2000, 100), 0.5, narrow)).toBeNull();
  });

  test('all traffic on the canary: only its floor can be shown', () => {
    expect(outlook(counts(500, 5), NO_COUNTS, 1, { steps: [step(100)], maxErrorRate: 0.005 })).toBeNull();
    expect(outlook(counts(500, 0), NO_COUNTS, 1, { steps: [step(100)], maxErrorRate: 0.005 })).toMatchObject({
      finding: 'not-worse',
    });
  });

  test('counts requests of known latency for latency', () => {
    const rules = plan({ maxLatencyMs: 200 });
    const timed = { ...counts(4000, 0), timed: 1000, slow: 0 };
    const totals = { canary: timed, stable: timed };
    const analysis = analyse(noAnalysis(rules), totals, rules);
    const found = outlookOf({ analysis, totals, plan: rules, share: 0.5 }, 'timed', (later) =>
      latencyFinding(later, totals, rules),
    );
    expect(found).toEqual({ finding: 'not-worse', requests: 3882 });
  });

  test('half of simulated rollouts have decided somewhat before that many', () => {
    const rules = plan();
    const seen = { canary: counts(400, 8), stable: counts(400, 8) };
    const start = analyse(noAnalysis(rules), seen, rules);
    const { requests } = outlook(seen.canary, seen.stable, 0.5) as Outlook;
    const random = randomFrom(7);
    const errors = (n: number) =>
      Array.from({ length: n }, () => random.uniform()).filter((u) => u < 0.02).length;
    const needs = Array.from({ length: 200 }, () => {
      let [analysis, more] = [start, 0];
      while (errorFinding(analysis, seen, rules) !== 'not-worse' && more < 20 * requests) {
        analysis = analyse(
          analysis,
          { canary: counts(20, errors(20)), stable: counts(20, errors(20)) },
          rules,
        );
        more += 20;
      }
      return more;
    }).sort((a, b) => a - b);
    expect(needs[100]! / requests).toBeGreaterThan(0.5);
    expect(needs[100]! / requests).toBeLessThan(1.2);
  });
});

describe('the check says', () => {
  const messageAfter = async (minutes: number, canaryErrors: number, stableErrors: number) => {
    const world = new World({ perMinute: 200, canaryErrors, stableErrors });
    world.plan = plan({ steps: [step(50, { requests: 100_000 })] });
    await world.do('start');
    world.clock.advance(minutes * MINUTE);
    await world.do('advance');
    return check(await world.do('status'), 'rollout.error-rate')?.message;
  };

  test('about how many more requests would show that the canary is not worse', async () => {
    expect(await messageAfter(5, 0, 0)).toBe(
      'no harm found so far; at these rates, about 3900 more canary requests would show that the error rate is below twice the stable one, or below 0.1 %: 0 % of 1000 requests fail, 0 % of 1000 with the stable version',
    );
  });

  test('that it is on the way to harm', async () => {
    expect(await messageAfter(5, 0.013, 0.008)).toMatch(
      /^no harm found so far; at these rates, about \d+ more canary requests would show that the error rate is higher than the stable one: 1\.3 % of 1000 requests fail/,
    );
  });
});
