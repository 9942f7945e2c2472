import { ATTESTATIONS, SIGNING } from '../../shared/attest/inputs.ts';
import { commonInputs } from '../../shared/inputs/common.ts';
import {
  classList,
  duration,
  flag,
  instant,
  integer,
  margin,
  number,
  oneOf,
  text,
  textList,
} from '../../shared/inputs/kinds.ts';
import {
  type ActionDefinition,
  defaulted,
  type InputTable,
  type InputValues,
  optional,
} from '../../shared/inputs/table.ts';
import { GROUP_DIFFERENCES, GROUP_RATIOS } from '../../shared/model/fairness/rates.ts';
import { DISCLOSURES, LEDGER_MODES } from '../../shared/model/ledger-terms.ts';
import { TASKS } from '../../shared/model/rows.ts';

import { columnOrColumns, columnSpecs, lossBounds, margins, numberRange } from './kinds.ts';

/** Everything about validate-model that users can set; types, parser and documents come from it. */
export const definition = {
  name: 'validate-model',
  title: 'ml-loop: validate a model',
  description:
    'Says whether a candidate model is better than production, not worse, worse, or unknown, with a bound for each.',
  icon: 'check-circle',
  inputs: {
    ...commonInputs('inconclusive'),
    operation: defaulted(
      oneOf(['judge', 'record-use']),
      'judge',
      '`judge` judges the candidate. `record-use` counts the use of the test set, and the look at the candidate, that the verdict of a job tells of which only reads the state, such as a pull request’s; run it in a job that runs no code of the pull request.',
      { gate: 'rule' },
    ),
    verdict: optional(
      textList('files, with `*` and `**`'),
      'With `record-use`: the verdict files of the run to count, such as `report/**/validate-model*/verdict.json`, one of each model. With `name`, all must be of that model.',
    ),
    candidate: optional(
      text('a path'),
      'The file of the candidate’s predictions, one row for each id (CSV, JSON Lines, Parquet), or its metrics file (JSON, YAML, a model card). With `predict` instead, the action makes the predictions itself.',
      { gate: 'evidence' },
    ),
    production: optional(
      text('a path'),
      'The file of production’s predictions of the same rows, or its metrics file.',
      { gate: 'rule' },
    ),
    anchor: optional(
      text('a path, or `model:NAME@VERSION-or-ALIAS`'),
      'A second baseline: the predictions of an older version, or with `predict` that model itself. The candidate must not be worse than it by the margin either, so that small losses cannot add up. By default `model:<name>@anchor`, if the registry has that alias.',
      { gate: 'rule' },
    ),
    predict: optional(
      textList('the arguments of a command, with `{model}`, `{data}` and `{out}` in them'),
      'A command that reads a model and the test data and writes predictions to the CSV file `{out}`, such as `[python, predict.py, "{model}", "{data}", "{out}"]`. The action runs it on both models, so that the evidence is bound. No shell reads the command.',
      { gate: 'evidence' },
    ),
    'predict-timeout': defaulted(duration(), '30m', 'The time limit of one run of `predict`.'),
    model: optional(
      textList(),
      'The candidate’s files, usually one folder, such as `model/`. Or one reference to where they stay: `s3://BUCKET/PREFIX/`, `hf:REPO@COMMIT` or `oci://HOST/NAME@sha256:DIGEST`. The verdict names their digest.',
      { gate: 'evidence' },
    ),
    'model-digest': optional(
      text('`sha256:` and 64 hexadecimal digits'),
      'The digest that the candidate’s files must have, such as the output `digest` of train. Any other model is not judged.',
    ),
    'production-model': optional(
      text('a path, a reference as in `model`, `model:NAME@VERSION-or-ALIAS`, or `none`'),
      'The model in production, which `predict` runs too, or which made the predictions given as `production`. With a registry, `model:<name>@champion` by default. Give `none` for a new model if the registry has another model with a similar name.',
      { gate: 'rule' },
    ),
    'test-data': optional(
      text('a path'),
      'The file of test rows with id and label (CSV, JSON Lines, Parquet), and with all columns that `predict` reads.',
      { gate: 'evidence' },
    ),
    task: defaulted(
      oneOf(['auto', ...TASKS]),
      'auto',
      'What the model does. `auto` takes the task of the metric; if it has several, the labels decide.',
      { gate: 'rule' },
    ),
    label: defaulted(
      text('a column'),
      'label',
      'The column of labels, in the test data or the predictions. If a row can have several labels, also `y_*`: a column of 0 and 1 for each label.',
      { gate: 'evidence' },
    ),
    prediction: defaulted(
      text('a column'),
      'prediction',
      'The column of predictions. If a row can have several labels, also `p_*`: a column for each label.',
      { gate: 'evidence' },
    ),
    score: optional(
      columnOrColumns(),
      'The column of the positive class’s scores, or `p_*`: a column of scores for each class or label, whose name stands for the star. By default `score`, if there is such a column.',
      { gate: 'evidence' },
    ),
    'label-delimiter': optional(
      text('a text'),
      'The text between the labels of one row, such as `|`. Without it, several labels are a JSON list.',
      { gate: 'evidence' },
    ),
    query: optional(text('a column'), 'For ranking: the column of the query that a document is ranked for.', {
      gate: 'evidence',
    }),
    columns: optional(
      columnSpecs(),
      'The meaning of columns that are metrics of their own (`column(my_loss)`), such as `{my_loss: {better: lower, range: [0, 1]}}`. With a range, the bounds need no other assumption.',
      { gate: 'rule' },
    ),
    'positive-label': optional(
      text(),
      'The label that counts as positive, such as `fraud`. Of 0 and 1, −1 and 1, or false and true, it is the second by default.',
      { gate: 'rule' },
    ),
    classes: optional(
      classList(),
      'All classes of the labels, such as `[cat, dog]`. If a row can have several labels, all labels. Any other label or prediction is a fault. By default the classes are those of the test set’s labels and of the contract.',
      { gate: 'rule' },
    ),
    contract: optional(
      text('a path'),
      'The path of the data contract. The `enum` of the label’s column there names classes that the test set may lack. By default validate-data’s `contract` in `ml-loop.yml`.',
      { from: 'validate-data', gate: 'file' },
    ),
    'contract-table': optional(
      text('a name'),
      'The name of the model, resource or object in an imported contract that describes the test data. By default validate-data’s `contract-table` in `ml-loop.yml`.',
      { from: 'validate-data', gate: 'rule' },
    ),
    id: defaulted(
      text('a column'),
      'id',
      'The column that identifies a row. Predictions, labels and test data are joined by it.',
      { gate: 'evidence' },
    ),
    weight: optional(text('a column'), 'The column of sample weights.', { gate: 'rule' }),
    cluster: optional(
      text('a column'),
      'The column of groups whose rows depend on each other, such as a user or a day. Bounds then count groups, not rows.',
      { gate: 'rule' },
    ),
    metric: optional(
      text('a metric'),
      'The metric that `margin` is about, such as `accuracy` or `mae`. A comparison needs it.',
      { gate: 'rule' },
    ),
    margin: optional(
      margin(),
      'The largest loss of `metric` against production that does not matter: in the metric’s unit, such as `0.01`, or as a share of production’s value, such as `2%`. A comparison needs it.',
      { gate: 'rule' },
    ),
    'metric-command': optional(
      textList('the arguments of a command, with `{predictions}`, `{data}` and `{out}` in them'),
      'A command for a loss of your own. It reads predictions and the test data and writes a CSV of ids and numbers, one row for each id. Name a column of it as `column(NAME)` in `metric`, `margins` and `conditions`. It runs once for each model; no shell reads it.',
      { gate: 'rule' },
    ),
    margins: optional(
      margins(),
      'Further metrics in which the candidate must not be worse than production, each with its margin, such as `{recall: 0.02, log_loss: 5%}`.',
      { gate: 'rule' },
    ),
    'loss-bound': optional(
      lossBounds(),
      'The greatest loss that a row can have, in the unit of `metric`, such as `500` for `mae`; or by metric, such as `{mae: 500, log_loss: 4.7}`. Bounds then hold for any distribution of losses and any number of rows. A row with a greater loss fails.',
      { gate: 'rule' },
    ),
    'target-range': optional(
      numberRange(),
      'For regression: the lowest and the highest value that a label can have, such as `[0, 1000]`. It bounds the losses. A label or prediction outside of it fails.',
      { gate: 'rule' },
    ),
    'loss-clip': optional(
      number({ min: 0.5, max: 0.9999 }),
      'A quantile of production’s losses, such as `0.99` (which needs 459 rows): losses without a bound are clipped at an upper limit of it, and the clipped ones are judged. The size of the largest losses is then not judged, so prefer `loss-bound` or `target-range`.',
      { gate: 'rule' },
    ),
    conditions: optional(
      textList(),
      'Conditions that must hold, such as `candidate.accuracy >= 0.8`, `candidate.auc - production.auc > -0.005` or `slice(region).recall.min > 0.7`. You can combine them with `and`, `or`, `not` and brackets.',
      { gate: 'rule' },
    ),
    slices: optional(
      textList('slices'),
      'Parts of the rows to judge on their own: the values of a column (`region`), of several (`region * sex`), or a condition with a name (`old: age >= 60`).',
      { gate: 'rule' },
    ),
    'min-slice-size': defaulted(
      integer({ min: 2 }),
      '30',
      'The smallest number of rows of a slice. Smaller slices are left out, and the report says so.',
      { gate: 'rule' },
    ),
    sensitive: optional(
      textList('columns'),
      'Columns of groups that the model is to treat alike, such as `sex`; `region * sex` means their intersections.',
      { gate: 'rule' },
    ),
    'group-difference': defaulted(
      oneOf(GROUP_DIFFERENCES),
      'equalized_odds_difference',
      'The difference that `max-group-difference` limits, by Fairlearn’s names. For regression it is `mae_difference`.',
      { gate: 'rule' },
    ),
    'max-group-difference': optional(
      number({ min: 0 }),
      'The largest difference between groups that is allowed, such as `0.1`. Without it, differences are shown and not judged.',
      { gate: 'rule' },
    ),
    'group-ratio': defaulted(
      oneOf(GROUP_RATIOS),
      'demographic_parity_ratio',
      'The ratio that `min-group-ratio` limits, by Fairlearn’s names.',
      { gate: 'rule' },
    ),
    'min-group-ratio': optional(
      number({ min: 0, max: 1 }),
      'The smallest ratio between groups that is allowed, such as `0.8`, the four-fifths rule of thumb.',
      { gate: 'rule' },
    ),
    'max-group-change': optional(
      number({ min: 0 }),
      'The largest growth of `group-difference` from production to the candidate, such as `0.02`, so that the candidate is not less fair than before.',
      { gate: 'rule' },
    ),
    'min-group-size': defaulted(
      integer({ min: 2 }),
      '30',
      'The smallest number of rows of a group. Smaller groups are not judged.',
      { gate: 'rule' },
    ),
    'require-bound': defaulted(
      flag(),
      'false',
      '`true`: the check fails if the action did not make the predictions itself.',
      { gate: 'rule' },
    ),
    ...SIGNING,
    'first-release': defaulted(
      oneOf(['allow', 'require-thresholds', 'refuse']),
      'require-thresholds',
      'What to do if there is no production model yet. `require-thresholds` passes only if you give conditions and they hold; `allow` warns; `refuse` fails.',
      { gate: 'rule' },
    ),
    disclosure: defaulted(
      oneOf(DISCLOSURES),
      'full',
      'How much the report tells about the test set. `verdict` says only whether the candidate is accepted; `rounded` adds the reading and the gain in whole margins; `full` tells everything. The less it tells, the more often you can use the test set.',
      { gate: 'rule' },
    ),
    ledger: defaulted(
      oneOf(LEDGER_MODES),
      'warn',
      'How the uses of the test set count; the state has the count. `warn` judges each use as if it were the only one, and says what that is worth after so many uses. `strict` tests each at the error rate that is left, so that all uses together keep to 5 %; a use that cannot be counted is then inconclusive. `off` does not count.',
      { gate: 'rule' },
    ),
    uses: optional(
      integer({ min: 1, max: 100_000 }),
      'With `ledger: strict`: the number of uses that you plan before you replace the test set. By default 30 with `disclosure: verdict` and 3 with `rounded`. `full` ignores it, and tests each further use more strictly.',
      { gate: 'rule' },
    ),
    passes: defaulted(
      integer({ min: 1, max: 1000 }),
      '5',
      'With `ledger: strict` and `disclosure: verdict`: the number of acceptances after which you replace the test set at the latest.',
      { gate: 'rule' },
    ),
    'when-spent': defaulted(
      oneOf(['refuse', 'warn']),
      'refuse',
      'With `ledger: strict`: what to do if the budget of the test set is spent. `refuse` tells nothing more about it, and the run is inconclusive. `warn` still judges, with a warning.',
      { gate: 'rule' },
    ),
    looks: defaulted(
      integer({ min: 1, max: 20 }),
      '1',
      'How often one candidate may be judged, each time on more labelled rows. Each look is tested at 5 % divided by this number, so that all looks together keep to 5 %. The state counts the looks by the digest of `model`. If the verdict is `inconclusive` and `looks-left` is above 0, judge the same files again when labels have come; no training is needed.',
      { gate: 'rule' },
    ),
    'trained-until': optional(
      instant(),
      'The time at which the candidate’s training data end, such as `2026-01-31T00:00:00Z`. Production’s is read from the registry (metadata `trained-until`).',
      { gate: 'evidence' },
    ),
    'training-data': optional(
      textList('files, with `*` and `**`'),
      'Files of the candidate’s training data. They must not have an id or a whole row of the test data.',
      { gate: 'evidence' },
    ),
    timestamp: optional(
      text('a column'),
      'The column with the time of a row. Rows at or before the end of a model’s training data are leakage.',
      { gate: 'rule' },
    ),
    'judged-rows': defaulted(
      integer({ min: 0 }),
      '0',
      'The number of judged rows to write to `judged.csv`, which deploy-canary can replay. They hold cell values.',
      { gate: 'rule' },
    ),
    draws: defaulted(
      integer({ min: 200, max: 100_000 }),
      '2000',
      'The number of resamples of the bootstrap, for metrics without a closed bound.',
      { gate: 'rule' },
    ),
  },
  outputs: {
    comparison: '`better`, `not-worse`, `worse` or `unknown`.',
    'labels-needed':
      'The number of further labelled rows that would decide the comparison; empty if it is not known or nothing is open.',
    'budget-left':
      'The number of further uses in which a candidate exactly as good as production would pass with a chance of 80 %: 0 if these rows are too few, 1000 for 1,000 or more. Empty with `ledger: off`, and if the uses cannot be read.',
    'looks-left': 'With `looks` above 1: the number of further looks at this candidate. Empty otherwise.',
    judged: 'The path of the judged rows; empty if you did not ask for any.',
    attestations: ATTESTATIONS,
  },
} satisfies ActionDefinition<InputTable>;

export type Inputs = InputValues<typeof definition.inputs>;
