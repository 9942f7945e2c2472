/** Are a verdict's settings weaker than those that the base branch asks for? */
import type { Margin } from '../inputs/kinds.ts';
import type { BaseTerms } from '../ports/ports.ts';
import { canonicalJson } from '../verdict/digest.ts';
import type { Json, JsonObject, Verdict } from '../verdict/verdict.ts';
import { implies } from './conditions/implies.ts';
import { parseConditions } from './conditions/parse.ts';
import { parseSlices } from './slices.ts';

/** The settings of validate-model that decide how hard it is to pass, as its inputs are parsed. */
interface Settings {
  readonly metric?: string;
  readonly margin?: Margin;
  readonly margins?: Readonly<Record<string, Margin>>;
  readonly conditions?: readonly string[];
  readonly slices?: readonly string[];
  readonly sensitive?: readonly string[];
  readonly anchor?: string;
  readonly ledger?: string;
  readonly [name: string]: unknown;
}

type Judged = Pick<Verdict, 'compared' | 'configuration'>;

/** Settings of which the larger is the weaker: it allows more, or leaves more out. */
const AT_MOST = ['max-group-difference', 'max-group-change', 'min-slice-size', 'min-group-size'];
const AT_LEAST = ['min-group-ratio'];
/** What must be the same if it is asked for: another one measures something else. */
const SAME = ['positive-label', 'weight', 'cluster', 'query', 'timestamp'];
/** What limits a loss, by which bounds are narrower, and what is left out of the judgement: none may be added or changed. */
const LIMITS = ['loss-bound', 'target-range', 'loss-clip'];
/** From the weakest to the strongest. */
const FIRST_RELEASE = ['allow', 'require-thresholds', 'refuse'];

/**
 * What the verdict's settings demand less than the configuration asks for, in words; nothing if they are as strict.
 * Settings are compared by meaning, as their inputs are parsed: `2%` is `0.02` of the baseline's value, a condition is met
 * by one that implies it.
 *
 * @throws UserError if the conditions or slices that are asked for cannot be read.
 */
export function weakerThan({ values, parse }: BaseTerms, verdict: Judged): string[] {
  const asked = values as Settings;
  const used = Object.fromEntries(
    Object.entries(verdict.configuration).map(([name, value]) => [name, parse(name, value)]),
  ) as Settings;
  return [
    ...evidence(asked, used, verdict.compared),
    ...margins(asked, used),
    ...conditions(asked, used),
    ...named('slices', asked, used),
    ...named('sensitive', asked, used),
    ...AT_MOST.flatMap((name) => limit(name, asked, used, (is, most) => is <= most)),
    ...AT_LEAST.flatMap((name) => limit(name, asked, used, (is, least) => is >= least)),
    ...[...SAME, ...rates(asked)].flatMap((name) => same(name, asked, used)),
    ...columns(asked, verdict),
    ...limits(asked, used),
    ...strictLedger(asked, used),
  ];
}

/** What must have been there to be judged. */
function evidence(asked: Settings, used: Settings, compared: Judged['compared']): string[] {
  const lacking = (is: boolean, words: string) => (is ? [words] : []);
  return [
    ...lacking(
      asked['require-bound'] === true && compared?.binding !== 'bound',
      'the predictions were supplied, and require-bound is asked for',
    ),
    ...lacking(
      asked.anchor !== undefined && compared?.anchor == null,
      'nothing was compared with the anchor, which is asked for',
    ),
    ...lacking(
      asked['training-data'] !== undefined && used['training-data'] === undefined,
      'the training data were not compared with the test data (training-data)',
    ),
    // It had an effect only if nothing was compared.
    ...(compared?.production == null ? ranked('first-release', FIRST_RELEASE, asked, used) : []),
  ];
}

/** A strict ledger tests at another level; `off` and `warn` decide alike. */
function strictLedger(asked: Settings, used: Settings): string[] {
  if (asked.ledger !== 'strict') return [];
  return [
    ...ranked('ledger', ['off', 'warn', 'strict'], asked, used),
    ...ranked('disclosure', ['full', 'rounded', 'verdict'], asked, used),
    ...ranked('when-spent', ['warn', 'refuse'], asked, used),
    ...['uses', 'passes'].flatMap((name) => limit(name, asked, used, (is, least) => is >= least)),
  ];
}

/** Which difference and which ratio a limit is about. */
function rates(asked: Settings): string[] {
  const differences = asked['max-group-difference'] ?? asked['max-group-change'];
  return [
    ...(differences === undefined ? [] : ['group-difference']),
    ...(asked['min-group-ratio'] === undefined ? [] : ['group-ratio']),
  ];
}

/** Each metric in which the candidate must not be worse, with its margin. */
function guards({ metric, margin, margins = {} }: Settings): Readonly<Record<string, Margin>> {
  return { ...margins, ...(metric === undefined || margin === undefined ? {} : { [metric]: margin }) };
}

function margins(asked: Settings, used: Settings): string[] {
  const given = guards(used);
  return Object.entries(guards(asked)).flatMap(([metric, most]) => {
    const is = given[metric];
    if (is === undefined) return [`no margin of ${metric}, but ${written(most)} is asked for`];
    // A share that was written in per cent comes back with a rounding error.
    const within = is.kind === most.kind && is.value <= most.value * (1 + 1e-9);
    return within ? [] : [`margin ${written(is)} of ${metric}, but ${written(most)} is asked for`];
  });
}

function written({ kind, value }: Margin): string {
  return kind === 'relative' ? `${Number((value * 100).toPrecision(12))}%` : String(value);
}

function conditions(asked: Settings, used: Settings): string[] {
  const held = parseConditions(used.conditions ?? []);
  return parseConditions(asked.conditions ?? [])
    .filter(
      ({ expression }) =>
        !implies(
          held.map((each) => each.expression),
          expression,
        ),
    )
    .map(({ text }) => `the condition ${text} was not checked`);
}

/** Slices, or groups, that are asked for and were left out. */
function named(name: 'slices' | 'sensitive', asked: Settings, used: Settings): string[] {
  const key = (spec: ReturnType<typeof parseSlices>[number]) => canonicalJson({ ...spec } as unknown as Json);
  const given = parseSlices(used[name] ?? [], name).map(key);
  return parseSlices(asked[name] ?? [], name)
    .filter((spec) => !given.includes(key(spec)))
    .map((spec) => `${name} without ${spec.name}`);
}

function limit(
  name: string,
  asked: Settings,
  used: Settings,
  keeps: (is: number, limit: number) => boolean,
): string[] {
  const [is, bound] = [used[name], asked[name]];
  if (typeof bound !== 'number' || (typeof is === 'number' && keeps(is, bound))) return [];
  return [difference(name, is, bound)];
}

function same(name: string, asked: Settings, used: Settings): string[] {
  return asked[name] === undefined || asked[name] === used[name]
    ? []
    : [difference(name, used[name], asked[name])];
}

/** What a column that is a metric means: another range or direction is another metric. */
function columns({ columns: asked }: Settings, { configuration }: Judged): string[] {
  const used = (configuration.columns ?? {}) as JsonObject;
  return Object.entries((asked ?? {}) as JsonObject)
    .filter(([name, spec]) => canonicalJson(used[name] ?? null) !== canonicalJson(spec))
    .map(([name]) => `another meaning of the column ${name}`);
}

function limits(asked: Settings, used: Settings): string[] {
  const text = (value: unknown) => canonicalJson((value ?? null) as Json);
  return LIMITS.filter((name) => text(used[name]) !== text(asked[name])).map((name) => {
    const is = used[name] === undefined ? `no ${name}` : `${name} ${text(used[name])}`;
    return `${is}, but ${asked[name] === undefined ? 'none' : text(asked[name])} is asked for`;
  });
}

function ranked(name: string, order: readonly string[], asked: Settings, used: Settings): string[] {
  const rank = (value: unknown) => order.indexOf(String(value));
  return rank(used[name]) >= rank(asked[name]) ? [] : [difference(name, used[name], asked[name])];
}

function difference(name: string, is: unknown, asked: unknown): string {
  return `${is === undefined ? `no ${name}` : `${name} ${String(is)}`}, but ${String(asked)} is asked for`;
}
