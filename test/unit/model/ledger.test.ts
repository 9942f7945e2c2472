import { describe, expect, test } from '@jest/globals';
import {
  bitsOf,
  chargeOf,
  LEDGER_SCHEMA,
  type Ledger,
  ledgerKey,
  type ReuseInputs,
  readLedger,
  recordUse,
  type TestSetUse,
  useOf,
} from '../../../shared/model/ledger.ts';
import { UserError } from '../../../shared/problem/problem.ts';
import { StateConflict, type StateStore } from '../../../shared/state/state.ts';
import { sha256Text } from '../../../shared/verdict/digest.ts';
import type { Json } from '../../../shared/verdict/verdict.ts';
import { MemoryState } from '../../support/memory.ts';

const SET = `sha256:${'ab'.repeat(32)}`;
const VERDICT: ReuseInputs = { disclosure: 'verdict', uses: 4, passes: 2 };
const ROUNDED: ReuseInputs = { disclosure: 'rounded', uses: 3, passes: 2 };
const FULL: ReuseInputs = { disclosure: 'full', uses: 4, passes: 2 };

/** The digest of a question. */
function questionOf(text: string): string {
  return sha256Text(text);
}

function use(evaluation: string, { disclosure }: ReuseInputs = VERDICT, accepted = false): TestSetUse {
  const at = '2026-02-01T00:00:00Z';
  return {
    at,
    evaluation: questionOf(evaluation),
    disclosure,
    bits: bitsOf(disclosure),
    accepted,
    alpha: 0.01,
  };
}

function ledger(...uses: TestSetUse[]): Ledger {
  return { schema: LEDGER_SCHEMA, testSet: SET, uses };
}

describe('the charge of a use', () => {
  test('of a verdict is alpha over all histories that so many uses and passes allow', () => {
    // C(4, 1) + C(4, 2) = 10.
    const charge = chargeOf(null, questionOf('a'), VERDICT, 0.05);
    expect(charge).toMatchObject({ use: 1, repeated: false, spent: false });
    expect(charge.alpha).toBeCloseTo(0.005, 12);
    expect(charge.usesLeftAfter(false)).toBe(3);
  });

  test('of a full report falls with each, and their sum stays within alpha', () => {
    let total = 0;
    for (let h = 0; h < 200; h++) {
      const uses = Array.from({ length: h }, (_, i) => use(`${i}`, FULL));
      const charge = chargeOf(ledger(...uses), questionOf('new'), FULL, 0.05);
      expect(charge.alpha).toBeCloseTo((6 * 0.05) / (Math.PI * (h + 1)) ** 2, 12);
      expect(charge.usesLeftAfter(true)).toBe(Number.POSITIVE_INFINITY);
      total += charge.alpha;
    }
    expect(total).toBeLessThan(0.05);
  });

  test('of rounded numbers pays for every bit that they tell', () => {
    // Accepted or not, one of four readings, and one of 17 levels or none.
    expect(bitsOf('rounded')).toBeCloseTo(Math.log2(2 * 4 * 18), 12);
    expect(chargeOf(null, questionOf('a'), ROUNDED, 0.05).alpha).toBeCloseTo(0.05 / 144 ** 3, 18);
  });

  test('leaves fewer uses each time, down to none, and is spent then', () => {
    const uses: TestSetUse[] = [];
    const left = ['a', 'b', 'c', 'd'].map((name) => {
      const charge = chargeOf(ledger(...uses), questionOf(name), VERDICT, 0.05);
      expect(charge.spent).toBe(false);
      uses.push(use(name));
      return charge.usesLeftAfter(false);
    });
    expect(left).toEqual([3, 2, 1, 0]);
    expect(chargeOf(ledger(...uses), questionOf('e'), VERDICT, 0.05)).toMatchObject({ use: 5, spent: true });
  });

  test('ends with the last pass that was planned', () => {
    const charge = chargeOf(ledger(use('a', VERDICT, true)), questionOf('b'), VERDICT, 0.05);
    expect([charge.usesLeftAfter(false), charge.usesLeftAfter(true)]).toEqual([2, 0]);
    const both = ledger(use('a', VERDICT, true), use('b', VERDICT, true));
    expect(chargeOf(both, questionOf('c'), VERDICT, 0.05).spent).toBe(true);
  });

  test('is the same for the same question, and not spent by later ones', () => {
    const uses = ['a', 'b', 'c', 'd'].map((name) => use(name, FULL));
    const again = chargeOf(ledger(...uses), questionOf('b'), FULL, 0.05);
    expect(again).toMatchObject({ use: 2, repeated: true, spent: false });
    expect(again.alpha).toBeCloseTo((6 * 0.05) / (Math.PI * 2) ** 2, 12);
    // Told more of it, the same question is another.
    expect(chargeOf(ledger(...uses), questionOf('b'), VERDICT, 0.05).repeated).toBe(false);
  });

  test('has no budget left after more was told than is paid for', () => {
    expect(chargeOf(ledger(use('a', FULL)), questionOf('b'), VERDICT, 0.05).spent).toBe(true);
    expect(chargeOf(ledger(use('a', ROUNDED)), questionOf('b'), VERDICT, 0.05).spent).toBe(true);
    expect(chargeOf(ledger(use('a', FULL)), questionOf('b'), ROUNDED, 0.05).spent).toBe(true);
    // A full report is charged by its number, whatever was told before.
    expect(chargeOf(ledger(use('a', VERDICT)), questionOf('b'), FULL, 0.05)).toMatchObject({
      use: 2,
      spent: false,
    });
  });
});

describe('the record', () => {
  test('grows by one for each new question', async () => {
    const store = new MemoryState();
    expect(await recordUse(store, 'demand', SET, use('a'))).toBe(true);
    expect(await recordUse(store, 'demand', SET, use('b'))).toBe(true);
    expect(await recordUse(store, 'demand', SET, use('a'))).toBe(false);
    expect(await recordUse(store, 'demand', SET, use('a', FULL))).toBe(true);
    const { ledger: found } = await readLedger(store, 'demand', SET);
    expect(found?.uses).toEqual([use('a'), use('b'), use('a', FULL)]);
    expect(store.writes).toHaveLength(3);
    expect((await readLedger(store, 'other', SET)).ledger).toBeNull();
  });

  test('carries over what stands under a former name, and leaves that as it was', async () => {
    const store = new MemoryState();
    await recordUse(store, 'default', SET, use('a'));
    expect((await readLedger(store, 'demand', SET, 'default')).ledger?.uses).toEqual([use('a')]);
    expect(await recordUse(store, 'demand', SET, use('a'), 'default')).toBe(false);
    expect(await recordUse(store, 'demand', SET, use('b'), 'default')).toBe(true);
    expect((await readLedger(store, 'demand', SET)).ledger?.uses).toEqual([use('a'), use('b')]);
    expect((await readLedger(store, 'default', SET)).ledger?.uses).toEqual([use('a')]);
  });

  /** A store in which others write, between a read and its write, so many times. */
  function contested(times: number, other: () => TestSetUse): { store: StateStore; memory: MemoryState } {
    const memory = new MemoryState();
    let left = times;
    const store: StateStore = {
      read: (key) => memory.read(key),
      write: async (key, value, expected, message) => {
        if (left > 0) {
          left--;
          const stored = await memory.read(key);
          const uses = ((stored?.value as { uses?: Json[] } | undefined)?.uses ?? []).concat({ ...other() });
          await memory.write(key, { ...ledger(), uses }, stored?.revision ?? null, 'another');
        }
        return memory.write(key, value, expected, message);
      },
    };
    return { store, memory };
  }

  test('loses nothing if runs write at the same time', async () => {
    let count = 0;
    const { store, memory } = contested(3, () => use(`other ${count++}`));
    expect(await recordUse(store, 'demand', SET, use('mine'))).toBe(true);
    const { ledger: found } = await readLedger(memory, 'demand', SET);
    expect(found?.uses.map(({ evaluation }) => evaluation)).toEqual(
      ['other 0', 'other 1', 'other 2', 'mine'].map(questionOf),
    );
  });

  test('counts a question once if two runs ask it at the same time', async () => {
    const { store, memory } = contested(1, () => use('mine'));
    expect(await recordUse(store, 'demand', SET, use('mine'))).toBe(false);
    expect((await readLedger(memory, 'demand', SET)).ledger?.uses).toHaveLength(1);
  });

  test('gives up with a fix if it never comes through', async () => {
    let count = 0;
    const { store } = contested(1000, () => use(`other ${count++}`));
    const error = await recordUse(store, 'demand', SET, use('mine')).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect(error).not.toBeInstanceOf(StateConflict);
    expect((error as UserError).message).toContain('other runs');
  });

  const damaged: readonly (readonly [string, Json])[] = [
    ['null', null],
    ['a list', []],
    ['a number', 7],
    ['another schema', { schema: 'ml-loop/rollout@1', testSet: SET, uses: [] }],
    ['another test set', { schema: LEDGER_SCHEMA, testSet: `sha256:${'cd'.repeat(32)}`, uses: [] }],
    ['uses that are none', { schema: LEDGER_SCHEMA, testSet: SET, uses: [null] }],
    [
      'a use without an answer',
      { schema: LEDGER_SCHEMA, testSet: SET, uses: [{ at: 'x', evaluation: 'y' }] },
    ],
    [
      'bits that are given back',
      { schema: LEDGER_SCHEMA, testSet: SET, uses: [{ ...use('a'), bits: -100 }] },
    ],
    [
      'a full report of no bits',
      { schema: LEDGER_SCHEMA, testSet: SET, uses: [{ ...use('a', FULL), bits: 1 }] },
    ],
  ];
  for (const [name, value] of damaged) {
    test(`that is ${name} is refused, and not written over`, async () => {
      const store = new MemoryState();
      await store.write(ledgerKey('demand', SET), value, null, 'damage');
      await expect(readLedger(store, 'demand', SET)).rejects.toThrow('restore it from the state’s history');
      await expect(recordUse(store, 'demand', SET, use('a'))).rejects.toThrow(UserError);
      expect(store.writes).toHaveLength(1);
    });
  }

  test('is of one test set and one model', () => {
    expect(ledgerKey('demand', SET)).toBe(`demand/ledger/${'ab'.repeat(16)}`);
    expect(useOf({ ...use('a') }, 'verdict.json', '/record')).toEqual({ value: use('a') });
    expect(useOf({ ...use('a'), alpha: 0 }, 'verdict.json', '/record')).toEqual({
      problems: [{ what: 'must be > 0', where: 'verdict.json#/record/alpha' }],
    });
  });
});
