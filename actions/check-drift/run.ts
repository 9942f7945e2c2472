import { readReference } from '../../shared/compare/reference.ts';
import { decisionChecks } from '../../shared/drift/checks.ts';
import type { Performance } from '../../shared/drift/performance.ts';
import { type RetrainResult, settleRetrain } from '../../shared/drift/retrain.ts';
import { pointJson, readDriftState } from '../../shared/drift/state.ts';
import type { Outcome } from '../../shared/ports/outcome.ts';
import type { Ports } from '../../shared/ports/ports.ts';
import { grouped } from '../../shared/problem/numbers.ts';
import { championOf } from '../../shared/registry/champion.ts';
import { openRegistry } from '../../shared/registry/open.ts';
import type { ModelVersion } from '../../shared/registry/registry.ts';
import { openState } from '../../shared/state/open.ts';
import { worst } from '../../shared/verdict/status.ts';
import { type JsonObject, type Subject, verdictOf } from '../../shared/verdict/verdict.ts';
import type { Inputs } from './inputs.ts';
import { judgeFeatures, judgeLabels, NO_LABELS } from './judge.ts';
import { look, reading } from './look.ts';
import { type DriftPlan, driftPlan } from './plan.ts';

/** Looks at production's newest data, decides whether to train again, and hands the retrain on. */
export async function run(inputs: Inputs, ports: Ports): Promise<Outcome> {
  const plan = driftPlan(inputs, ports);
  // The clock runs on from the input; the windows of a repeated run must not.
  const now = inputs.now ?? ports.clock.now();
  const store = await openState(inputs, ports);
  const key = `${plan.name}/drift`;
  // Before anything is read: a run that looks back is refused, and so is a damaged state.
  await readDriftState(store, key, now);
  const champion = await productionOf(inputs, ports, plan);
  const reference = await readReference(
    plan.reference,
    ports.files,
    () => openRegistry(inputs, ports),
    ports,
    reading(inputs),
  );
  const looked = await look(inputs, ports, { plan, now, champion, reference });
  const features = judgeFeatures(inputs, plan, looked);
  const labelled = plan.needsLabels
    ? await judgeLabels(inputs, ports, { plan, now, champion, looked })
    : NO_LABELS;
  const compared = { reference: reference.subject.digest, current: looked.subject.digest };
  const found = [...features.checks, ...labelled.checks];
  const settled = await settleRetrain({
    store,
    key,
    now,
    facts: {
      name: plan.name,
      champion,
      championSince: champion === null ? null : new Date(champion.createdAt),
      brokenRequirement: labelled.performance?.broken === true ? (plan.requirement?.text ?? null) : null,
      driftedColumns: features.drifted,
      newRows: labelled.newRows,
      compared,
    },
    policy: plan.policy,
    points: pointsOf(plan, labelled.performance, now),
    look: {
      ...compared,
      at: now.toISOString(),
      champion: champion === null ? null : { digest: champion.digest, version: champion.version },
      status: worst(found.map(({ status }) => status)),
      drifted: features.drifted.length,
    },
    deliver: plan.deliver,
  });
  const checks = [...found, ...decisionChecks(settled.decision, plan.receiver)];
  return {
    verdict: verdictOf({
      action: 'check-drift',
      name: plan.name,
      subjects: [reference.subject, looked.subject, ...championSubject(champion)],
      checks,
      measures: {
        columns: features.measures,
        volume: {
          rows: looked.observed.rows,
          ...(labelled.newRows === null ? {} : { new_rows: labelled.newRows }),
        },
        ...labelled.measures,
        ...historyOf(plan, settled),
      },
      configuration: configurationOf(inputs, plan),
      createdAt: now,
      scope: `in ${grouped(looked.observed.rows)} rows; ${settled.decision.retrain ? 'a retrain is due' : 'no retrain'}`,
    }),
    outputs: {
      drift: features.drift,
      retrain: String(settled.decision.retrain),
      reasons: await ports.files.writeReport('reasons.json', reasonsFile(plan, settled, now)),
      profile: looked.profilePath,
    },
  };
}

/** The version in production, if a registry is given. */
async function productionOf(inputs: Inputs, ports: Ports, { name }: DriftPlan): Promise<ModelVersion | null> {
  if (inputs.registry === undefined) return null;
  const given = inputs.name !== undefined;
  const ifNew = 'release it with deploy-canary first, or leave registry out';
  return championOf(await openRegistry(inputs, ports), { name, given, ifNew, models: ports.models });
}

function championSubject(champion: ModelVersion | null): Subject[] {
  if (champion === null) return [];
  return [{ role: 'production', name: `${champion.name} ${champion.version}`, digest: champion.digest }];
}

function pointsOf({ requirement }: DriftPlan, performance: Performance | null, now: Date) {
  const value = performance?.value ?? null;
  if (requirement === null || value === null) return {};
  const { estimate, lower, upper } = value;
  return { [requirement.metric]: { at: now.toISOString(), value: estimate, lower, upper } };
}

function historyOf({ requirement }: DriftPlan, { state }: RetrainResult): JsonObject {
  const points = requirement === null ? undefined : state.history[requirement.metric];
  if (requirement === null || points === undefined) return {};
  return { history: { [requirement.metric]: points.map(pointJson), limit: requirement.threshold } };
}

function reasonsFile({ name, receiver }: DriftPlan, { decision }: RetrainResult, now: Date): string {
  const { retrain, reasons, suppressed, until, request } = decision;
  const content = {
    name,
    'decided-at': now.toISOString(),
    retrain,
    reasons,
    ...(suppressed === undefined ? {} : { suppressed }),
    ...(until === undefined ? {} : { until }),
    ...(request === null ? {} : { 'dedupe-key': request.dedupeKey, 'handed-to': receiver }),
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

function configurationOf(inputs: Inputs, { alpha, requirement, reference }: DriftPlan): JsonObject {
  return {
    reference: [...reference],
    window: inputs.window,
    lag: inputs.lag,
    'label-delay': inputs['label-delay'],
    margin: inputs.margin,
    alpha,
    ...(requirement === null
      ? {}
      : { 'minimum-performance': requirement.text, 'min-labels': inputs['min-labels'] }),
    ...(inputs['new-rows'] === undefined ? {} : { 'new-rows': inputs['new-rows'] }),
    ...(inputs['retrain-every'] === undefined ? {} : { 'retrain-every': inputs['retrain-every'] }),
    'drift-triggers': inputs['drift-triggers'],
    cooldown: inputs.cooldown,
  };
}
