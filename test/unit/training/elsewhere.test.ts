import { describe, expect, test } from '@jest/globals';
import { UserError } from '../../../shared/problem/problem.ts';
import type { TrainingAnswer } from '../../../shared/training/answer.ts';
import {
  receive,
  resumeElsewhere,
  type Trainer,
  type TrainingRequest,
  trainElsewhere,
} from '../../../shared/training/elsewhere.ts';
import { parseTraining } from '../../../shared/training/state.ts';
import { MemoryClock, MemoryState } from '../../support/memory.ts';

const MINUTE = 60_000;
const KEY = 'demand/training';
const DIGEST = `sha256:${'a'.repeat(64)}`;
const SUBMITTED: TrainingAnswer = { status: 'submitted', job: 'demand-17' };
const MADE = { model: 's3://models/demand/17/', digest: DIGEST };

/** A cloud that trains: each submission is a job, each poll one of the answers in turn, the last one for ever. */
class Cloud {
  readonly clock = new MemoryClock();
  readonly store = new MemoryState();
  readonly jobs: string[] = [];
  polls = 0;
  answer: TrainingAnswer | Error = SUBMITTED;
  states: (TrainingAnswer | Error)[] | null = null;

  get trainer(): Trainer {
    return {
      submit: async () => {
        if (this.answer instanceof Error) throw this.answer;
        if (this.answer.status === 'submitted') this.jobs.push(this.answer.job ?? '');
        return this.answer;
      },
      poll:
        this.states === null
          ? null
          : async () => {
              const found = this.states?.[Math.min(this.polls, this.states.length - 1)];
              this.polls += 1;
              if (found === undefined || found instanceof Error) throw found;
              return found;
            },
    };
  }

  get around() {
    return { store: this.store, clock: this.clock, log: { info: () => {} } };
  }

  train(parts: Partial<TrainingRequest> = {}) {
    return trainElsewhere({ ...REQUEST, ...parts }, this.trainer, this.around);
  }

  resume() {
    return resumeElsewhere(REQUEST, this.trainer, this.around);
  }

  async state() {
    const stored = await this.store.read(KEY);
    return stored === null ? null : parseTraining(stored.value, KEY);
  }
}

const REQUEST: TrainingRequest = {
  stateKey: KEY,
  key: 'dispatch-1',
  deadlineMs: 60 * MINUTE,
  budgetMs: 10 * MINUTE,
  intervalMs: MINUTE,
  retry: false,
};
const broken = new UserError({ what: 'the cloud is down' });

describe('one request submits one job', () => {
  test('which it writes down before and after, however often it is asked', async () => {
    const cloud = new Cloud();
    expect((await cloud.train()).state).toMatchObject({ status: 'submitted', job: 'demand-17' });
    expect(await cloud.train()).toMatchObject({ state: { status: 'submitted' }, isOfAnother: false });
    expect(cloud.jobs).toEqual(['demand-17']);
    expect(cloud.store.writes.map(({ message }) => message)).toEqual([
      'training: submitting',
      'training: submitted (demand-17)',
    ]);
  });

  test('of two runs at once, one submits', async () => {
    const cloud = new Cloud();
    const both = await Promise.allSettled([cloud.train(), cloud.train()]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(cloud.jobs).toHaveLength(1);
    const [refused] = both.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(String(refused?.reason)).toContain('another run is at work on the same training');
  });

  test('another request waits for the job that is under way', async () => {
    const cloud = new Cloud();
    await cloud.train();
    expect(await cloud.train({ key: 'dispatch-2' })).toMatchObject({
      isOfAnother: true,
      state: { key: 'dispatch-1', status: 'submitted' },
    });
    expect(cloud.jobs).toHaveLength(1);
  });

  test('once it has ended, the next request submits the next job; the same one is answered from the state', async () => {
    const cloud = new Cloud();
    await cloud.train();
    await receive({ stateKey: KEY, job: 'demand-17', made: MADE }, cloud.around);
    expect((await cloud.train()).state).toMatchObject({ status: 'trained', made: MADE });
    expect(cloud.jobs).toHaveLength(1);
    cloud.answer = { status: 'submitted', job: 'demand-18' };
    expect((await cloud.train({ key: 'dispatch-2' })).state).toMatchObject({
      status: 'submitted',
      job: 'demand-18',
      made: null,
    });
  });

  test('a run that was killed while it submitted is not repeated by itself', async () => {
    const cloud = new Cloud();
    cloud.answer = broken;
    await expect(cloud.train()).rejects.toThrow('the cloud is down');
    expect(await cloud.state()).toMatchObject({ status: 'submitting', reason: 'the cloud is down' });
    cloud.answer = SUBMITTED;
    await expect(cloud.train()).rejects.toThrow('has not said how that ended');
    await expect(cloud.train({ key: 'dispatch-2', retry: true })).rejects.toThrow(
      'has not said how that ended',
    );
    await expect(cloud.resume()).rejects.toThrow('has not said how that ended');
    expect(cloud.jobs).toEqual([]);
    expect((await cloud.train({ retry: true })).state.status).toBe('submitted');
    expect(cloud.jobs).toHaveLength(1);
  });

  test('a command that fails has submitted nothing, so the next run tries again', async () => {
    const cloud = new Cloud();
    cloud.answer = { status: 'failed', reason: 'no quota' };
    expect(await cloud.train()).toMatchObject({ state: { status: 'failed', reason: 'no quota' } });
    cloud.answer = SUBMITTED;
    expect((await cloud.train()).state.status).toBe('submitted');
  });
});

describe('polling', () => {
  const RUNNING: TrainingAnswer = { status: 'running' };

  test('ends with the job, and keeps what it has made', async () => {
    const cloud = new Cloud();
    cloud.states = [RUNNING, broken, broken, RUNNING, { status: 'trained', ...MADE }];
    expect(await cloud.train()).toMatchObject({ state: { status: 'trained', made: MADE } });
    expect(cloud.polls).toBe(5);
    expect((await cloud.train()).state).toMatchObject({ status: 'trained', made: MADE });
    expect(cloud.jobs).toHaveLength(1);
  });

  test('goes on in a later run where the budget ended, until the deadline, which survives runs', async () => {
    const cloud = new Cloud();
    cloud.states = [RUNNING];
    expect((await cloud.train()).state.status).toBe('submitted');
    for (let runs = 0; runs < 4; runs += 1) {
      cloud.clock.advance(MINUTE);
      expect((await cloud.resume())?.state.status).toBe('submitted');
    }
    cloud.clock.advance(MINUTE);
    expect((await cloud.resume())?.state).toMatchObject({
      status: 'expired',
      reason: 'the deadline came before the job ended',
    });
    expect((await cloud.train()).state.status).toBe('expired');
    expect(cloud.jobs).toHaveLength(1);
    expect((await cloud.train({ retry: true })).state.status).toBe('submitted');
    expect(cloud.jobs).toHaveLength(2);
  });

  test('says that the job has failed', async () => {
    const cloud = new Cloud();
    cloud.states = [{ status: 'failed', reason: 'out of memory' }];
    expect((await cloud.train()).state).toMatchObject({ status: 'failed', reason: 'out of memory' });
  });

  test('that fails again and again ends, and the job stays', async () => {
    const cloud = new Cloud();
    cloud.states = [broken];
    expect((await cloud.train()).state.status).toBe('submitted');
    expect(cloud.polls).toBe(3);
  });

  test('without a job under way there is nothing to resume', async () => {
    const cloud = new Cloud();
    expect(await cloud.resume()).toBeNull();
    expect(cloud.store.writes).toEqual([]);
  });
});

describe('the dispatch that says how a job has ended', () => {
  test('is taken once, also late, and without a state', async () => {
    const cloud = new Cloud();
    await receive({ stateKey: KEY, job: 'by-hand', made: MADE }, cloud.around);
    expect(await cloud.state()).toBeNull();
    await cloud.train();
    cloud.clock.advance(120 * MINUTE);
    await receive({ stateKey: KEY, job: 'demand-17', made: MADE }, cloud.around);
    await receive({ stateKey: KEY, job: 'demand-17', made: MADE }, cloud.around);
    expect(cloud.store.writes.map(({ message }) => message)).toEqual([
      'training: submitting',
      'training: submitted (demand-17)',
      'training: expired (demand-17)',
      'training: trained (demand-17)',
    ]);
  });

  test('of another job is refused', async () => {
    const cloud = new Cloud();
    await cloud.train();
    await expect(receive({ stateKey: KEY, job: 'demand-16', made: MADE }, cloud.around)).rejects.toThrow(
      'the dispatch is about the job demand-16, and the job that was submitted last is demand-17',
    );
    expect((await cloud.state())?.status).toBe('submitted');
  });
});
