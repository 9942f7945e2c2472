import { type Problem, UserError } from '../../problem/problem.ts';
import { isJudgeable, LARGEST } from '../../stats/magnitude.ts';
import { Cursor } from './cursor.ts';
import type {
  Clause,
  Condition,
  Expression,
  Quantity,
  Role,
  SliceOf,
  Term,
  ThresholdOperator,
} from './expression.ts';

const FORM =
  'write such as candidate.accuracy >= 0.8, candidate.mae - production.mae < 2, or slice(region).recall.min > 0.7; combine with and, or, not and brackets';
const SPACED = 'put spaces around a minus sign; a name may hold one';

// A name may hold `-` (f1-score) and a decimal (f0.5, mean_pinball_loss@0.9), or be a column (column(my_loss)).
const NAME = /column\([^()]+\)|[A-Za-z_][\w-]*(?:\.\d\w*)?(?:@-?\d+(?:\.\d+)?)?/y;
const QUOTED = /"(?:[^"\\]|\\.)*"/y;
const DOT = /\./y;
const COMPARE = />=|<=|>|</y;
const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const SIGN = /[+-]/y;
const TIMES = /\*/y;
const OVER = /\//y;
const OPEN = /\(/y;
const CLOSE = /\)/y;
const EQUALS = /=/y;
const AND = /and\b/y;
const OR = /or\b/y;
const NOT = /not\b/y;
const SLICE = /slice(?=\s*\()/y;
/** The value of a slice's column, up to the bracket that closes. */
const BARE = /[^()"=]+/y;

/** The sum on one side of a comparison. */
interface Sum {
  readonly terms: readonly Term[];
  readonly constant: number;
  /** Only if the side is a ratio of two quantities. */
  readonly ratio?: { readonly over: Quantity; readonly of: Term };
}

/**
 * Reads conditions, one a text, each of which must hold.
 *
 *     condition  = part { "or" part } ;  part = unit { "and" unit }
 *     unit       = "not" unit | "(" condition ")" | sum COMPARE sum
 *     sum        = ["-"] term { ("+" | "-") term } | quantity "/" quantity
 *     term       = NUMBER | [NUMBER "*"] quantity | quantity "*" NUMBER
 *     quantity   = [("candidate" | "production" | "anchor") "."] [slice "."] METRIC [".min" | ".max"]
 *     slice      = "slice(" NAME ["=" VALUE] ")"
 *
 * A metric is the candidate's if no model is named. `.min` and `.max` are the least and the greatest over the values
 * of a slice's column. Names with other characters are quoted: `candidate."macro avg"."f1-score"`.
 *
 * @throws UserError with every text that cannot be read, and the column where reading stopped.
 */
export function parseConditions(texts: readonly string[]): Condition[] {
  const problems: Problem[] = [];
  const conditions = texts.flatMap((text, i) => {
    try {
      return [{ text: text.trim(), expression: parse(text, `input conditions, item ${i + 1}`) }];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
      return [];
    }
  });
  if (problems.length > 0) throw new UserError(problems);
  return conditions;
}

function parse(text: string, where: string): Expression {
  const cursor = new Cursor(text, where);
  const expression = anyOf(cursor);
  if (cursor.rest !== '') throw cursor.refuse('the end is expected', FORM);
  return expression;
}

/** Brackets, and nots, within each other; more would use up the stack. */
const MAX_DEPTH = 100;

function anyOf(cursor: Cursor, depth = 0): Expression {
  const of = [allOf(cursor, depth)];
  while (cursor.take(OR) !== undefined) of.push(allOf(cursor, depth));
  return of.length === 1 ? (of[0] as Expression) : { kind: 'or', of };
}

function allOf(cursor: Cursor, depth: number): Expression {
  const of = [unit(cursor, depth)];
  while (cursor.take(AND) !== undefined) of.push(unit(cursor, depth));
  return of.length === 1 ? (of[0] as Expression) : { kind: 'and', of };
}

function unit(cursor: Cursor, depth: number): Expression {
  if (depth > MAX_DEPTH) throw cursor.refuse('the condition has too many brackets in brackets', FORM);
  if (cursor.take(NOT) !== undefined) return { kind: 'not', of: unit(cursor, depth + 1) };
  if (cursor.take(OPEN) === undefined) return clause(cursor);
  const inner = anyOf(cursor, depth + 1);
  if (cursor.take(CLOSE) === undefined) throw cursor.refuse('a closing bracket is expected', FORM);
  return inner;
}

function clause(cursor: Cursor): Clause {
  cursor.peek(NAME);
  const from = cursor.at;
  const left = sum(cursor);
  const operator = cursor.take(COMPARE) as ThresholdOperator | undefined;
  if (operator === undefined) throw cursor.refuse('one of >=, >, <=, < is missing', FORM);
  const right = sum(cursor);
  const text = cursor.since(from);
  if (left.ratio !== undefined || right.ratio !== undefined)
    return ratio(cursor, text, left, operator, right);
  const terms = combined([...left.terms, ...negated(right.terms)]);
  if (terms.length === 0) throw cursor.refuse('both sides are numbers; one side needs a metric', FORM);
  return { kind: 'clause', text, terms, operator, threshold: right.constant - left.constant };
}

/** quantity / quantity OPERATOR number, multiplied out. */
function ratio(cursor: Cursor, text: string, left: Sum, operator: ThresholdOperator, right: Sum): Clause {
  if (left.ratio === undefined || right.ratio !== undefined || right.terms.length > 0)
    throw cursor.refuse(
      'a ratio needs a number on the other side',
      'write such as candidate.mae / production.mae < 1.02',
    );
  const { of, over } = left.ratio;
  const terms = combined([of, { coefficient: -right.constant, quantity: over }]);
  if (terms.length === 0) throw cursor.refuse('the ratio of a metric to itself is always 1', FORM);
  return { kind: 'clause', text, terms, operator, threshold: 0, divisor: over };
}

function sum(cursor: Cursor): Sum {
  const terms: Term[] = [];
  let constant = 0;
  let sign = signOf(cursor.take(SIGN));
  for (;;) {
    const found = term(cursor);
    if (typeof found === 'number') constant += sign * found;
    else if (cursor.take(OVER) === undefined) terms.push({ ...found, coefficient: sign * found.coefficient });
    else if (terms.length > 0 || constant !== 0 || sign < 0)
      throw cursor.refuse('a ratio must stand alone on its side', FORM);
    else return { terms: [], constant: 0, ratio: { of: found, over: quantity(cursor) } };
    const next = cursor.take(SIGN);
    if (next === undefined) break;
    sign = signOf(next);
  }
  return { terms, constant };
}

function signOf(sign: string | undefined): 1 | -1 {
  return sign === '-' ? -1 : 1;
}

function term(cursor: Cursor): number | Term {
  const number = numberAt(cursor);
  if (number !== undefined) {
    if (cursor.take(TIMES) === undefined) return number;
    return { coefficient: number, quantity: quantity(cursor) };
  }
  const found = quantity(cursor);
  if (cursor.take(TIMES) === undefined) return { coefficient: 1, quantity: found };
  const factor = numberAt(cursor);
  if (factor === undefined) throw cursor.refuse('a number is expected', FORM);
  return { coefficient: factor, quantity: found };
}

function numberAt(cursor: Cursor): number | undefined {
  const text = cursor.peek(NUMBER);
  if (text === undefined) return undefined;
  if (!isJudgeable(Number(text)))
    throw cursor.refuse('the number is too large', `write one of at most ${LARGEST}`);
  cursor.take(NUMBER);
  return Number(text);
}

const isRole = (name: string): name is Role =>
  name === 'candidate' || name === 'production' || name === 'anchor';

function quantity(cursor: Cursor): Quantity {
  let role: Role = 'candidate';
  let of: SliceOf | undefined;
  const names: string[] = [];
  do {
    if (names.length === 0 && of === undefined && cursor.take(SLICE) !== undefined) {
      of = slice(cursor);
      continue;
    }
    const name = nameAt(cursor, names.length === 0 ? 'a metric or a number' : 'a name');
    if (names.length === 0 && of === undefined && isRole(name) && cursor.peek(DOT) !== undefined) role = name;
    else names.push(name);
  } while (cursor.take(DOT) !== undefined);
  const last = names.at(-1);
  const pick = of !== undefined && names.length > 1 && (last === 'min' || last === 'max') ? last : undefined;
  if (pick !== undefined) names.pop();
  const metric = names.join('.');
  if (metric === '') throw cursor.refuse('a metric is expected after the slice', FORM);
  if (of === undefined) return { role, metric };
  if (pick !== undefined && of.value !== undefined)
    throw cursor.refuse(`one slice has no ${pick}`, 'leave out either the value or .min and .max');
  return { role, metric, of: { ...of, ...(pick === undefined ? {} : { pick }) } };
}

function nameAt(cursor: Cursor, expected: string): string {
  const quoted = cursor.take(QUOTED);
  if (quoted !== undefined) return textOf(cursor, quoted);
  const word = cursor.peek(NAME);
  if (word === undefined || /^(and|or|not)$/.test(word)) throw cursor.refuse(`${expected} is expected`, FORM);
  if (/-(candidate|production|anchor)$/.test(word))
    throw cursor.refuse(`${JSON.stringify(word)} is read as one name`, SPACED);
  cursor.take(NAME);
  return word;
}

function textOf(cursor: Cursor, quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    throw cursor.refuse('the quoted name is not a JSON text', FORM);
  }
}

/** `(NAME)` or `(COLUMN=VALUE)`. */
function slice(cursor: Cursor): SliceOf {
  const part = (): string => {
    const quoted = cursor.take(QUOTED);
    const text = quoted === undefined ? cursor.take(BARE)?.trim() : textOf(cursor, quoted);
    if (text === undefined || text === '')
      throw cursor.refuse('a column or the name of a slice is expected', FORM);
    return text;
  };
  if (cursor.take(OPEN) === undefined) throw cursor.refuse('a bracket is expected', FORM);
  const name = part();
  const value = cursor.take(EQUALS) === undefined ? undefined : part();
  if (cursor.take(CLOSE) === undefined) throw cursor.refuse('a closing bracket is expected', FORM);
  return { slice: name, ...(value === undefined ? {} : { value }) };
}

function negated(terms: readonly Term[]): Term[] {
  return terms.map(({ coefficient, quantity: of }) => ({ coefficient: -coefficient, quantity: of }));
}

/** Terms of the same quantity added up; those that cancel are left out. */
function combined(terms: readonly Term[]): Term[] {
  const sums = new Map<string, Term>();
  for (const { coefficient, quantity: of } of terms) {
    const key = JSON.stringify([of.role, of.metric, of.of]);
    sums.set(key, { coefficient: (sums.get(key)?.coefficient ?? 0) + coefficient, quantity: of });
  }
  return [...sums.values()].filter(({ coefficient }) => coefficient !== 0);
}
