import { modelName } from '../../shared/inputs/common.ts';
import { LEDGER_ALPHA } from '../../shared/model/ledger-terms.ts';
import {
  isRepeated,
  type JudgementLook,
  LOOKS_SCHEMA,
  readLooks,
  recordLook,
  type WatchedCandidate,
} from '../../shared/model/looks.ts';
import type { Ports } from '../../shared/ports/ports.ts';
import { UserError } from '../../shared/problem/problem.ts';
import { openState } from '../../shared/state/open.ts';
import { PermissionError } from '../../shared/state/state.ts';
import type { Check, JsonObject } from '../../shared/verdict/verdict.ts';
import type { Inputs } from './inputs.ts';

const ID = 'test-set.looks';

/** This run's look at its candidate. */
export interface Turn {
  /** Set if there is no look left: then the candidate is not judged. */
  readonly refusal?: Check;
  /** Records the look, before anything of it is told. */
  settle(): Promise<Settled>;
}

interface Settled {
  readonly check: Check;
  readonly left: number;
  readonly withheld: boolean;
  /** What a later job counts, if this one only reads. */
  readonly measures?: { readonly looks: JsonObject };
}

/** What is judged, by its digests. */
export interface Judging {
  /** Undefined if the candidate is known by its predictions only. */
  readonly candidate: string | undefined;
  readonly testSet: string;
  readonly evaluation: string;
}

/**
 * The look of this run with `looks` above 1. On a pull request, and with a token that only reads, it is not counted.
 *
 * @throws UserError if the candidate's files are not known, or the state cannot be read: uncounted looks have no level.
 */
export async function turnOf(inputs: Inputs, ports: Ports, judging: Judging): Promise<Turn> {
  const { candidate, testSet, evaluation } = judging;
  if (candidate === undefined) {
    throw new UserError({
      what: 'needs `model`, because looks are counted by the digest of the candidate’s files',
      where: 'input looks',
      fix: 'give the candidate’s files as model; or leave looks out',
    });
  }
  const most = inputs.looks;
  const store = await openState(inputs, ports);
  const watched: WatchedCandidate = { name: modelName(inputs, ports.runner), candidate };
  const { looks } = await readLooks(store, watched);
  const look: JudgementLook = {
    at: ports.clock.now().toISOString(),
    testSet,
    evaluation,
    alpha: LEDGER_ALPHA / most,
  };
  const repeated = isRepeated(looks, look);
  if (!repeated && looks.length >= most)
    return { refusal: spentCheck(most), settle: () => Promise.reject(new TypeError('there is no look')) };
  const number = repeated ? looks.findIndex((each) => isRepeated([each], look)) + 1 : looks.length + 1;
  const taken = repeated ? looks.length : looks.length + 1;
  return {
    settle: async () => {
      const onlyReads = (ports.runner.event ?? '').startsWith('pull_request');
      const counted = onlyReads ? 'unwritable' : await countOf(() => recordLook(store, watched, look, most));
      if (counted === 'spent') return { check: spentCheck(most), left: 0, withheld: true };
      const left = Math.max(0, most - taken);
      const readOnly = counted === 'unwritable';
      const open = { schema: LOOKS_SCHEMA, candidate, looks: [{ ...look }] };
      return {
        check: turnCheck({ number, most, left, readOnly }),
        left,
        withheld: false,
        ...(readOnly ? { measures: { looks: { most, record: open } } } : {}),
      };
    },
  };
}

/** A job whose token only reads, as that of a pull request, cannot count. */
async function countOf(record: () => Promise<boolean>): Promise<'counted' | 'spent' | 'unwritable'> {
  try {
    return (await record()) ? 'counted' : 'spent';
  } catch (error) {
    if (error instanceof PermissionError) return 'unwritable';
    throw error;
  }
}

function turnCheck(turn: {
  readonly number: number;
  readonly most: number;
  readonly left: number;
  readonly readOnly: boolean;
}): Check {
  const { number, most, left, readOnly } = turn;
  const rate = `${Number(((100 * LEDGER_ALPHA) / most).toPrecision(2))} %`;
  const message = `look ${number} of ${most} at this candidate, tested at an error rate of ${rate}; ${left === 0 ? 'no look is left' : `${left} left, if more labelled rows come`}`;
  if (!readOnly) return { id: ID, status: 'pass', observed: number, expected: most, message };
  return {
    ...{ id: ID, status: 'warn', observed: number, expected: most },
    message: `${message}; this job only reads the state, so this look is not counted`,
    fix: 'let a job that may write the state count it, by `operation: record-use` with this verdict, before the candidate is judged again',
  };
}

function spentCheck(most: number): Check {
  return {
    ...{ id: ID, status: 'inconclusive', observed: most, expected: most },
    message: `this candidate has been judged ${most} times, so it is not judged again`,
    fix: 'train a new candidate on newer data',
  };
}
