import { modelName } from '../../shared/inputs/common.ts';
import { readMetricsFile } from '../../shared/model/metricsfile.ts';
import { wantedColumns } from '../../shared/model/predictions.ts';
import { firstReleaseCheck } from '../../shared/model/release.ts';
import type { Outcome } from '../../shared/ports/outcome.ts';
import type { Ports } from '../../shared/ports/ports.ts';
import type { Check, JsonObject, Subject } from '../../shared/verdict/verdict.ts';
import { verdictOf } from '../../shared/verdict/verdict.ts';
import type { Inputs } from './inputs.ts';
import { comparisonOf, namedMetrics, originOf } from './request.ts';

/** What was found, before it becomes a verdict. */
interface Findings {
  readonly checks: readonly Check[];
  readonly subjects: readonly Subject[];
  readonly measures: JsonObject;
  readonly rows?: number;
  readonly comparison: string;
  readonly labelsNeeded?: number | undefined;
  readonly judged?: string | undefined;
}

/** Judges a candidate model, beside production where there is one. */
export async function run(inputs: Inputs, ports: Ports): Promise<Outcome> {
  const origin = originOf(inputs);
  const found =
    origin === 'metrics-files' ? await byNumbers(inputs, ports) : await byRows(inputs, origin, ports);
  const verdict = verdictOf({
    action: 'validate-model',
    name: modelName(inputs),
    subjects: found.subjects,
    checks: found.checks,
    measures: found.measures,
    configuration: configurationOf(inputs),
    createdAt: ports.clock.now(),
    headline: found.checks.find(({ id }) => id.startsWith('comparison.'))?.message,
    ...(found.rows === undefined ? {} : { scope: `on ${found.rows} rows` }),
  });
  return {
    verdict,
    outputs: {
      comparison: found.comparison,
      'labels-needed': found.labelsNeeded === undefined ? '' : String(found.labelsNeeded),
      judged: found.judged ?? '',
    },
  };
}

/** From predictions a row, the user's or the action's own. */
async function byRows(inputs: Inputs, origin: 'predict' | 'predictions', ports: Ports): Promise<Findings> {
  const named = namedMetrics(inputs);
  const columns = {
    id: inputs.id,
    label: inputs.label,
    prediction: inputs.prediction,
    score: inputs.score,
    weight: inputs.weight,
    cluster: inputs.cluster,
    timestamp: inputs.timestamp,
    sensitive: inputs.sensitive ?? [],
  };
  const { boundEvidence, declaredEvidence } = await import('./evidence.ts');
  const gather = origin === 'predict' ? boundEvidence : declaredEvidence;
  const evidence = await gather(inputs, wantedColumns(columns), ports);
  const { judgeEvidence } = await import('./judge.ts');
  const found = judgeEvidence(inputs, columns, named, evidence);
  const judged =
    found.judgedRows === undefined
      ? undefined
      : await ports.files.writeReport('judged.csv', found.judgedRows);
  return { ...found, subjects: evidence.subjects, judged };
}

/** From aggregate numbers, on which nothing can be tested. */
async function byNumbers(inputs: Inputs, ports: Ports): Promise<Findings> {
  const { compareAggregates, judgeAggregateConditions } = await import('../../shared/model/aggregate.ts');
  const { parseConditions } = await import('../../shared/model/conditions.ts');
  const conditions = parseConditions(inputs.conditions ?? []);
  const subjects: Subject[] = [];
  if (inputs.model !== undefined) {
    subjects.push({
      role: 'candidate',
      name: inputs.model.join(', '),
      digest: (await ports.files.bundle(inputs.model)).digest,
    });
  }
  const read = async (path: string) => {
    subjects.push({ role: 'predictions', name: path, digest: (await ports.files.bundle([path])).digest });
    return readMetricsFile(await ports.files.readText(path), path, inputs['positive-label']);
  };
  const candidate = await read(inputs.candidate ?? '');
  const production = inputs.production === undefined ? undefined : await read(inputs.production);
  const numbers = { candidate, ...(production === undefined ? {} : { production }) };
  const held = judgeAggregateConditions(numbers, conditions);
  const compare = () => {
    if (production === undefined) return firstReleaseCheck(inputs['first-release'], held);
    const { metric, margin } = comparisonOf(inputs);
    return compareAggregates({ candidate, production }, metric, margin, conditions.length > 0);
  };
  return {
    checks: [compare(), ...held, ...bindingOfNumbers(inputs)],
    subjects,
    measures: numbers,
    comparison: 'unknown',
  };
}

function bindingOfNumbers(inputs: Inputs): Check[] {
  if (!inputs['require-bound']) return [];
  const mend = 'let the action make the predictions: give predict, model and test-data';
  return [
    {
      id: 'evidence.binding',
      status: 'fail',
      observed: 'declared',
      expected: 'bound',
      message: 'the numbers were supplied, so that nothing shows which model they are of',
      mend,
    },
  ];
}

const DECISIVE = [
  'candidate',
  'production',
  'predict',
  'model',
  'production-model',
  'test-data',
  'task',
  'label',
  'prediction',
  'score',
  'positive-label',
  'id',
  'weight',
  'cluster',
  'metric',
  'conditions',
  'sensitive',
  'group-difference',
  'max-group-difference',
  'min-group-size',
  'require-bound',
  'first-release',
  'timestamp',
  'draws',
] as const satisfies readonly (keyof Inputs)[];

/** The inputs that decide, as the verdict shows them. */
function configurationOf(inputs: Inputs): JsonObject {
  const { margin } = inputs;
  return {
    ...Object.fromEntries(
      DECISIVE.flatMap((name) => (inputs[name] === undefined ? [] : [[name, inputs[name]]])),
    ),
    ...(margin === undefined
      ? {}
      : { margin: margin.kind === 'relative' ? `${margin.value * 100}%` : margin.value }),
    ...(inputs['trained-until'] === undefined
      ? {}
      : { 'trained-until': inputs['trained-until'].toISOString() }),
  };
}
