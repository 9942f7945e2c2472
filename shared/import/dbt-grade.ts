import type { DocumentMap } from '../schema/map.ts';
import type { DocumentReader, Path } from './document.ts';
import type { RuleGrade } from './numbers.ts';

/** What dbt reads as the configuration of a test, also among its arguments. */
const CONFIG = [
  'enabled',
  'severity',
  'tags',
  'meta',
  'group',
  'store_failures',
  'store_failures_as',
  'where',
  'limit',
  'warn_if',
  'error_if',
  'fail_calc',
  'database',
  'schema',
  'alias',
  'name',
  'description',
];

/** A data test as dbt reads it. */
export interface Test {
  /** Without the `dbt.` of the built-in ones. */
  readonly type: string;
  /** `type` with the test's own name, for messages. */
  readonly what: string;
  readonly args: DocumentMap;
  readonly config: DocumentMap;
  readonly path: Path;
}

/** Reads a test: a name, `{name: {…}}`, or `{test_name: …, …}`; arguments beside the configuration or in `arguments`. */
export function testOf(reading: DocumentReader, entry: unknown, path: Path): Test | undefined {
  if (typeof entry === 'string') return { type: plain(entry), what: entry, args: {}, config: {}, path };
  const map = reading.map(entry, path);
  const keys = Object.keys(map);
  const named = typeof map.test_name === 'string' ? map.test_name : undefined;
  const type = named ?? keys[0];
  if (type === undefined || (named === undefined && keys.length !== 1 && !isConfigured(map))) {
    return reading.wrong('a test is neither a name nor a map with one name', path);
  }
  const inner = named === undefined ? map[type] : map;
  const given = reading.map(inner, named === undefined ? [...path, type] : path);
  const { arguments: nested, config, test_name: _, ...flat } = given;
  // `- not_null:` with `config:` beside it, not below it, is read as dbt reads it.
  const beside = named === undefined && keys.length > 1 ? map : {};
  const all = { ...flat, ...reading.map(nested, [...path, type, 'arguments']) };
  const isArgument = ([key]: [string, unknown]) => !CONFIG.includes(key);
  return {
    type: plain(type),
    what: typeof given.name === 'string' ? `${type} (${given.name})` : type,
    args: Object.fromEntries(Object.entries(all).filter(isArgument)),
    config: {
      ...Object.fromEntries(Object.entries(flat).filter((one) => !isArgument(one))),
      ...reading.map(beside.config, [...path, 'config']),
      ...reading.map(config, [...path, type, 'config']),
    },
    path,
  };
}

function isConfigured(map: DocumentMap): boolean {
  return Object.keys(map)
    .slice(1)
    .every((key) => key === 'config' || CONFIG.includes(key));
}

function plain(type: string): string {
  return type.replace(/^dbt\./, '');
}

/**
 * The grades under which a test holds: an error's, and a warning's if dbt warns earlier. Undefined if the
 * test is switched off, or its configuration has no like here; that is told.
 *
 * @param counts what the test's failures are: rows, or something else, of which no number can be allowed.
 */
export function gradesOf(
  reading: DocumentReader,
  { what, config, path }: Test,
  counts: 'rows' | 'other',
): readonly RuleGrade[] | undefined {
  if (config.enabled === false) return undefined;
  const lost = (reason: string): undefined => {
    reading.lost(`${what}: ${reason}`, path);
    return undefined;
  };
  const { fail_calc: calculation } = config;
  if (calculation !== undefined && String(calculation).replaceAll(/\s/g, '') !== 'count(*)') {
    return lost(`fail_calc ${JSON.stringify(calculation)} is SQL: the test is not carried over`);
  }
  const severity = String(config.severity ?? 'error').toLowerCase();
  if (severity !== 'error' && severity !== 'warn') {
    return reading.wrong(`${what}: severity is neither error nor warn`, path);
  }
  const warns = allowed(config.warn_if);
  const fails = severity === 'error' ? allowed(config.error_if) : undefined;
  if (warns === 'other' || fails === 'other') {
    return lost('its warn_if or error_if is not an upper limit of failures: the test is not carried over');
  }
  if ((warns > 0 || (fails ?? 0) > 0) && (counts === 'other' || config.limit !== undefined)) {
    const reason = config.limit === undefined ? 'counts something other than rows' : 'has a limit';
    return lost(`its warn_if or error_if ${reason}: the test is not carried over`);
  }
  const error: readonly RuleGrade[] = fails === undefined ? [] : [fails > 0 ? { tolerance: fails } : {}];
  const warning: RuleGrade = { severity: 'warn', ...(warns > 0 ? { tolerance: warns } : {}) };
  return fails === undefined || warns < fails ? [...error, warning] : error;
}

/** How many failures a condition lets pass. */
function allowed(condition: unknown): number | 'other' {
  if (condition === undefined || condition === null) return 0;
  const found = /^\s*(!=|<>|>=|>)\s*(\d+)\s*$/.exec(String(condition));
  if (found === null) return 'other';
  const limit = Number(found[2]);
  if (found[1] === '>') return limit;
  if (found[1] === '>=') return limit > 0 ? limit - 1 : 'other';
  return limit === 0 ? 0 : 'other';
}

/** The model of `ref('name')`, `ref('package', 'name')` or `source('source', 'table')`. */
export function referredModel(text: string): string {
  const found = /^\s*(?:\{\{\s*)?(?:ref|source)\s*\((.*)\)\s*(?:\}\})?\s*$/s.exec(text);
  if (found === null) return text.trim();
  const names = [...(found[1] ?? '').matchAll(/(?<!=\s*)(["'])(.*?)\1/g)].map(([, , name]) => name ?? '');
  return names.at(-1) ?? text.trim();
}
