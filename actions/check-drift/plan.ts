import {
  byCommand,
  byRepositoryDispatch,
  checkEventType,
  type Deliver,
} from '../../shared/drift/dispatch.ts';
import { parseRequirement, type Requirement } from '../../shared/drift/requirement.ts';
import type { TriggerPolicy } from '../../shared/drift/triggers.ts';
import { modelName } from '../../shared/inputs/common.ts';
import type { Ports } from '../../shared/ports/ports.ts';
import { type Problem, UserError } from '../../shared/problem/problem.ts';
import type { Inputs } from './inputs.ts';

/** What the inputs ask for, checked and worked out before anything is read. */
export interface DriftPlan {
  readonly name: string;
  readonly reference: readonly string[];
  /** Chance, at most, that a run without change warns or fails: of drift, and as much again of performance. */
  readonly alpha: number;
  readonly requirement: Requirement | null;
  readonly policy: TriggerPolicy;
  readonly deliver: Deliver | null;
  /** What a retrain is handed to, in words; null if it is only said. */
  readonly receiver: string | null;
  /** Are ids, labels and predictions needed beside the features? */
  readonly needsLabels: boolean;
}

const ONE_RUN_ALPHA = 0.05;
/** A dispatch is one request with a time limit of its own; this is ample. */
const DISPATCH_MS = 5 * 60_000;
/** The columns of a prediction log have these names. */
const LOG_NAMES = { prediction: 'prediction', score: 'score' } as const;

/** @throws UserError with every contradiction among the inputs. */
export function driftPlan(inputs: Inputs, ports: Ports): DriftPlan {
  const problems: Problem[] = [
    ...dataProblems(inputs),
    ...scheduleProblems(inputs),
    ...receiverProblems(inputs),
  ];
  const requirement = collected(problems, () => requirementOf(inputs));
  collected(problems, () => checkEventType(inputs.dispatch ?? ''));
  if (problems.length > 0) throw new UserError(problems);
  const name = modelName(inputs, ports.runner);
  const newRows = inputs['new-rows'];
  const retrainEvery = inputs['retrain-every'];
  return {
    name,
    reference: inputs.reference ?? [`model:${name}@champion`],
    alpha: alphaOf(inputs),
    requirement: requirement ?? null,
    policy: {
      cooldown: inputs.cooldown,
      driftTriggers: inputs['drift-triggers'],
      ...(newRows === undefined ? {} : { newRows }),
      ...(retrainEvery === undefined ? {} : { retrainEvery }),
      delivery: inputs['retrain-command'] === undefined ? DISPATCH_MS : inputs['retrain-timeout'],
    },
    ...receiverOf(inputs, ports, name),
    needsLabels: requirement != null || newRows !== undefined,
  };
}

function requirementOf(inputs: Inputs): Requirement | null {
  const text = inputs['minimum-performance'];
  return text === undefined ? null : parseRequirement(text, 'minimum-performance');
}

/** With M runs between false alarms, drift and performance have 1/(4M) a run each, so that the mean time holds. */
function alphaOf(inputs: Inputs): number {
  const { every } = inputs;
  const meanTime = inputs['mean-time-between-false-alarms'];
  return every === undefined || meanTime === undefined
    ? ONE_RUN_ALPHA
    : Math.min(ONE_RUN_ALPHA, every / (4 * meanTime));
}

function receiverOf(inputs: Inputs, ports: Ports, name: string): Pick<DriftPlan, 'deliver' | 'receiver'> {
  const { dispatch, 'retrain-command': command } = inputs;
  if (dispatch !== undefined) {
    return {
      deliver: byRepositoryDispatch(ports.github, dispatch, name),
      receiver: `repository_dispatch ${dispatch}`,
    };
  }
  if (command !== undefined) {
    const retraining = { argv: command, timeoutMs: inputs['retrain-timeout'] };
    return { deliver: byCommand(ports, retraining, name), receiver: `the retrain-command (${command[0]})` };
  }
  return { deliver: null, receiver: null };
}

function collected<T>(problems: Problem[], parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

function dataProblems(inputs: Inputs): Problem[] {
  const { current, predictions, labels, reference, registry, timestamp } = inputs;
  const problems: Problem[] = [];
  if ((current === undefined) === (predictions === undefined)) {
    const what = current === undefined ? 'neither is given' : 'both are given';
    problems.push({
      what,
      where: 'inputs current and predictions',
      fix: 'give the one with today’s data',
    });
  }
  if (reference === undefined && registry === undefined) {
    const fix = 'give the training data, its profile, or a registry whose champion has one';
    problems.push({ what: 'is required if no registry is given', where: 'input reference', fix });
  }
  if (predictions !== undefined) problems.push(...logProblems(inputs));
  if (inputs['new-rows'] !== undefined) {
    if (registry === undefined) {
      const fix = 'give the registry; its champion has the end of its training data';
      problems.push({ what: 'new rows can only be counted with a registry', where: 'input new-rows', fix });
    }
    if (current !== undefined && timestamp === undefined) {
      problems.push({
        what: 'new rows can only be counted by their times',
        where: 'input new-rows',
        fix: 'give timestamp',
      });
    }
  }
  if (predictions !== undefined && labels === undefined) {
    for (const input of ['minimum-performance', 'new-rows'] as const) {
      if (inputs[input] === undefined) continue;
      problems.push({
        what: 'it needs labels, and a prediction log has none',
        where: `input ${input}`,
        fix: 'give labels',
      });
    }
  }
  return problems;
}

function logProblems(inputs: Inputs): Problem[] {
  const renamed = Object.entries(LOG_NAMES).filter(
    ([input, name]) => inputs[input as keyof typeof LOG_NAMES] !== name,
  );
  const given = [
    ...renamed.map(([input]) => input),
    ...(inputs.timestamp === undefined ? [] : ['timestamp']),
  ];
  return given
    .filter((input) => input !== 'timestamp' || inputs.timestamp !== 'timestamp')
    .map((input) => ({
      what: `in a prediction log, this column always has the name ${input}`,
      where: `input ${input}`,
      fix: 'leave it out; it names a column of current',
    }));
}

function scheduleProblems(inputs: Inputs): Problem[] {
  const { every } = inputs;
  const meanTime = inputs['mean-time-between-false-alarms'];
  const problems: Problem[] = [];
  if ((every === undefined) !== (meanTime === undefined)) {
    const [missing, given] =
      every === undefined
        ? ['every', 'mean-time-between-false-alarms']
        : ['mean-time-between-false-alarms', 'every'];
    problems.push({
      what: `is needed beside ${given}`,
      where: `input ${missing}`,
      fix: 'give both, such as 1820d with every 7d',
    });
  } else if (every !== undefined && meanTime !== undefined && !(every > 0 && meanTime >= every)) {
    const fix = 'give a mean time that is a multiple of every, such as 1820d with every 7d';
    problems.push({
      what: 'it is shorter than one interval of the schedule',
      where: 'input mean-time-between-false-alarms',
      fix,
    });
  }
  if (!(inputs.window > 0)) problems.push({ what: 'must be longer than 0', where: 'input window' });
  return problems;
}

function receiverProblems({ dispatch, 'retrain-command': command }: Inputs): Problem[] {
  if (dispatch !== undefined && command !== undefined) {
    const fix = 'keep one of them, because a retrain is asked for only once';
    return [{ what: 'both are given', where: 'inputs dispatch and retrain-command', fix }];
  }
  if (command !== undefined && (command[0] ?? '') === '') {
    return [{ what: 'it does not name a program', where: 'input retrain-command' }];
  }
  return [];
}
