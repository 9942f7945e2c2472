import { checkEventType, sendDispatch } from '../../shared/drift/dispatch.ts';
import { modelName } from '../../shared/inputs/common.ts';
import type { Outcome } from '../../shared/ports/outcome.ts';
import type { DispatchPayload, Ports } from '../../shared/ports/ports.ts';
import { UserError } from '../../shared/problem/problem.ts';
import { openState, refusePullRequests } from '../../shared/state/open.ts';
import type { TrainingAnswer } from '../../shared/training/answer.ts';
import {
  type JobReport,
  receive,
  resumeElsewhere,
  type Trainer,
  type TrainingContext,
  trainElsewhere,
} from '../../shared/training/elsewhere.ts';
import { type Made, takeMade } from '../../shared/training/made.ts';
import { trainingKey } from '../../shared/training/state.ts';
import { type Check, verdictOf } from '../../shared/verdict/verdict.ts';
import { commandCheck, jobCheck, NO_JOB, NOT_HERE } from './checks.ts';
import { runTraining } from './command.ts';
import type { Inputs } from './inputs.ts';

/** How the training stands. */
interface Stand {
  readonly training: 'trained' | 'submitted' | 'failed' | 'none';
  readonly job?: string | undefined;
  readonly checks: readonly Check[];
  /** What it has made elsewhere, and who says so. */
  readonly made?: Made | undefined;
  readonly where?: string;
  /** Writes down that it was taken, once it is found to be what was said. */
  readonly record?: () => Promise<void>;
}

/**
 * Trains, submits a training, goes on with one, or takes what one has made.
 *
 * @throws UserError for inputs that do not fit together, and as the training and its stores do.
 */
export async function run(inputs: Inputs, ports: Ports): Promise<Outcome> {
  const name = modelName(inputs, ports.runner);
  const dispatch = (await ports.dispatch?.()) ?? null;
  refuseOther(dispatch, name);
  checkEventType(inputs.dispatch);
  const stand = await standOf(inputs, ports, { name, dispatch });
  const { made, where = 'the answer' } = stand;
  const taken =
    made === undefined ? { checks: [] } : await takeMade(made, inputs['models-from'], where, ports);
  const isWrong = taken.checks.some(({ status }) => status === 'fail');
  if (!isWrong) await stand.record?.();
  const checks = [...stand.checks, ...taken.checks];
  const headline = checks.find(({ status }) => status !== 'pass') ?? checks[0];
  const training = isWrong ? 'failed' : stand.training;
  const { model = '', digest = '' } = training === 'trained' ? (made ?? {}) : {};
  const { profile = '', predictions = '' } = isWrong ? {} : taken;
  const { operation } = inputs;
  return {
    verdict: verdictOf({
      action: 'train',
      name,
      subjects: [],
      checks,
      configuration: { operation, where: inputs.where, 'models-from': inputs['models-from'] },
      createdAt: ports.clock.now(),
      ...(headline === undefined ? {} : { summary: headline.message }),
    }),
    outputs: { training, job: stand.job ?? '', model, digest, profile, predictions },
  };
}

/** A dispatch about another model must not train, or pass as, this one. */
function refuseOther(dispatch: DispatchPayload | null, name: string): void {
  if (dispatch === null || dispatch.name === name) return;
  throw new UserError({
    what: `the dispatch is about the model ${dispatch.name}, and this step is about ${name}`,
    where: 'client_payload#/name',
    fix: `give the step the input name: ${dispatch.name}`,
  });
}

interface Asked {
  readonly name: string;
  readonly dispatch: DispatchPayload | null;
}

async function standOf(inputs: Inputs, ports: Ports, { name, dispatch }: Asked): Promise<Stand> {
  const trained = inputs.operation === 'auto' ? dispatch?.trained : undefined;
  const stateKey = trainingKey(name);
  if (trained !== undefined) {
    const { job, model, digest, profile, predictions } = trained;
    const made = { model, digest, profile, predictions };
    const around = await aroundOf(inputs, ports);
    const record = () => receive({ stateKey, job, made }, around);
    const message = `the training${job === undefined ? '' : ` ${job}`} has ended, as the dispatch says`;
    const checks: Check[] = [{ id: 'training.job', status: 'pass', message }];
    return { training: 'trained', job, made, where: 'client_payload', checks, record };
  }
  const key =
    inputs.key ?? dispatch?.['dedupe-key'] ?? ports.runner.source?.run ?? ports.clock.now().toISOString();
  const poll = inputs.poll;
  const trainer = {
    submit: async () => submitted(await runTraining({ ...commandOf(inputs), name, key }, ports)),
    poll:
      poll === undefined
        ? null
        : (job: string) =>
            runTraining({ input: 'poll', argv: poll, timeoutMs: inputs.timeout, name, key, job }, ports),
  };
  if (inputs.operation === 'auto' && inputs.where === 'here') return here(await trainer.submit());
  const request = {
    stateKey,
    key,
    deadlineMs: inputs.deadline,
    budgetMs: inputs.budget,
    intervalMs: Math.max(1000, inputs.interval),
    retry: inputs.retry,
  };
  if (inputs.operation === 'auto') commandOf(inputs);
  if (ports.runner.event?.startsWith('pull_request') === true)
    return { training: 'none', checks: [NOT_HERE] };
  const around = await aroundOf(inputs, ports);
  const found =
    inputs.operation === 'resume'
      ? await resumeElsewhere(request, announcing(trainer, inputs, name, ports), around)
      : await trainElsewhere(request, trainer, around);
  return found === null ? { training: 'none', checks: [NO_JOB] } : elsewhere(found, poll !== undefined);
}

/** A job's end that a schedule finds is told by the dispatch that starts its validation; told twice, it is registered once. */
function announcing(trainer: Trainer, { dispatch }: Inputs, name: string, ports: Ports): Trainer {
  const { poll } = trainer;
  if (poll === null) return trainer;
  return {
    ...trainer,
    poll: async (job) => {
      const answer = await poll(job);
      const { status, model, digest, profile, predictions } = answer;
      if (status !== 'trained') return answer;
      if (model === undefined || digest === undefined) {
        throw new UserError({
          what: `the job ${job} has ended, and \`poll\` does not say where its model is`,
          where: 'the answer of `poll`',
          fix: 'write `model` and `digest` with `trained`, as docs/files.md shows',
        });
      }
      const payload = {
        schema: 'ml-loop/trained@1',
        name,
        model,
        digest,
        job,
        ...(profile === undefined ? {} : { profile: { ...profile } }),
        ...(predictions === undefined ? {} : { predictions: { ...predictions } }),
      };
      await sendDispatch(await ports.github(), dispatch, payload, 'the next run with resume sends it again');
      return answer;
    },
  };
}

async function aroundOf(inputs: Inputs, ports: Ports): Promise<TrainingContext> {
  refusePullRequests('where', ports);
  return { store: await openState(inputs, ports), clock: ports.clock, log: ports.log };
}

function commandOf({ command, timeout }: Inputs) {
  if (command !== undefined && command.length > 0)
    return { input: 'command' as const, argv: command, timeoutMs: timeout };
  throw new UserError({
    what: 'is required to train',
    where: 'input command',
    fix: 'write your training command, such as `train: { command: [python, train.py] }` in ml-loop.yml',
  });
}

/** `running` is what only a poll can say. */
function submitted(answer: TrainingAnswer): TrainingAnswer {
  if (answer.status !== 'running') return answer;
  return {
    status: 'failed',
    reason: '`command` answered `running`, which only `poll` may; it must name its job as `submitted`',
  };
}

/** @throws UserError for a job that nothing would remember. */
function here(answer: TrainingAnswer): Stand {
  const { status, job, model, digest, profile, predictions } = answer;
  if (status === 'submitted') {
    throw new UserError({
      what: `\`command\` submitted the job ${job}, and with \`where: here\` nothing remembers it`,
      where: 'input where',
      fix: `end the job, or let it go on; then set where: elsewhere, so that one request submits one job`,
    });
  }
  const made = { model, digest, profile, predictions };
  return { training: status === 'trained' ? 'trained' : 'failed', checks: [commandCheck(answer)], made };
}

function elsewhere({ state, isOfAnother }: JobReport, polls: boolean): Stand {
  const { status, job, made } = state;
  const training = status === 'trained' ? 'trained' : status === 'submitted' ? 'submitted' : 'failed';
  return {
    training,
    job: job ?? undefined,
    checks: [jobCheck(state, { isOfAnother, polls })],
    ...(training === 'trained' ? { made: made ?? undefined } : {}),
  };
}
