/** What the columns of a table are: what identifies a row, what is predicted, and when a row was. */
import type { ColumnProfile, Profile } from '../../shared/profile/profile.ts';
import { count } from '../../shared/report/format.ts';
import { type Guess, type Guesses, said } from './guess.ts';
import type { Inputs } from './inputs.ts';
import type { Script } from './scripts.ts';
import type { Scripts } from './tables.ts';

const ID_NAME = /^(id|key|uuid|guid|index|row_?id)$|[_-](id|uuid|key|no|number)$|^(id|uuid)[_-]|[a-z]Id$/i;
const LABEL_NAME = /^(label|labels|target|y|outcome|response|class|is_fraud|churn|churned)$/i;

/** The three columns; undefined, with the problem, if a column that is needed cannot be known. */
export interface ColumnGuesses {
  readonly id?: string | undefined;
  readonly label?: string | undefined;
  readonly timestamp?: string | undefined;
}

/** @param judged is a model judged, which needs the id and the label? */
export function guessColumns(
  profile: Profile,
  scripts: Scripts,
  inputs: Inputs,
  guesses: Guesses,
  judged: boolean,
): ColumnGuesses {
  const names = profile.columns.map(({ name }) => name);
  for (const flag of ['id', 'label', 'timestamp'] as const) {
    const given = inputs[flag];
    if (given !== undefined && given !== 'none' && !names.includes(given))
      guesses.lack(flag, `the data have no column ${given}`, `name one of: ${names.slice(0, 20).join(', ')}`);
  }
  const label = labelOf(profile, scripts, inputs);
  const id = idOf(profile, inputs, label?.value);
  const timestamp = timestampOf(profile, inputs, label?.value);
  if (judged && label === undefined)
    guesses.lack(
      'label',
      'nothing says which column the model predicts',
      `name one of: ${names.slice(0, 20).join(', ')}`,
    );
  if (judged && id === undefined)
    guesses.lack(
      'id',
      'no column identifies a row: none has another value in each row',
      'name the column, or add one; without it predictions and labels cannot be joined',
    );
  return {
    id: guesses.take('id', id),
    label: guesses.take('label', label),
    timestamp: guesses.take('timestamp', timestamp),
  };
}

function labelOf({ columns }: Profile, { train, predict }: Scripts, inputs: Inputs): Guess | undefined {
  if (inputs.label !== undefined) return said(inputs.label);
  const names = columns.map(({ name }) => name);
  if (train !== undefined) {
    const targets = targetsOf(train).filter((name) => names.includes(name));
    const counts = [...new Set(targets)];
    if (counts.length === 1 && counts[0] !== undefined)
      return { value: counts[0], why: `${train.path} names it as the target` };
  }
  const known = names.filter((name) => LABEL_NAME.test(name));
  if (known.length === 1 && known[0] !== undefined) return { value: known[0], why: 'its name says so' };
  if (train === undefined || predict === undefined) return undefined;
  const only = names.filter((name) => mentions(train, name) && !mentions(predict, name));
  const [last] = only.filter((name) => isLearned(train, name));
  if (last === undefined) return undefined;
  return { value: last, why: `${train.path} reads it to fit, and ${predict.path} does not` };
}

/** Columns that a script names as what it predicts. */
function targetsOf({ text }: Script): string[] {
  const patterns = [
    /\b(?:y|ys|target|targets|labels?)(?:_\w+)?\s*=\s*\w+\s*\[\s*\[?\s*["']([^"'\n]+)["']/g,
    /\by(?:_\w+)?\s*=\s*.*\w\[\s*["']([^"'\n]+)["']\s*\]\s*$/gm,
    /\b(?:y|target|label)(?:_\w+)?\s*=\s*\w+\.([A-Za-z_]\w*)\s*(?:$|\.(?:values|to_numpy|astype)|\n)/gm,
    /\b(?:target|label|outcome|response|y_?col)(?:_?(?:col|column|name))?\s*[:=]\s*["']([^"'\n]+)["']/gi,
    /\.pop\(\s*["']([^"'\n]+)["']\s*\)/g,
    /^\s*(?:\w+\s*(?:=|<-)\s*)?.*?\b([A-Za-z.][\w.]*)\s*~\s*[.\w]/gm,
  ];
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([, name = '']) => name));
}

function mentions({ text }: Script, name: string): boolean {
  return text.includes(`"${name}"`) || text.includes(`'${name}'`);
}

/** Is it on a line that fits a model, or that begins with y? */
function isLearned({ text }: Script, name: string): boolean {
  return text
    .split('\n')
    .some(
      (line) =>
        (line.includes(`"${name}"`) || line.includes(`'${name}'`)) && /\.fit\(|\bfit\(|\by\w*\s*=/.test(line),
    );
}

function idOf({ columns, rows }: Profile, inputs: Inputs, label: string | undefined): Guess | undefined {
  if (inputs.id !== undefined) return said(inputs.id);
  const unique = columns.filter((column) => column.name !== label && isUnique(column, rows));
  const named = unique.find(({ name }) => ID_NAME.test(name));
  if (named !== undefined)
    return { value: named.name, why: `it has another value in each of ${count(rows, 'row')}` };
  const [only] = unique.filter(({ type }) => type === 'string' || type === 'integer');
  return only === undefined
    ? undefined
    : { value: only.name, why: `the first column that has another value in each of ${count(rows, 'row')}` };
}

/** Has each row another value? An estimate of their number must be within its error. */
function isUnique({ type, nulls, distinct, distinctExact, errors }: ColumnProfile, rows: number): boolean {
  if (rows < 2 || nulls > 0 || !['integer', 'string', 'datetime'].includes(type)) return false;
  if (distinctExact) return distinct === rows;
  return distinct >= rows * (1 - 3 * (errors?.distinct ?? 0.033));
}

function timestampOf(
  { columns, rows }: Profile,
  inputs: Inputs,
  label: string | undefined,
): Guess | undefined {
  if (inputs.timestamp !== undefined) return inputs.timestamp === 'none' ? undefined : said(inputs.timestamp);
  const times = columns.filter(
    ({ name, type, nulls }) =>
      name !== label && nulls === 0 && rows > 0 && (type === 'datetime' || type === 'date'),
  );
  const [only] = times;
  return times.length === 1 && only !== undefined
    ? { value: only.name, why: `the only column of ${only.type === 'date' ? 'dates' : 'times'}` }
    : undefined;
}
