import { commonInputs } from '../../shared/inputs/common.ts';
import {
  classList,
  duration,
  flag,
  integer,
  missingTexts,
  share,
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
import { dialectInputs } from '../../shared/read/dialect-inputs.ts';

/** Everything about check-drift that users can set; types, parser and documents come from it. */
export const definition = {
  name: 'check-drift',
  title: 'ml-loop: check drift',
  description:
    'Watches a model in production: the drift of its data, its performance as labels come, and new rows. Asks for a retrain when one is due.',
  icon: 'activity',
  inputs: {
    ...commonInputs('never'),
    reference: optional(
      textList('files, `profile.json` files, or `model:NAME@ALIAS`'),
      'What the model was trained on: data files, a profile, or a registered model, of which the profile is taken. With a registry, `model:<name>@champion` by default.',
      { gate: 'file' },
    ),
    current: optional(
      textList('files'),
      'Files of today’s data, such as `data/today/*.csv` (CSV or JSON Lines). Give either this or `predictions`.',
      { gate: 'evidence' },
    ),
    predictions: optional(
      textList('files'),
      'Prediction logs, such as `logs/*.jsonl`; `schemas/prediction-log.schema.json` describes their columns. Give either this or `current`.',
      { gate: 'evidence' },
    ),
    labels: optional(
      textList('files'),
      'Files of the labels that have come, with the columns `id`, `label` and, if a label may be corrected, `labelled_at`. They are joined with the predictions by `id`.',
      { gate: 'evidence' },
    ),
    label: defaulted(text('a column'), 'label', 'The column of labels, in `labels` or in `current`.', {
      gate: 'evidence',
    }),
    prediction: defaulted(text('a column'), 'prediction', 'The column of predictions in `current`.', {
      gate: 'evidence',
    }),
    score: defaulted(
      text('a column'),
      'score',
      'The column of scores in `current`: the probability of label 1.',
      { gate: 'evidence' },
    ),
    id: defaulted(
      text('a column'),
      'id',
      'The column that identifies a row, in `labels` and in `current`; labels and predictions are joined by it.',
      { gate: 'evidence' },
    ),
    timestamp: optional(
      text('a column'),
      'The column with the time of a row in `current` (ISO 8601). Without it, the window is all rows of `current`.',
      { gate: 'evidence' },
    ),
    window: defaulted(duration(), '7d', 'The length of the window: how much of the newest data to judge.', {
      gate: 'rule',
    }),
    lag: defaulted(
      duration(),
      '0s',
      'The time between the end of the window and `now`. Give it if data arrive late.',
      { gate: 'rule' },
    ),
    'label-delay': defaulted(
      duration(),
      '0s',
      'The time that labels take to come. Performance is judged on the newest `window` of predictions that are older than this.',
      { gate: 'rule' },
    ),
    features: optional(
      textList('columns'),
      'The columns to compare. By default all columns of the reference.',
      {
        gate: 'rule',
      },
    ),
    ignore: optional(
      textList('columns'),
      'Columns of the reference that need no comparison. Dates, and the columns that `id`, `timestamp` and `label` name, are left out anyway.',
      { gate: 'rule' },
    ),
    ...dialectInputs('validate-data'),
    'missing-values': optional(
      missingTexts(),
      'Texts that stand for a missing value beside the empty field, such as `[NA, "-999"]`, in the current data and in files of the reference. By default validate-data’s in `ml-loop.yml`. In columns of numbers and dates, `NA`, `NaN`, `null`, `None`, `N/A`, `-`, `?` and the like are missing in any case.',
      { from: 'validate-data', gate: 'rule' },
    ),
    'max-unreadable': defaulted(
      share(),
      '1%',
      'The share of lines that may be left out because they cannot be used, such as a torn line; one line of a file always may. With more, nothing is judged.',
      { gate: 'rule' },
    ),
    margin: defaulted(
      share({ below: true }),
      '0.05',
      'The largest distance between two distributions that does not matter, from 0 (the same) to 1 (nothing in common).',
      { gate: 'rule' },
    ),
    'minimum-performance': optional(
      text('METRIC OPERATOR NUMBER'),
      'The performance that the model must reach, such as `mae <= 60` or `accuracy >= 0.8`. The metrics are `mae`, `mse`, `rmse`, `accuracy`, `log_loss` and `brier`.',
      { gate: 'rule' },
    ),
    classes: optional(
      classList(),
      'All classes of the labels, for `accuracy`. By default validate-model’s `classes` in `ml-loop.yml`; without these, the classes of the labels that have come.',
      { from: 'validate-model', gate: 'rule' },
    ),
    'min-labels': defaulted(
      integer({ min: 2 }),
      '30',
      'The number of labelled predictions that it takes to judge performance.',
      { gate: 'rule' },
    ),
    'min-coverage': defaulted(
      share(),
      '80%',
      'The least share of the predictions older than `label-delay` that must have a label. With fewer, performance is inconclusive: the labels that come first may be of a few kinds only. Lower it if a random sample is labelled.',
      { gate: 'rule' },
    ),
    'new-rows': optional(
      integer({ min: 1 }),
      'The number of new labelled rows that asks for a retrain. Rows are new if they are later than the champion’s training data (its metadata `trained-until`).',
      { gate: 'rule' },
    ),
    'retrain-every': optional(
      duration(),
      'The time after which a retrain is asked for in any case, such as `90d`. It counts from the champion’s registration or from the last retrain that was asked for.',
      { gate: 'rule' },
    ),
    'drift-triggers': defaulted(flag(), 'true', '`false`: material drift alone does not ask for a retrain.', {
      gate: 'rule',
    }),
    'mean-time-between-false-alarms': optional(
      duration(),
      'The mean time between two false alarms over all scheduled runs, such as `1820d`. It replaces the 5 % of a single run and needs `every`.',
      { gate: 'rule' },
    ),
    every: optional(duration(), 'The time between two scheduled runs of this check, such as `7d`.', {
      gate: 'rule',
    }),
    dispatch: optional(
      text('an event type'),
      'The event type of the `repository_dispatch` that asks for a retrain, such as `retrain`. The job needs `permissions: contents: write`.',
    ),
    'retrain-command': optional(
      textList('the arguments of a command'),
      'A command that retrains, such as `[python, train.py]`, instead of `dispatch`. The environment variable `ML_LOOP_PAYLOAD` names the file with the request. No shell reads the command.',
    ),
    'retrain-timeout': defaulted(duration(), '5h30m', 'The time limit of `retrain-command`.'),
    cooldown: defaulted(
      duration(),
      '1d',
      'The time after a request for a retrain in which no other one is made.',
      { gate: 'rule' },
    ),
  },
  outputs: {
    drift:
      '`true` if drift of a feature was shown, `false` if no drift was shown, `unknown` if nothing could be compared.',
    retrain:
      '`true` if a retrain is asked for; if there is a receiver, it was dispatched. `false` otherwise.',
    reasons: 'The path of a JSON file with the decision and its reasons.',
    profile: 'The path of the current data’s profile; empty if there were no data.',
  },
} satisfies ActionDefinition<InputTable>;

export type Inputs = InputValues<typeof definition.inputs>;
