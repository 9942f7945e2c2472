import { modelName } from '../../shared/inputs/common.ts';
import type { Margin } from '../../shared/inputs/kinds.ts';
import { NothingToJudge } from '../../shared/model/fields.ts';
import { judgedCsv } from '../../shared/model/judged.ts';
import { needsProbability, numberColumns } from '../../shared/model/metrics.ts';
import {
  type ColumnNames,
  type JudgedRows,
  type PredictionOptions,
  readJudged,
  wantedColumns,
} from '../../shared/model/predictions.ts';
import type { Outcome } from '../../shared/ports/outcome.ts';
import type { Ports } from '../../shared/ports/ports.ts';
import { grouped } from '../../shared/problem/numbers.ts';
import type { Check, ComparedSubjects, JsonObject, Subject } from '../../shared/verdict/verdict.ts';
import { verdictOf } from '../../shared/verdict/verdict.ts';
import { sealOf } from './attested.ts';
import type { ModelEvidence } from './evidence.ts';
import type { Inputs } from './inputs.ts';
import type { Turn } from './looks.ts';
import { askedOf, type CandidateTerms, limitedBy, originOf } from './request.ts';

/** What was found, before it becomes a verdict. */
interface Findings {
  readonly checks: readonly Check[];
  readonly subjects: readonly Subject[];
  readonly compared: ComparedSubjects;
  readonly measures: JsonObject;
  readonly rows?: number;
  readonly comparison: string;
  readonly labelsNeeded?: number | undefined;
  readonly budgetLeft?: number | undefined;
  readonly looksLeft?: number | undefined;
  readonly judged?: string | undefined;
}

/** Judges a candidate model, beside production and the anchor if there are any; or counts a use of a test set. */
export async function run(inputs: Inputs, ports: Ports): Promise<Outcome> {
  if (inputs.operation === 'record-use') {
    const { recordFrom } = await import('./record.ts');
    return recordFrom(inputs, ports);
  }
  const origin = originOf(inputs);
  const found: Findings =
    origin === 'metrics-files'
      ? await (await import('./by-numbers.ts')).byNumbers(inputs, ports)
      : await byRows(inputs, origin, ports);
  const verdict = verdictOf({
    action: 'validate-model',
    name: modelName(inputs, ports.runner),
    subjects: found.subjects,
    compared: found.compared,
    checks: found.checks,
    measures: found.measures,
    configuration: configurationOf(inputs),
    createdAt: ports.clock.now(),
    headline: headlineOf(found),
    ...(!found.rows ? {} : { scope: `on ${grouped(found.rows)} rows` }),
  });
  return {
    verdict,
    seal: sealOf(inputs, ports),
    outputs: {
      comparison: found.comparison,
      'labels-needed': found.labelsNeeded === undefined ? '' : String(found.labelsNeeded),
      'budget-left': found.budgetLeft === undefined ? '' : String(found.budgetLeft),
      'looks-left': found.looksLeft === undefined ? '' : String(found.looksLeft),
      judged: found.judged ?? '',
    },
  };
}

function headlineOf({ checks, rows }: Findings): string | undefined {
  if (rows === 0) return 'no row can be judged';
  return checks.find(({ id }) => id.startsWith('comparison.') || id === 'model.accepted')?.message;
}

function columnsFrom(inputs: Inputs, groups: readonly string[]): ColumnNames {
  return {
    id: inputs.id,
    label: inputs.label,
    prediction: inputs.prediction,
    score: inputs.score,
    weight: inputs.weight,
    cluster: inputs.cluster,
    timestamp: inputs.timestamp,
    query: inputs.query,
    sensitive: groups,
  };
}

/** From predictions a row, the user's or the action's own. */
async function byRows(inputs: Inputs, origin: 'predict' | 'predictions', ports: Ports): Promise<Findings> {
  const request = askedOf(inputs);
  const { groupColumns } = await import('./slices.ts');
  const columns = columnsFrom(inputs, groupColumns(request));
  const numbers = numberColumns([...request.metrics.values()]);
  const { contractClasses } = await import('./classes.ts');
  const more = await contractClasses(inputs, ports);
  const { boundEvidence, declaredEvidence } = await import('./evidence.ts');
  const gather = origin === 'predict' ? boundEvidence : declaredEvidence;
  const evidence = await gather(inputs, wantedColumns(columns, numbers.keys()), ports);
  const judged = judgedOf(inputs, request, { columns, more }, evidence);
  const { subjects, compared, same } = evidence;
  if (judged instanceof NothingToJudge) {
    const checks = [...judged.checks, ...evidence.checks];
    return { subjects, compared, checks, measures: {}, rows: 0, comparison: 'unknown' };
  }
  const { asked, checks: limits } = limitedBy(request, inputs, judged);
  const { evaluationOf, reuseOf } = await import('./reuse.ts');
  const digests = evidence.subjects.map(({ role, digest }) => `${role} ${digest}`);
  const evaluation = evaluationOf(inputs, digests);
  const reuse = await reuseOf(inputs, ports, judged.digest(), evaluation);
  const { trainingLeakage } = await import('./rows.ts');
  const sound = [
    ...evidence.checks,
    ...judged.checks,
    ...limits,
    ...(await trainingLeakage(inputs, judged, evidence, ports)),
  ];
  const common = { subjects, compared, rows: judged.n };
  const turn = inputs.looks === 1 ? undefined : await turnAt(inputs, ports, evidence, judged, evaluation);
  if (turn?.refusal !== undefined) {
    return { ...common, checks: [turn.refusal, ...sound], measures: {}, comparison: 'unknown', looksLeft: 0 };
  }
  const { judge } = await import('./judge.ts');
  const { isAccepted, told } = await import('./disclose.ts');
  const { binding } = compared;
  const judgement = reuse.refused
    ? undefined
    : judge(inputs, { judged, asked, alpha: reuse.alpha, binding, same });
  // Counted before anything is told of it.
  const settled = await reuse.settle(
    judgement && { accepted: isAccepted(judgement), comparisons: judgement.comparisons },
  );
  const look = judgement === undefined ? undefined : await turn?.settle();
  const use = [settled.check, look?.check].filter((check) => check !== undefined);
  const looksLeft = look?.left;
  if (judgement === undefined || settled.withheld === true || look?.withheld === true) {
    const { budgetLeft } = settled;
    const measures = { ...settled.measures, ...look?.measures };
    return { ...common, checks: [...use, ...sound], measures, comparison: 'unknown', budgetLeft, looksLeft };
  }
  const shown = told(judgement, inputs.disclosure);
  return {
    ...common,
    checks: [...shown.checks, ...use, ...sound],
    measures: { ...shown.measures, ...settled.measures, ...look?.measures },
    comparison: shown.comparison,
    labelsNeeded: shown.labelsNeeded,
    budgetLeft: settled.budgetLeft,
    looksLeft,
    judged: await writeJudged(inputs, judged, evidence, columns, ports),
  };
}

async function turnAt(
  inputs: Inputs,
  ports: Ports,
  { subjects }: ModelEvidence,
  judged: JudgedRows,
  evaluation: string,
): Promise<Turn> {
  const { turnOf } = await import('./looks.ts');
  const candidate = subjects.find(({ role }) => role === 'candidate')?.digest;
  return turnOf(inputs, ports, { candidate, testSet: judged.digest(), evaluation });
}

/** Does the need ask for no more than the user's own numbers? */
function isOwn(need: string): boolean {
  return need === 'size' || need.startsWith('column:');
}

/** The rows, or that none of them can be judged, which is a fault of the data. */
function judgedOf(
  inputs: Inputs,
  asked: CandidateTerms,
  known: Pick<PredictionOptions, 'columns'> & { readonly more: readonly string[] },
  { sheets, same, sizeBytes }: ModelEvidence,
): JudgedRows | NothingToJudge {
  const metrics = [...asked.metrics.values()];
  const options: PredictionOptions = {
    columns: known.columns,
    classes: inputs.classes,
    moreClasses: known.more,
    task: inputs.task,
    metrics: metrics.map(({ tasks }) => tasks),
    positiveLabel: inputs['positive-label'],
    labelDelimiter: inputs['label-delimiter'],
    probabilities: metrics.some(needsProbability),
    numbers: numberColumns(metrics),
    sizeBytes,
    numbersOnly: metrics.length > 0 && metrics.every(({ needs }) => needs.every(isOwn)),
    showValues: inputs.samples === 'show',
  };
  try {
    const read = readJudged(sheets, options);
    return same === 'model' ? { ...read, production: read.candidate } : read;
  } catch (error) {
    if (error instanceof NothingToJudge) return error;
    throw error;
  }
}

async function writeJudged(
  inputs: Inputs,
  judged: JudgedRows,
  { sheets }: ModelEvidence,
  columns: ColumnNames,
  { files }: Ports,
): Promise<string | undefined> {
  const rows = inputs['judged-rows'];
  if (rows === 0) return undefined;
  // All of the test data but the id, the label and what else is not a feature.
  const others = [columns.id, columns.label, columns.prediction, columns.weight];
  const labels = columns.label.endsWith('*') ? columns.label.slice(0, -1) : undefined;
  const features = (sheets.test?.columns ?? []).filter(
    (column) => !others.includes(column) && (labels === undefined || !column.startsWith(labels)),
  );
  return files.writeReport('judged.csv', judgedCsv(judged, { id: inputs.id, features }, rows));
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
  'classes',
  'contract',
  'contract-table',
  'id',
  'weight',
  'cluster',
  'metric',
  'metric-command',
  'query',
  'columns',
  'loss-bound',
  'target-range',
  'loss-clip',
  'label-delimiter',
  'conditions',
  'slices',
  'min-slice-size',
  'sensitive',
  'group-difference',
  'max-group-difference',
  'group-ratio',
  'min-group-ratio',
  'max-group-change',
  'min-group-size',
  'anchor',
  'training-data',
  'disclosure',
  'ledger',
  'uses',
  'passes',
  'when-spent',
  'require-bound',
  'first-release',
  'looks',
  'timestamp',
  'draws',
] as const satisfies readonly (keyof Inputs)[];

/** The inputs that decide, as the verdict shows them. */
function configurationOf(inputs: Inputs): JsonObject {
  const { margin, margins } = inputs;
  const written = ({ kind, value }: Margin) => (kind === 'relative' ? `${value * 100}%` : value);
  const given = DECISIVE.flatMap((name) =>
    inputs[name] === undefined ? [] : [[name, inputs[name]] as const],
  );
  return {
    ...(Object.fromEntries(given) as JsonObject),
    ...(margin === undefined ? {} : { margin: written(margin) }),
    ...(margins === undefined
      ? {}
      : {
          margins: Object.fromEntries(Object.entries(margins).map(([name, each]) => [name, written(each)])),
        }),
    ...(inputs['trained-until'] === undefined
      ? {}
      : { 'trained-until': inputs['trained-until'].toISOString() }),
  };
}
