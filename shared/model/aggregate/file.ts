import { parse } from 'yaml';
import { messageOf, UserError } from '../../problem/problem.ts';
import { isMap } from '../../schema/map.ts';
import { jsonPlace } from '../../schema/shape.ts';
import { type NamedNumbers, namedNumbers } from './forms.ts';

/** Numbers of a metrics file by dotted path, such as `test.accuracy`, and by the names of known forms. */
export type Aggregate = NamedNumbers;

/** Is it, by its name, a file of aggregate numbers rather than predictions a row? */
export function isMetricsFile(path: string): boolean {
  return /\.(json|ya?ml|md)$/i.test(path);
}

/**
 * Reads nested numbers of JSON, YAML or the front matter of Markdown by dotted path; other values are left out. What
 * scikit-learn, lm-evaluation-harness and Hugging Face write is found under its usual names besides (`forms.ts`).
 *
 * @throws UserError if the text cannot be read, or holds no number.
 */
export function readMetricsFile(text: string, file: string, positiveLabel?: string): Aggregate {
  const value = documentOf(text, file);
  const named = namedNumbers(value, positiveLabel);
  const numbers = { ...named.numbers, ...Object.fromEntries(leaves(value)) };
  if (Object.keys(numbers).length === 0) {
    throw new UserError({
      what: 'holds no number',
      where: file,
      fix: 'give a map of numbers, such as {"accuracy": 0.91}; give predictions of rows as CSV, JSON Lines or Parquet',
    });
  }
  return { ...named, numbers };
}

function documentOf(text: string, file: string): unknown {
  if (/\.json$/i.test(file)) return parseJson(text, file);
  if (!/\.md$/i.test(file)) return parseYaml(text, file);
  const front = /^---\r?\n([\s\S]*?)\r?\n---\s*(?:\r?\n|$)/.exec(text)?.[1];
  if (front !== undefined) return parseYaml(front, file);
  throw new UserError({
    what: 'has no front matter, which has the model-index of a model card',
    where: file,
    fix: 'begin the file with `---`, YAML, and `---`; or give the numbers as JSON',
  });
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError({ what: `is not JSON${jsonPlace(error)}`, where: file });
  }
}

function parseYaml(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new UserError({ what: `is not YAML (${messageOf(error).split('\n')[0]})`, where: file });
  }
}

/** Without recursion, for a file may nest deeper than the stack. */
function* leaves(root: unknown): Generator<[string, number]> {
  const open: { path: string; value: unknown }[] = [{ path: '', value: root }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { path, value } = next;
    // What is not a finite number is kept, to be told of if it is asked for.
    if (typeof value === 'number' && path !== '') yield [path, value];
    if (!isMap(value)) continue;
    const children = Object.entries(value).map(([key, child]) => {
      return { path: path === '' ? key : `${path}.${key}`, value: child };
    });
    open.push(...children.reverse());
  }
}

/** A number of the file by its path. */
export function numberAt({ numbers }: Aggregate, path: string): number | undefined {
  return Object.hasOwn(numbers, path) ? numbers[path] : undefined;
}
