import { trustOf } from '../../shared/attest/trust.ts';
import { modelName } from '../../shared/inputs/common.ts';
import { weakerThan } from '../../shared/model/weaker.ts';
import type { Outcome } from '../../shared/ports/outcome.ts';
import type { Ports } from '../../shared/ports/ports.ts';
import { type Problem, UserError } from '../../shared/problem/problem.ts';
import { CHAMPION } from '../../shared/registry/champion.ts';
import { openRegistry } from '../../shared/registry/open.ts';
import { parseModelReference, resolveModel } from '../../shared/registry/reference.ts';
import type { Registry } from '../../shared/registry/registry.ts';
import { expectText } from '../../shared/rollout/approval.ts';
import {
  checksAfter,
  checksOfOrder,
  isTakenBackByOrder,
  measuresOf,
  nextStepAt,
  phaseWords,
  type RouterFacts,
  rolloutChecks,
} from '../../shared/rollout/checks.ts';
import type { Deadline } from '../../shared/rollout/decide.ts';
import { checkJudged, type Demands } from '../../shared/rollout/judged.ts';
import { rolloutKey } from '../../shared/rollout/lost.ts';
import { newerCandidate } from '../../shared/rollout/newer.ts';
import { openMetrics, openRouter } from '../../shared/rollout/open.ts';
import { type RolloutOperation, type RolloutTerms, rolloutPlan } from '../../shared/rollout/plan.ts';
import { runReplay } from '../../shared/rollout/replay.ts';
import type { Result, RolloutRequest } from '../../shared/rollout/request.ts';
import { runSmokeTest } from '../../shared/rollout/smoke.ts';
import { isOver, type Release, type RolloutState, weightOf } from '../../shared/rollout/state.ts';
import type { Tools } from '../../shared/rollout/tick.ts';
import { unfinishedOf } from '../../shared/rollout/unfinished.ts';
import { openState, refusePullRequests } from '../../shared/state/open.ts';
import { canonicalJson } from '../../shared/verdict/digest.ts';
import type { Check, JsonObject, Subject, SubjectRole } from '../../shared/verdict/verdict.ts';
import { verdictOf } from '../../shared/verdict/verdict.ts';
import { approvalOrder, type CarriedRollout, carryOn, waits } from './approvals.ts';
import type { Inputs } from './inputs.ts';

const WITHOUT_METRICS: readonly RolloutOperation[] = ['status', 'promote', 'abort', 'rollback'];

/**
 * Carries a rollout on by one operation.
 *
 * @throws UserError for inputs that do not fit together, and as `operate` does.
 */
export async function run(inputs: Inputs, ports: Ports): Promise<Outcome> {
  if (inputs.operation !== 'status') refusePullRequests('state', ports);
  const request = requestOf(inputs, ports);
  const registry = await openRegistry(inputs, ports);
  const tools = toolsOf(inputs, request, registry, ports);
  const { clock, log } = ports;
  const store = await openState(inputs, ports);
  const around = { store, registry, clock, log };
  const result = await carryOn(inputs, request, tools, { around, ports });
  const newer = await newerCandidate(result.state, registry);
  return outcomeOf({ ...result, newer }, request, inputs, ports.clock.now());
}

function requestOf(inputs: Inputs, { runner }: Ports): RolloutRequest {
  const problems: Problem[] = [];
  if (inputs.metrics === undefined && !WITHOUT_METRICS.includes(inputs.operation)) {
    problems.push({
      what: 'is required: a version is judged by it',
      where: 'input metrics',
      fix: 'write log:GLOB or prometheus+http://HOST:PORT',
    });
  }
  if ((inputs.replay === undefined) !== (inputs.endpoint === undefined)) {
    const [missing, given] = inputs.replay === undefined ? ['replay', 'endpoint'] : ['endpoint', 'replay'];
    problems.push({ what: `is required with ${given}`, where: `input ${missing}` });
  }
  if (inputs.endpoint !== undefined && !/^https?:\/\/./.test(inputs.endpoint)) {
    problems.push({ what: 'is not an URL of http or https', where: 'input endpoint' });
  }
  if (inputs.to !== undefined && inputs.operation !== 'rollback') {
    problems.push({ what: 'is for operation: rollback only', where: 'input to', fix: 'leave it out' });
  }
  if (inputs.interval <= 0) problems.push({ what: 'must be above 0', where: 'input interval' });
  if (inputs['smoke-test']?.length === 0)
    problems.push({ what: 'holds no program', where: 'input smoke-test' });
  const name = modelName(inputs, runner);
  const model = parseModelReference(inputs.model ?? `model:${name}@candidate`, 'model');
  if (model.name !== name) {
    problems.push({
      what: `belongs to ${model.name}, but the state and the reports belong to ${name}`,
      where: 'input model',
      fix: `write model:${name}@…, or give name: ${model.name}`,
    });
  }
  if (problems.length > 0) throw new UserError(problems);
  return {
    key: rolloutKey(name),
    model,
    nameIsGiven: inputs.name !== undefined,
    modelIsGiven: inputs.model !== undefined,
    plan: rolloutPlan({
      strategy: inputs.strategy,
      steps: inputs.steps,
      promoteOn: inputs['promote-on'],
      errorMargin: inputs['error-margin'],
      errorFloor: inputs['error-floor'],
      alpha: inputs.alpha,
      dispersion: inputs.dispersion,
      maxErrorRate: inputs['max-error-rate'] ?? null,
      maxLatencyMs: inputs['max-latency'] ?? null,
      ...(inputs.approval === 'none' ? {} : { approval: inputs.approval }),
    }),
    retry: inputs.retry,
    firstRelease: inputs['first-release'],
    order: approvalOrder(inputs, { runner }),
    to: inputs.to,
    intervalMs: inputs.interval,
    budgetMs: inputs.budget,
  };
}

function toolsOf(inputs: Inputs, { model }: RolloutRequest, registry: Registry, ports: Ports): Tools {
  const { metrics, queries, endpoint, replay } = inputs;
  const command = inputs['smoke-test'];
  const smoke = command === undefined ? null : { command, timeoutMs: inputs['smoke-test-timeout'] };
  const { commands, files, log } = ports;
  let known: Promise<Demands> | undefined;
  const demands = () => (known ??= demandsOf(model.name, inputs, ports));
  return {
    registry,
    evidence: async (release, against) => checkJudged(release, registry, await demands(), against),
    router: openRouter(inputs, ports),
    metrics:
      metrics === undefined || WITHOUT_METRICS.includes(inputs.operation)
        ? null
        : openMetrics(
            { metrics, queries, maxUnreadable: inputs['max-unreadable'] },
            inputs['max-latency'] !== undefined,
            ports,
          ),
    smokeTest:
      smoke === null
        ? null
        : async (state, at) =>
            runSmokeTest(smoke, await registered(state, registry), at, { registry, commands, files, log }),
    replay:
      replay === undefined || endpoint === undefined
        ? null
        : (at) =>
            runReplay(
              {
                rows: files.source(replay),
                endpoint,
                tolerance: inputs['replay-tolerance'],
                maxRows: inputs['replay-rows'],
              },
              at,
              ports.http,
            ),
    deadline: deadlineOf(inputs),
  };
}

function deadlineOf(inputs: Inputs): Deadline {
  return { afterMs: inputs.deadline, onDeadline: inputs['on-deadline'] };
}

/** What the inputs and the base branch's configuration ask of the verdicts. */
async function demandsOf(name: string, inputs: Inputs, ports: Ports): Promise<Demands> {
  const settings = await ports.asked?.('validate-model', name);
  return {
    weaker: (verdict) => (settings == null ? [] : weakerThan(settings, verdict)),
    trust: await trustOf(inputs, { action: 'deploy-canary', name }, ports),
  };
}

async function registered({ canary }: RolloutState, registry: Registry) {
  const found = await resolveModel(registry, { name: canary.name, which: canary.digest });
  if (found !== null) return found;
  throw new UserError({
    what: `${canary.name} ${canary.version} is no longer in the registry`,
    where: 'input registry',
    fix: 'abort the rollout',
  });
}

function outcomeOf(
  result: CarriedRollout & { readonly newer: Check | null },
  { plan, model }: RolloutRequest,
  inputs: Inputs,
  createdAt: Date,
): Outcome {
  const { state, newer } = result;
  const configuration = configurationOf(inputs, state?.plan ?? plan);
  const parts = { action: 'deploy-canary', name: model.name, createdAt, configuration };
  if (state === null) {
    const { check, subjects } = withoutRollout(result);
    const verdict = verdictOf({ ...parts, subjects, checks: [check], summary: check.message });
    return {
      verdict,
      outputs: {
        phase: '',
        weight: '',
        'next-step-at': '',
        finished: 'true',
        needs: '',
        approval: '',
        'pull-request': '',
      },
    };
  }
  const readsBack = !inputs.router.startsWith('exec:');
  const { drifts, unread } = result;
  const facts = { readsBack, corrected: inputs.operation !== 'status', drifts, unread };
  const { operation } = inputs;
  const unfinished = unfinishedOf(state, createdAt, { operation, deadline: deadlineOf(inputs) });
  const checks = [
    ...told(result, state, facts, operation),
    ...(result.approval === null ? [] : [result.approval]),
    ...(unfinished === null ? [] : [unfinished.check]),
    ...(newer === null ? [] : [newer]),
    ...planCheck(state, plan),
  ];
  const rest = unfinished === null ? '' : `; not finished: it still needs ${unfinished.needs}`;
  const summary = `${state.canary.name} ${state.canary.version} ${phaseWords(state)}${rest}`;
  const verdict = verdictOf({
    ...parts,
    subjects: subjectsOf(state),
    checks,
    measures: measuresOf(state),
    summary,
  });
  const outputs = {
    phase: state.phase,
    weight: String(weightOf(state)),
    'next-step-at': nextStepAt(state) ?? '',
    finished: String(unfinished === null),
    needs: unfinished?.needs ?? '',
    approval: waits(state) ? expectText(state) : '',
    'pull-request': result.pullRequest,
  };
  return { verdict, outputs };
}

function told(
  result: CarriedRollout,
  state: RolloutState,
  facts: RouterFacts,
  operation: RolloutOperation,
): Check[] {
  if (result.wasOver === true) return checksAfter(state, facts);
  const isOrder = operation === 'abort' || operation === 'rollback';
  return isOrder && isTakenBackByOrder(state)
    ? checksOfOrder(state, facts)
    : rolloutChecks(state, facts, result.evidence);
}

function withoutRollout({ version, evidence }: Result): { check: Check; subjects: readonly Subject[] } {
  const subjects: Subject[] = version === null ? [] : [subjectOf('model', version)];
  if (evidence !== null) return { check: evidence, subjects };
  const already = version === null ? '' : `${version.name} ${version.version} is the ${CHAMPION} already`;
  return {
    check: {
      id: 'rollout.phase',
      status: version === null ? 'inconclusive' : 'pass',
      message: version === null ? 'no rollout has been started' : `${already}; there is nothing to roll out`,
    },
    subjects,
  };
}

function subjectsOf({ canary, stable }: RolloutState): Subject[] {
  return [subjectOf('model', canary), ...(stable === null ? [] : [subjectOf('production', stable)])];
}

function subjectOf(role: SubjectRole, { name, version, digest }: Release): Subject {
  return { role, name: `${name}@${version}`, digest };
}

/** A rollout keeps the plan that it began with; a change of the inputs is shown, and waits for the next one. */
function planCheck(state: RolloutState, plan: RolloutTerms): Check[] {
  if (isOver(state) || canonicalJson(state.plan) === canonicalJson(plan)) return [];
  const message =
    'the inputs have another plan than this rollout began with; it keeps its own plan to the end';
  return [
    {
      id: 'rollout.plan',
      status: 'warn',
      message,
      fix: 'to change the plan, abort the rollout and start it again with retry: true',
    },
  ];
}

/** What decided, with a rollout's own plan. */
function configurationOf(inputs: Inputs, plan: RolloutTerms): JsonObject {
  const { operation, deadline } = inputs;
  return {
    operation,
    plan,
    deadline,
    'on-deadline': inputs['on-deadline'],
    'first-release': inputs['first-release'],
    'require-attested': inputs['require-attested'],
  };
}
