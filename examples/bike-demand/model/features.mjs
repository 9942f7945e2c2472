/**
 * What the model sees of a row: each feature is a small whole number, a bin. The bins follow the documented ranges of the
 * columns (data/README.md), so they are the same whatever rows a model was trained on.
 */
import { daysBetween, isDay } from './rows.mjs';

/** The columns that a row must have to be predicted. `casual` and `registered` add up to the target: never here. */
export const INPUTS = ['dteday', 'hr', 'weekday', 'workingday', 'weathersit', 'temp', 'hum', 'windspeed'];

/** The columns that describe a row, for the prediction log: all but its id, its day, and what is counted afterwards. */
export const COLUMNS = [
  'season',
  'yr',
  'mnth',
  'hr',
  'holiday',
  'weekday',
  'workingday',
  'weathersit',
  'temp',
  'atemp',
  'hum',
  'windspeed',
];

const bin = (value, bins) => Math.min(bins - 1, Math.max(0, Math.floor(value)));

/** Hour of a working day, or of a free day: one feature, so that a single split can tell 8 o'clock from 8 o'clock. */
const hourOfKind = (row) => row.hr + (row.workingday === 1 ? 24 : 0);

/**
 * The features in the order of the model. `week` counts weeks from the first day of the training window; it is the trend.
 * A row later than the window lies right of every split on it, so the level stays if it was last seen.
 */
export const FEATURES = [
  { name: 'hour-of-kind', bins: 48, of: hourOfKind },
  { name: 'hour', bins: 24, of: (row) => row.hr },
  { name: 'weekday', bins: 7, of: (row) => row.weekday },
  { name: 'weather', bins: 4, of: (row) => row.weathersit - 1 },
  { name: 'temperature', bins: 25, of: (row) => row.temp * 25 },
  { name: 'humidity', bins: 20, of: (row) => row.hum * 20 },
  { name: 'wind', bins: 20, of: (row) => row.windspeed * 20 },
  { name: 'week', bins: 64, of: (row, start) => daysBetween(start, row.dteday) / 7 },
];

/** The bins of one row. Throws if an input is missing, because a guess would look like a prediction. */
export function binsOf(row, start) {
  const missing = INPUTS.filter((name) =>
    name === 'dteday' ? !isDay(row.dteday) : !Number.isFinite(row[name]),
  );
  if (missing.length > 0)
    throw new InputError(`row ${row.instant ?? '?'}: no value for ${missing.join(', ')}`);
  return FEATURES.map((feature) => bin(feature.of(row, start), feature.bins));
}

/** The row is at fault, not the model. */
export class InputError extends Error {}
