/** The text of ml-loop.yml. */
import { Document, isMap, isScalar, isSeq, Scalar } from 'yaml';
import type { ColumnGuesses } from './columns.ts';
import type { Inputs } from './inputs.ts';
import type { MarginQuestion } from './margin.ts';

export interface Settings {
  readonly inputs: Inputs;
  readonly data: readonly string[];
  readonly columns: ColumnGuesses;
  readonly contract: string;
  readonly reference: string;
  readonly model?: string | undefined;
  readonly predict?: readonly string[] | undefined;
  readonly candidate?: string | undefined;
  readonly testData?: string | undefined;
  readonly question?: MarginQuestion | undefined;
}

const HEAD =
  ' The settings of ml-loop for this repository: every key below an action is an input of that action.';

/** What is said beside keys. */
const REMARKS: Readonly<Record<string, string>> = {
  mode: ' everything is computed and told, and nothing is blocked; remove this line to make it a gate',
  'first-release':
    ' a first model has none to be compared with; change it to `refuse` after the first release',
  margin: ' a loss that does not matter to you',
  steps: ' a share of the traffic in %, for how long and for how many requests at least',
};

/** What must be set before the sections of releases and monitoring can be used. */
const LATER: Readonly<Record<string, string>> = {
  'deploy-canary': [
    ' To release by canary: set your router and its metrics, and take away the `#` (actions/deploy-canary/README.md).',
    ' deploy-canary:',
    '   router: "exec:" # or file:PATH, a file that your proxy reads',
    '   router-command: [python, ops/set-weights.py] # sets the shares of the traffic',
    '   metrics: log:logs/*.jsonl # or prometheus+http://HOST:9090',
    '   steps: [{ weight: 10, requests: 500 }, { weight: 50, requests: 2000 }]',
  ].join('\n'),
  'check-drift': [
    ' To watch production: set where its predictions and labels are, and take away the `#` (actions/check-drift/README.md).',
    ' check-drift:',
    '   predictions: logs/*.jsonl',
    '   labels: logs/labels.csv',
    '   window: 7d',
    '   dispatch: ml-retrain',
  ].join('\n'),
};

export function configText(settings: Settings): string {
  const sections = sectionsOf(settings);
  const document = new Document({
    ...(settings.inputs.mode === 'observe' ? { mode: 'observe' } : {}),
    ...sections,
  });
  document.commentBefore = HEAD;
  styled(document);
  const later = !Object.hasOwn(sections, 'register-model')
    ? []
    : Object.keys(LATER).filter((name) => !Object.hasOwn(sections, name));
  if (later.length > 0) document.comment = later.map((name) => LATER[name]).join('\n\n');
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

type Section = Readonly<Record<string, unknown>>;

/** The sections that can be written, in the order of the loop. */
export function sectionsOf(settings: Settings): Readonly<Record<string, Section>> {
  const { model, inputs } = settings;
  const judged = modelSection(settings);
  return {
    'validate-data': dataSection(settings),
    ...(judged === undefined ? {} : { 'validate-model': judged }),
    ...(model === undefined || judged === undefined ? {} : { 'register-model': registerSection(model) }),
    ...(inputs.router === undefined ? {} : { 'deploy-canary': releaseSection(inputs) }),
    ...(inputs.predictions === undefined ? {} : { 'check-drift': driftSection(inputs, inputs.predictions) }),
  };
}

/** check-drift compares with the profile of what the champion was trained on. */
function registerSection(model: string): Section {
  return { model: [model], profile: 'ml-loop-report/validate-data/profile.json' };
}

function dataSection({ data, contract, reference, columns: { label, timestamp } }: Settings): Section {
  return {
    data: one(data),
    contract,
    reference,
    ...(label === undefined ? {} : { label }),
    ...(timestamp === undefined ? {} : { timestamp }),
  };
}

function modelSection({
  predict,
  model,
  candidate,
  testData,
  columns,
  question,
}: Settings): Section | undefined {
  const { id, label } = columns;
  const columnKeys = {
    ...(id === undefined || id === 'id' ? {} : { id }),
    ...(label === undefined || label === 'label' ? {} : { label }),
  };
  const compared =
    question === undefined ? {} : { metric: question.metric, margin: marginValue(question.margin) };
  if (predict !== undefined && model !== undefined && testData !== undefined)
    return {
      predict,
      model: [model],
      'test-data': testData,
      ...columnKeys,
      ...compared,
      'first-release': 'allow',
    };
  if (candidate === undefined) return undefined;
  const isMetrics = candidate.endsWith('.json');
  return {
    candidate,
    ...(model === undefined ? {} : { model: [model] }),
    ...(isMetrics || testData === undefined ? {} : { 'test-data': testData }),
    ...(isMetrics ? {} : { ...columnKeys, ...compared }),
    'first-release': 'allow',
  };
}

function releaseSection({ router, metrics }: Inputs): Section {
  return {
    router,
    ...(metrics === undefined ? {} : { metrics }),
    steps: [
      { weight: 10, requests: 500 },
      { weight: 50, requests: 2000 },
    ],
  };
}

/** Logs and labels have columns of their own: `id`, `prediction` and `label`, whatever they are called in the data. */
function driftSection({ labels }: Inputs, predictions: readonly string[]): Section {
  return {
    predictions: one(predictions),
    ...(labels === undefined ? {} : { labels: one(labels) }),
    window: '7d',
    dispatch: 'ml-retrain',
  };
}

function one(list: readonly string[]): string | readonly string[] {
  return list.length === 1 && list[0] !== undefined ? list[0] : list;
}

/** A number stays a number, `2%` a text. */
function marginValue(margin: string): number | string {
  return Number.isNaN(Number(margin)) ? margin : Number(margin);
}

/** Lists in one line, places in quotes, and the remarks. */
function styled(document: Document): void {
  const root = document.contents;
  if (!isMap(root)) return;
  for (const [index, pair] of root.items.entries()) {
    if (isScalar(pair.key) && index > 0) pair.key.spaceBefore = true;
    if (isScalar(pair.value)) remark(pair.key, pair.value);
    if (!isMap(pair.value)) continue;
    for (const { key, value } of pair.value.items) {
      if (isSeq(value)) {
        value.flow = true;
        for (const item of value.items)
          if (isScalar(item) && /[{}]/.test(String(item.value))) item.type = Scalar.QUOTE_DOUBLE;
      }
      if (isScalar(value) || isSeq(value)) remark(key, value);
    }
  }
}

function remark(key: unknown, value: { comment?: string | null | undefined }): void {
  const text = isScalar(key) ? REMARKS[String(key.value)] : undefined;
  if (text !== undefined) value.comment = text;
}
