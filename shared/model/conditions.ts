import { type Problem, UserError } from '../problem/problem.ts';

export type Operator = '>=' | '>' | '<=' | '<';

/** One clause: a metric of one model against a number. */
export interface Condition {
  /** As it was written. */
  readonly text: string;
  readonly model: 'candidate' | 'production';
  /** A metric's name; of a metrics file, a dotted path. */
  readonly metric: string;
  readonly operator: Operator;
  readonly threshold: number;
}

const TERM = /[A-Za-z_][\w-]*(?:\.[\w-]+)*/y;
const OPERATOR = />=|<=|>|</y;
const NUMBER = /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const FORM = 'write [candidate.|production.]METRIC OPERATOR NUMBER, such as candidate.accuracy >= 0.8';

/** Reads a text from left to right; what does not fit is refused with its column. */
class Cursor {
  at = 0;
  readonly #text: string;
  readonly #where: string;

  constructor(text: string, where: string) {
    this.#text = text;
    this.#where = where;
  }

  /** The text that the pattern matches here, after blanks. */
  take(pattern: RegExp): string | undefined {
    this.#skip();
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#text)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }

  get rest(): string {
    this.#skip();
    return this.#text.slice(this.at);
  }

  refuse(what: string, mend = FORM): UserError {
    this.#skip();
    return new UserError({
      what: `${what} in ${JSON.stringify(this.#text)}`,
      where: `${this.#where}, column ${this.at + 1}`,
      mend,
    });
  }

  #skip(): void {
    while (this.#text[this.at] === ' ' || this.#text[this.at] === '\t') this.at += 1;
  }
}

/** What ease.ml/ci's language has and this version has not, by how it starts. */
function later(rest: string): string | undefined {
  if (/^(and|or|not|&&|\|\||!|\/\\|\\\/)/i.test(rest)) return 'conditions cannot be combined yet';
  if (/^slice\b/.test(rest)) return 'slices cannot be judged yet';
  if (/^[-+*/]/.test(rest)) return 'differences and sums cannot be judged yet';
  if (/^[()]/.test(rest)) return 'brackets cannot be read yet';
  return undefined;
}

const ONE_EACH =
  'give one condition an item; each must hold. A difference from production is what metric and margin judge';

function parse(text: string, where: string): Condition {
  const cursor = new Cursor(text, where);
  const refuse = (expected: string) => {
    const reason = later(cursor.rest);
    return reason === undefined ? cursor.refuse(`${expected} is expected`) : cursor.refuse(reason, ONE_EACH);
  };
  if (later(cursor.rest) !== undefined) throw refuse('a metric');
  const term = cursor.take(TERM);
  if (term === undefined) throw refuse('a metric');
  const operator = cursor.take(OPERATOR) as Operator | undefined;
  if (operator === undefined) throw refuse('one of >=, >, <=, <');
  const number = cursor.take(NUMBER);
  if (number === undefined) throw refuse('a number');
  if (!Number.isFinite(Number(number))) throw cursor.refuse('the number is too large');
  if (cursor.rest !== '') throw refuse('the end');
  const [, model = 'candidate', metric = term] = /^(candidate|production)\.(.+)$/.exec(term) ?? [];
  return {
    text: text.trim(),
    model: model as Condition['model'],
    metric,
    operator,
    threshold: Number(number),
  };
}

/**
 * Reads conditions, one a text: `[candidate.|production.]METRIC (>=|>|<=|<) NUMBER`.
 *
 * @throws UserError with every text that cannot be read, and the column where reading stopped.
 */
export function parseConditions(texts: readonly string[]): Condition[] {
  const problems: Problem[] = [];
  const conditions = texts.flatMap((text, i) => {
    try {
      return [parse(text, `input conditions, item ${i + 1}`)];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
      return [];
    }
  });
  if (problems.length > 0) throw new UserError(problems);
  return conditions;
}

/** Does the value meet the condition? */
export function meets(
  { operator, threshold }: Pick<Condition, 'operator' | 'threshold'>,
  value: number,
): boolean {
  if (operator === '>=') return value >= threshold;
  if (operator === '>') return value > threshold;
  return operator === '<=' ? value <= threshold : value < threshold;
}
