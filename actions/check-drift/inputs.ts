import { commonInputs } from '../../shared/inputs/common.ts';
import { classList, duration, flag, integer, list, share, text } from '../../shared/inputs/kinds.ts';
import {
  type ActionDefinition,
  defaulted,
  type InputTable,
  optional,
  type Values,
} from '../../shared/inputs/table.ts';

/** Everything about check-drift that users can set; types, parser and documents come from it. */
export const definition = {
  name: 'check-drift',
  title: 'ml-loop: check drift',
  description:
    'Watches a model in production: drift of its data, its performance as labels come, new rows; and asks for a retrain when one is due.',
  icon: 'activity',
  inputs: {
    ...commonInputs('never'),
    reference: optional(
      list('files, `profile.json` files, or `model:NAME@ALIAS`'),
      'What the model was trained on: data files, a profile, or a registered model, whose profile it is then. `model:<name>@champion` if a registry is given.',
    ),
    current: optional(list('files'), 'Data of today: CSV or JSON Lines. Either this or `predictions`.'),
    predictions: optional(
      list('files'),
      'Prediction logs, whose columns `schemas/prediction-log.schema.json` describes. Either this or `current`.',
    ),
    labels: optional(
      list('files'),
      'Tables of the labels that have come, with the columns `id`, `label` and, if a label may be corrected, `labelled_at`. They are joined with the predictions by `id`.',
    ),
    label: defaulted(text('a column'), 'label', 'The column of labels, in `labels` or in `current`.'),
    prediction: defaulted(text('a column'), 'prediction', 'The column of predictions in `current`.'),
    score: defaulted(
      text('a column'),
      'score',
      'The column of scores in `current`: the probability of label 1.',
    ),
    id: defaulted(
      text('a column'),
      'id',
      'The column that joins labels and predictions, in `labels` and in `current`.',
    ),
    timestamp: optional(
      text('a column'),
      'The column with the time of a row in `current` (ISO 8601). Without it, all rows of `current` are the window.',
    ),
    window: defaulted(duration(), '7d', 'How much of the newest data is looked at.'),
    lag: defaulted(duration(), '0s', 'How long before `now` the window ends, for data that arrive late.'),
    'label-delay': defaulted(
      duration(),
      '0s',
      'How long labels take to come: performance is judged on the newest `window` of predictions older than this.',
    ),
    features: optional(list('columns'), 'The columns to compare; all that the reference has, by default.'),
    ignore: optional(
      list('columns'),
      'Columns of the reference that are not compared. Dates and the columns `id`, `timestamp` and `label` name are left out by themselves.',
    ),
    margin: defaulted(
      share({ below: true }),
      '0.05',
      'The distance between distributions, from 0 to 1, below which a change does not matter.',
    ),
    'minimum-performance': optional(
      text('METRIC OPERATOR NUMBER'),
      'What performance must reach, such as `mae <= 60` or `accuracy >= 0.8`; of `mae`, `mse`, `rmse`, `accuracy`, `log_loss` and `brier`.',
    ),
    classes: optional(
      classList(),
      'All classes of the labels, for `accuracy`; without it they are those of the labels that have come. In `ml-loop.yml` it is validate-model’s `classes` if this is not given.',
      { from: 'validate-model' },
    ),
    'min-labels': defaulted(
      integer({ min: 2 }),
      '30',
      'Fewer labelled predictions than this do not decide about performance.',
    ),
    'new-rows': optional(
      integer({ min: 1 }),
      'How many labelled rows later than the champion’s training data (its metadata `trained-until`) ask for a retrain.',
    ),
    'retrain-every': optional(
      duration(),
      'How long after the champion’s registration, or the last retrain that was asked for, a retrain is asked for in any case.',
    ),
    'drift-triggers': defaulted(flag(), 'true', '`false`: material drift alone asks for no retrain.'),
    'mean-time-between-false-alarms': optional(
      duration(),
      'How rare false alarms are to be, on average, over all scheduled runs. Replaces the 5 % of a single run; needs `every`.',
    ),
    every: optional(duration(), 'How often the schedule runs this check, such as `7d`.'),
    dispatch: optional(
      text('an event type'),
      'The event type of the `repository_dispatch` that asks for a retrain. Needs the permission `contents: write`.',
    ),
    'retrain-command': optional(
      list('the arguments of a command'),
      'A command that retrains, instead of `dispatch`: it finds the request in the file that the environment variable `ML_LOOP_PAYLOAD` names. No shell reads the command.',
    ),
    'retrain-timeout': defaulted(duration(), '5h30m', 'The time that `retrain-command` may take.'),
    cooldown: defaulted(duration(), '1d', 'How long after a retrain was asked for no other one is.'),
  },
  outputs: {
    drift:
      '`true` if drift of a feature was shown, `false` if none was, `unknown` if nothing could be compared.',
    retrain:
      '`true` if a retrain is asked for, and was dispatched if there is a receiver; `false` otherwise.',
    reasons: 'The path of a JSON file with the decision and its reasons.',
    profile: 'The path of the profile of the current data; empty if there were none.',
  },
} satisfies ActionDefinition<InputTable>;

export type Inputs = Values<typeof definition.inputs>;
