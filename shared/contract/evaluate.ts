import { ASSERTIONS } from './assertions.ts';
import { type Fields, isObject } from './object.ts';
import { type Draft, References, type Resource, type Target } from './references.ts';

/** What a value breaks, as ajv tells it. */
export interface Broken {
  readonly keyword: string;
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** The resources that were entered, the innermost first. */
interface Scope {
  readonly resource: Resource;
  readonly outer: Scope | undefined;
}

/** What of a value its schema has looked at: names of members, indexes of items. */
type Seen = Set<string | number>;

interface Call {
  readonly schema: Fields;
  readonly value: unknown;
  /** JSON pointers of the value and of the schema. */
  readonly at: string;
  readonly path: string;
  readonly scope: Scope;
  readonly seen: Seen;
  /** Where errors are told; absent if only the answer counts. */
  readonly broken: Broken[] | undefined;
}

export type Evaluate = (value: unknown) => readonly Broken[];

/**
 * A judge of JSON Schema that follows the letter of references and annotations, which ajv does not: `$dynamicRef`
 * through nested resources, `$id` within a schema, what `contains`, `if` and `items` leave unevaluated, draft-07's
 * `$ref` that overrides what stands beside it, and columns named `__proto__`. It is slower than ajv.
 *
 * @param documentOf documents that may be referred to, by their URI.
 * @throws MissingReference if a reference leads nowhere; SyntaxError if a pattern is none.
 */
export function evaluator(schema: unknown, draft: Draft, documentOf: (uri: string) => unknown): Evaluate {
  const run = new Run(schema, draft, documentOf);
  return (value) => run.judge(value);
}

class Run {
  readonly #root: unknown;
  readonly #draft: Draft;
  readonly #references: References;
  readonly #patterns = new Map<string, RegExp>();

  constructor(schema: unknown, draft: Draft, documentOf: (uri: string) => unknown) {
    this.#root = schema;
    this.#draft = draft;
    this.#references = new References(schema, draft, documentOf);
    for (const { pattern, patternProperties } of this.#references.schemas) {
      if (typeof pattern === 'string') this.#pattern(pattern);
      if (!isObject(patternProperties)) continue;
      for (const source of Object.keys(patternProperties)) this.#pattern(source);
    }
  }

  judge(value: unknown): readonly Broken[] {
    const broken: Broken[] = [];
    const scope = { resource: this.#references.main, outer: undefined };
    this.#holds(this.#root, value, '', '#', scope, new Set(), broken);
    return broken;
  }

  #holds(
    schema: unknown,
    value: unknown,
    at: string,
    path: string,
    outer: Scope,
    seen: Seen,
    broken: Broken[] | undefined,
  ): boolean {
    if (schema === true) return true;
    if (!isObject(schema)) {
      broken?.push({
        keyword: 'false schema',
        instancePath: at,
        schemaPath: `${path}/false schema`,
        params: {},
      });
      return false;
    }
    const resource = this.#references.homeOf(schema, outer.resource);
    const scope = resource === outer.resource ? outer : { resource, outer };
    const call: Call = { schema, value, at, path, scope, seen, broken };
    if (this.#draft === 'draft-07' && typeof schema.$ref === 'string')
      return this.#refers(call, this.#references.resolve(schema.$ref, resource));
    let holds = true;
    for (const [keyword, rule] of Object.entries(schema)) {
      if (LATE.has(keyword)) continue;
      if (!this.#keyword(keyword, rule, call)) holds = false;
      if (!holds && broken === undefined) return false;
    }
    for (const keyword of LATE) {
      if (!Object.hasOwn(schema, keyword) || this.#draft === 'draft-07') continue;
      if (!this.#unevaluated(keyword, schema[keyword], call)) holds = false;
    }
    return holds;
  }

  #keyword(keyword: string, rule: unknown, call: Call): boolean {
    const { value, schema } = call;
    const test = Object.hasOwn(ASSERTIONS, keyword) ? ASSERTIONS[keyword] : undefined;
    if (test !== undefined) return test(rule, value) || fail(call, keyword);
    switch (keyword) {
      case '$ref':
        return this.#refers(call, this.#references.resolve(String(rule), call.scope.resource));
      case '$dynamicRef':
        return this.#draft === 'draft-07' || this.#refers(call, this.#dynamic(String(rule), call.scope));
      case 'pattern':
        return typeof value !== 'string' || this.#pattern(String(rule)).test(value) || fail(call, keyword);
      case 'required':
        return this.#required(rule, call, keyword);
      case 'dependentRequired':
      case 'dependentSchemas':
      case 'dependencies':
        return this.#dependent(rule, call, keyword);
      case 'allOf':
        return every(rule, (part, i) => this.#part(part, call, `${keyword}/${i}`));
      case 'anyOf':
      case 'oneOf':
        return this.#choice(rule, call, keyword);
      case 'not':
        return !this.#quiet(rule, call, new Set()) || fail(call, keyword);
      case 'if':
        return this.#conditional(rule, call);
      case 'properties':
        return this.#properties(rule, call);
      case 'patternProperties':
        return this.#patternProperties(rule, call);
      case 'additionalProperties':
        return this.#additional(rule, call);
      case 'propertyNames':
        return (
          !isObject(value) ||
          Object.keys(value).every((name) => this.#quiet(rule, { ...call, value: name }, new Set())) ||
          fail(call, keyword)
        );
      case 'prefixItems':
        return this.#draft === 'draft-07' || this.#prefix(rule, call, keyword);
      case 'items':
        return this.#items(rule, call);
      case 'additionalItems':
        return !Array.isArray(schema.items) || this.#rest(rule, call, schema.items.length, keyword);
      case 'contains':
        return this.#contains(rule, call);
      default:
        return true;
    }
  }

  /** Applies a schema to the same value, with errors. */
  #part(schema: unknown, { value, at, path, scope, seen, broken }: Call, keyword: string): boolean {
    const own: Seen = new Set();
    const holds = this.#holds(schema, value, at, `${path}/${keyword}`, scope, own, broken);
    if (holds) for (const one of own) seen.add(one);
    return holds;
  }

  #quiet(schema: unknown, { value, at, path, scope }: Call, seen: Seen): boolean {
    return this.#holds(schema, value, at, path, scope, seen, undefined);
  }

  #refers(call: Call, { schema, resource, pointer }: Target): boolean {
    const own: Seen = new Set();
    const scope = resource === call.scope.resource ? call.scope : { resource, outer: call.scope };
    const holds = this.#holds(schema, call.value, call.at, `#${pointer}`, scope, own, call.broken);
    if (holds) for (const one of own) call.seen.add(one);
    return holds;
  }

  /** Core 2020-12, section 8.2.3.2. */
  #dynamic(reference: string, scope: Scope): Target {
    const target = this.#references.resolve(reference, scope.resource);
    const name = reference.split('#')[1] ?? '';
    if (name === '' || target.resource.dynamic.get(name) !== target.schema) return target;
    let found = target;
    for (let one: Scope | undefined = scope; one !== undefined; one = one.outer) {
      if (one.resource.dynamic.has(name)) found = this.#references.resolve(`#${name}`, one.resource);
    }
    return found;
  }

  #pattern(source: string): RegExp {
    let pattern = this.#patterns.get(source);
    if (pattern === undefined) {
      pattern = new RegExp(source, 'u');
      this.#patterns.set(source, pattern);
    }
    return pattern;
  }

  #required(rule: unknown, call: Call, keyword: string, params = {}): boolean {
    const { value } = call;
    if (!isObject(value) || !Array.isArray(rule)) return true;
    const missing = rule.filter((name) => !Object.hasOwn(value, String(name)));
    for (const name of missing) fail(call, keyword, { ...params, missingProperty: name });
    return missing.length === 0;
  }

  #dependent(rule: unknown, call: Call, keyword: string): boolean {
    const { value } = call;
    if (!isObject(value) || (keyword !== 'dependencies' && this.#draft === 'draft-07')) return true;
    return every(rule, (needed, name) => {
      if (!Object.hasOwn(value, name)) return true;
      return Array.isArray(needed)
        ? this.#required(needed, call, keyword, { property: name })
        : this.#part(needed, call, `${keyword}/${escaped(name)}`);
    });
  }

  #choice(rule: unknown, call: Call, keyword: string): boolean {
    const branches = Array.isArray(rule) ? rule : [];
    const found = branches.flatMap((branch) => {
      const seen: Seen = new Set();
      return this.#quiet(branch, call, seen) ? [seen] : [];
    });
    if (keyword === 'oneOf' ? found.length !== 1 : found.length === 0) return fail(call, keyword);
    for (const seen of found) for (const one of seen) call.seen.add(one);
    return true;
  }

  #conditional(rule: unknown, call: Call): boolean {
    const seen: Seen = new Set();
    const chosen = this.#quiet(rule, call, seen) ? 'then' : 'else';
    if (chosen === 'then') for (const one of seen) call.seen.add(one);
    return !Object.hasOwn(call.schema, chosen) || this.#part(call.schema[chosen], call, chosen);
  }

  #member(schema: unknown, call: Call, key: string | number, keyword: string): boolean {
    const { value, at, path, scope, seen, broken } = call;
    seen.add(key);
    const inner = (value as Record<string | number, unknown>)[key];
    return this.#holds(
      schema,
      inner,
      `${at}/${escaped(String(key))}`,
      `${path}/${keyword}`,
      scope,
      new Set(),
      broken,
    );
  }

  #properties(rule: unknown, call: Call): boolean {
    const { value } = call;
    if (!isObject(value)) return true;
    return every(
      rule,
      (schema, name) =>
        !Object.hasOwn(value, name) || this.#member(schema, call, name, `properties/${escaped(name)}`),
    );
  }

  #patternProperties(rule: unknown, call: Call): boolean {
    const { value } = call;
    if (!isObject(value)) return true;
    return every(rule, (schema, source) => {
      const names = Object.keys(value).filter((name) => this.#pattern(source).test(name));
      return every(names, (name) =>
        this.#member(schema, call, String(name), `patternProperties/${escaped(source)}`),
      );
    });
  }

  #additional(rule: unknown, call: Call): boolean {
    const { value, schema } = call;
    if (!isObject(value)) return true;
    const known = isObject(schema.properties) ? schema.properties : {};
    const patterns = Object.keys(isObject(schema.patternProperties) ? schema.patternProperties : {});
    const others = Object.keys(value).filter(
      (name) => !Object.hasOwn(known, name) && !patterns.some((source) => this.#pattern(source).test(name)),
    );
    return every(others, (name) => {
      const key = String(name);
      if (rule !== false) return this.#member(rule, call, key, 'additionalProperties');
      return fail(call, 'additionalProperties', { additionalProperty: key });
    });
  }

  #prefix(rule: unknown, call: Call, keyword: string): boolean {
    const { value } = call;
    if (!Array.isArray(value)) return true;
    return every(rule, (schema, i) =>
      Number(i) < value.length ? this.#member(schema, call, Number(i), `${keyword}/${i}`) : true,
    );
  }

  #items(rule: unknown, call: Call): boolean {
    if (this.#draft === 'draft-07' && Array.isArray(rule)) return this.#prefix(rule, call, 'items');
    const { prefixItems } = call.schema;
    const from = this.#draft === '2020-12' && Array.isArray(prefixItems) ? prefixItems.length : 0;
    return this.#rest(rule, call, from, 'items');
  }

  #rest(rule: unknown, call: Call, from: number, keyword: string): boolean {
    const { value } = call;
    if (!Array.isArray(value)) return true;
    let holds = true;
    for (let i = from; i < value.length; i++) if (!this.#member(rule, call, i, keyword)) holds = false;
    return holds;
  }

  #contains(rule: unknown, call: Call): boolean {
    const { value, schema, seen } = call;
    if (!Array.isArray(value)) return true;
    const found = value.flatMap((item, i) =>
      this.#quiet(rule, { ...call, value: item }, new Set()) ? [i] : [],
    );
    for (const i of found) seen.add(i);
    const counts = this.#draft === '2020-12';
    const least = counts && typeof schema.minContains === 'number' ? schema.minContains : 1;
    const most = counts && typeof schema.maxContains === 'number' ? schema.maxContains : Infinity;
    return (found.length >= least && found.length <= most) || fail(call, 'contains');
  }

  #unevaluated(keyword: string, rule: unknown, call: Call): boolean {
    const { value, seen } = call;
    const items = keyword === 'unevaluatedItems';
    const keys = items
      ? Array.isArray(value)
        ? value.map((_, i) => i)
        : []
      : isObject(value)
        ? Object.keys(value)
        : [];
    return every(
      keys.filter((key) => !seen.has(key)),
      (key) => {
        if (items || rule !== false) return this.#member(rule, call, key as string | number, keyword);
        return fail(call, keyword, { unevaluatedProperty: key });
      },
    );
  }
}

/** These look at what all others have seen. */
const LATE = new Set(['unevaluatedItems', 'unevaluatedProperties']);

function fail({ broken, at, path }: Call, keyword: string, params: Broken['params'] = {}): false {
  broken?.push({ keyword, instancePath: at, schemaPath: `${path}/${keyword}`, params });
  return false;
}

/** Of all, for each may tell errors. */
function every(all: unknown, holds: (part: unknown, key: string) => boolean): boolean {
  if (typeof all !== 'object' || all === null) return true;
  let every = true;
  for (const [key, part] of Object.entries(all)) if (!holds(part, key)) every = false;
  return every;
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
