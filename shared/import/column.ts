import { jsonTypeOf } from '../read/batch.ts';
import type { Json, JsonObject } from '../verdict/verdict.ts';
import type { DocumentReader, Path } from './document.ts';
import type { LimitRange, RuleGrade } from './numbers.ts';

export type Keywords = Readonly<Record<string, Json>>;

/** What cells of a column are read as, if the contract lets them. */
export type CellKind = 'number' | 'integer' | 'string' | 'boolean' | 'object' | 'array';

interface Rule {
  readonly keywords: Keywords;
  readonly grade: RuleGrade;
  readonly what: string;
  readonly path: Path;
}

const NUMERIC = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'];
const TEXTUAL = ['pattern', 'minLength', 'maxLength', 'format'];
/** Any value but null. */
const VALUES: readonly CellKind[] = ['string', 'number', 'boolean', 'object', 'array'];

/**
 * The rules of one column. JSON Schema's keywords pass over values of another type, so a keyword only says something
 * where the column's type is said, too: the type that the rules need is found from them, and stated.
 */
export class ColumnWriter {
  readonly #name: string;
  readonly #reading: DocumentReader;
  readonly #rules: Rule[] = [];
  readonly #annotations: Record<string, Json> = {};
  readonly #own: Record<string, Json> = {};
  readonly #grades: Record<string, JsonObject> = {};
  #declared: { readonly kinds: readonly CellKind[]; readonly grade: RuleGrade } | undefined;
  #hint: readonly CellKind[] = [];
  #notNull: RuleGrade | undefined;
  /** Further grades of the same rule: dbt warns of fewer rows than it fails for. */
  readonly #notNullBeside: RuleGrade[] = [];
  #numbers = false;
  #reads = false;
  #raw: JsonObject | undefined;

  constructor(name: string, reading: DocumentReader) {
    this.#name = name;
    this.#reading = reading;
  }

  get nullable(): boolean {
    return this.#notNull === undefined || Object.keys(this.#notNull).length > 0;
  }

  /** The property's schema as it is; other rules of the column are not written. */
  raw(schema: JsonObject, nullable: boolean): void {
    this.#raw = schema;
    if (!nullable) this.#notNull = {};
  }

  annotate(keyword: 'title' | 'description' | 'examples', value: Json | undefined): void {
    if (value !== undefined && value !== null) this.#annotations[keyword] = value;
  }

  /** The values are of these types. */
  type(kinds: readonly CellKind[], grade: RuleGrade = {}): void {
    this.#declared ??= { kinds, grade };
  }

  /** The values are meant to be of these types, which no rule checks. */
  hint(kinds: readonly CellKind[]): void {
    if (this.#hint.length === 0) this.#hint = kinds;
  }

  /** Cells are read as the values of a rule elsewhere are, which no rule checks. */
  hintFrom(values: readonly unknown[]): void {
    this.hint([...new Set(values.map(jsonTypeOf).filter((type) => type !== 'null'))] as CellKind[]);
    this.#reads = true;
  }

  notNull(grade: RuleGrade = {}): void {
    const plain = (one: RuleGrade) => Object.keys(one).length === 0;
    if (this.#notNull === undefined || plain(grade)) this.#notNull = grade;
    else if (!plain(this.#notNull)) this.#notNullBeside.push(grade);
  }

  add(keywords: Keywords, grade: RuleGrade, what: string, path: Path): void {
    this.#rules.push({ keywords, grade, what, path });
  }

  aggregate(name: string, range: LimitRange, grade: RuleGrade, path: Path): void {
    const before = this.#own[name];
    if (before !== undefined && JSON.stringify(before) !== JSON.stringify(range)) {
      this.#reading.lost(
        `${this.#name} has a rule for its ${name} already`,
        path,
        'write one range for both',
      );
      return;
    }
    this.#own[name] = range as JsonObject;
    this.#grade(name, grade);
    const ofTimes = typeof (range.min ?? range.max) === 'string';
    if (!['nulls', 'distinct', 'distinct-share'].includes(name) && !ofTimes) this.#numbers = true;
  }

  /** A member of the column's vocabulary, such as `contains`. */
  own(name: string, value: Json, grade: RuleGrade): void {
    this.#own[name] = value;
    this.#grade(name, grade);
  }

  #grade(name: string, { severity, tolerance }: RuleGrade): void {
    if (severity === undefined && tolerance === undefined) return;
    this.#grades[name] = {
      ...(severity === undefined ? {} : { severity }),
      ...(tolerance === undefined ? {} : { tolerance }),
    };
  }

  /** The property's schema, and the rules of the column that do not fit into it. */
  write(): { readonly property: JsonObject; readonly rules: readonly JsonObject[] } {
    if (this.#raw !== undefined) return { property: { ...this.#annotations, ...this.#raw }, rules: [] };
    const kinds = this.#kinds();
    const property: Record<string, Json> = {};
    const rules: JsonObject[] = [];
    const fitting = this.#rules.filter((rule) => this.#fits(rule, kinds));
    const bare = this.#typed(property, kinds, fitting);
    for (const rule of fitting) this.#place(rule, kinds, bare, property, rules);
    for (const grade of this.#notNull !== undefined && this.nullable ? this.#notNullBeside : []) {
      const schema = { required: [this.#name], properties: { [this.#name]: { not: { type: 'null' } } } };
      rules.push({ name: `${this.#name} is not null`, schema, ...grade } as JsonObject);
    }
    const own = {
      ...this.#own,
      ...(Object.keys(this.#grades).length > 0 ? { keywords: this.#grades } : {}),
    };
    return {
      property: {
        ...this.#annotations,
        ...property,
        ...(Object.keys(own).length > 0 ? { 'x-ml-loop': own } : {}),
      },
      rules,
    };
  }

  #kinds(): readonly CellKind[] {
    if (this.#declared !== undefined) return this.#declared.kinds;
    if (this.#hint.length > 0) return this.#hint;
    const uses = (list: readonly string[]) =>
      this.#rules.some(({ keywords }) => Object.keys(keywords).some((keyword) => list.includes(keyword)));
    if (uses(NUMERIC) || this.#numbers) return ['number'];
    if (uses(TEXTUAL) || this.#rules.some(({ keywords }) => 'anyOf' in keywords || 'allOf' in keywords)) {
      return ['string'];
    }
    const values = this.#rules.flatMap(({ keywords }) => valuesOf(keywords));
    return [
      ...new Set(values.map((value) => jsonTypeOf(value)).filter((type) => type !== 'null')),
    ] as CellKind[];
  }

  /** If a keyword would pass over every value, the rule is told, not written. */
  #fits({ keywords, what, path }: Rule, kinds: readonly CellKind[]): boolean {
    const names = Object.keys(keywords);
    const numeric = kinds.includes('number') || kinds.includes('integer');
    if (names.some((name) => NUMERIC.includes(name)) && !numeric) {
      this.#reading.lost(`${what}: the column's values are not numbers`, path);
      return false;
    }
    if (names.some((name) => TEXTUAL.includes(name)) && !kinds.includes('string')) {
      const fix = 'rules of texts do not apply to numbers: write the rule as a range or a set of numbers';
      this.#reading.lost(`${what}: the column's values are not texts`, path, fix);
      return false;
    }
    return true;
  }

  /** Writes `type`. @returns false if it holds back no value, so that a rule has to name the type itself. */
  #typed(property: Record<string, Json>, kinds: readonly CellKind[], rules: readonly Rule[]): boolean {
    const firm = rules.filter(({ grade }) => grade.tolerance === undefined && grade.when === undefined);
    const needed = firm.filter(({ keywords }) => needsType(keywords));
    const plain = (grade: RuleGrade) => Object.keys(grade).length === 0;
    const grade =
      this.#declared?.grade ?? needed.find((rule) => plain(rule.grade))?.grade ?? needed[0]?.grade;
    const states = grade ?? (this.#numbers ? {} : undefined);
    const notNull = this.#notNull;
    const alone = notNull !== undefined && notNull.tolerance === undefined && states === undefined;
    const inType =
      notNull !== undefined && (alone || JSON.stringify(notNull) === JSON.stringify(states ?? {}));
    if (notNull !== undefined && !inType) {
      this.#own.nulls ??= { max: notNull.tolerance ?? 0 };
      const { severity } = notNull;
      this.#grade('nulls', severity === undefined ? {} : { severity });
    }
    if (states === undefined && !inType) {
      const counted =
        rules.some(({ keywords }) => needsType(keywords) || 'not' in keywords || 'type' in keywords) ||
        this.#reads;
      if (counted && kinds.some((kind) => kind !== 'string')) property.type = [...VALUES, 'null'];
      return counted;
    }
    const named = kinds.length > 0 ? kinds : VALUES;
    const types = inType ? named : [...named, 'null'];
    property.type = types.length === 1 ? (types[0] as string) : [...types];
    this.#grade('type', states ?? notNull ?? {});
    return false;
  }

  #place(
    rule: Rule,
    kinds: readonly CellKind[],
    bare: boolean,
    property: Record<string, Json>,
    rules: JsonObject[],
  ): void {
    const keywords = this.#adapted(rule.keywords, kinds);
    const names = Object.keys(keywords);
    const type = needsType(keywords) && kinds.length > 0 ? { type: [...kinds, 'null'] } : {};
    const schema = { properties: { [this.#name]: { ...type, ...keywords } } };
    if (rule.grade.when !== undefined) {
      rules.push({ name: rule.what, schema, ...rule.grade } as JsonObject);
      return;
    }
    const same = (name: string) => JSON.stringify(property[name]) === JSON.stringify(keywords[name]);
    const graded = (name: string) => JSON.stringify(this.#grades[name] ?? {}) === JSON.stringify(rule.grade);
    if (names.every((name) => same(name) && graded(name))) return;
    const one =
      names.length === 1 && !(bare && needsType(keywords) && kinds.some((kind) => kind !== 'string'));
    const counted = rule.grade.tolerance !== undefined;
    if (names.every((name) => !(name in property)) && (one || !counted)) {
      Object.assign(property, keywords);
      for (const name of names) this.#grade(name, rule.grade);
      return;
    }
    rules.push({ name: rule.what, schema, ...rule.grade } as JsonObject);
  }

  /** A set's values as the column's cells are read, null among them if no other rule forbids it. */
  #adapted(keywords: Keywords, kinds: readonly CellKind[]): Keywords {
    const values = valuesOf(keywords);
    if (values.length === 0) return keywords;
    const numeric = kinds.includes('number') || kinds.includes('integer');
    const extra = values.flatMap((value): Json[] => {
      if (typeof value === 'number' && !numeric && kinds.includes('string')) return [String(value)];
      if (typeof value === 'boolean' && !kinds.includes('boolean') && kinds.includes('string'))
        return [String(value)];
      if (typeof value === 'string' && numeric && value.trim() !== '' && Number.isFinite(Number(value))) {
        return [Number(value)];
      }
      if (typeof value === 'string' && kinds.includes('boolean') && /^(true|false)$/i.test(value)) {
        return [value.toLowerCase() === 'true'];
      }
      return [];
    });
    if ('not' in keywords) return { ...keywords, not: { enum: [...new Set([...values, ...extra])] } };
    if (!('enum' in keywords)) return keywords;
    return { ...keywords, enum: [...new Set([...values, ...extra, ...(this.nullable ? [null] : [])])] };
  }
}

function needsType(keywords: Keywords): boolean {
  return Object.keys(keywords).some(
    (name) => NUMERIC.includes(name) || TEXTUAL.includes(name) || name === 'anyOf' || name === 'allOf',
  );
}

/** The values that a set of a rule names. */
function valuesOf(keywords: Keywords): readonly Json[] {
  if (Array.isArray(keywords.enum)) return keywords.enum as readonly Json[];
  const { not } = keywords;
  const set = typeof not === 'object' && not !== null && 'enum' in not ? not.enum : [];
  return Array.isArray(set) ? (set as readonly Json[]) : [];
}
