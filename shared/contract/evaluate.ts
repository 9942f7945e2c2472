import { type DocumentMap, isMap } from '../schema/map.ts';
import { ASSERTIONS } from './assertions.ts';
import { References, type ReferenceTarget, type Resource, type SchemaDraft } from './references.ts';

/** What a value breaks, by the names of JSON Schema's output. */
export interface BrokenKeywords {
  readonly keyword: string;
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** The resources that were entered, the innermost first. */
interface Scope {
  readonly resource: Resource;
  readonly outer: Scope | undefined;
  /** Those that were entered from here. */
  readonly inner: Map<Resource, Scope>;
}

/** The same for the same way in, so that scopes can be compared; of several anchors of a name the outermost counts. */
function enteredScope(outer: Scope, resource: Resource): Scope {
  if (![...resource.dynamic.keys()].some((name) => !isBound(outer, name))) return outer;
  const known = outer.inner.get(resource);
  if (known !== undefined) return known;
  const made = { resource, outer, inner: new Map() };
  outer.inner.set(resource, made);
  return made;
}

function isBound(scope: Scope, name: string): boolean {
  return scope.resource.dynamic.has(name) || (scope.outer !== undefined && isBound(scope.outer, name));
}

/** What of a value its schema has looked at: names of members, indexes of items. */
type Seen = Set<string | number>;

interface Call {
  /** JSON pointer of the value; only if errors are told. */
  readonly at: string;
  readonly scope: Scope;
  /** Only if a keyword asks for it. */
  readonly seen: Seen | undefined;
  /** Where errors are told; absent if only the answer counts. */
  readonly broken: BrokenKeywords[] | undefined;
}

type Test = (value: unknown, call: Call) => boolean;

/** What a schema says of a value. */
export interface Evaluation {
  holds(value: unknown): boolean;
  /** What a value breaks. */
  judge(value: unknown): readonly BrokenKeywords[];
}

/** A schema where its keywords are compiled. */
interface Place {
  readonly schema: DocumentMap;
  /** JSON pointer, as errors tell it. */
  readonly path: string;
  readonly resource: Resource;
}

/** What a schema said of a value. */
interface Known {
  readonly scope: Scope;
  readonly holds: boolean;
  readonly seen: Seen | undefined;
}

/** References that one value may follow before it is remembered what their targets say. */
const FOLLOWED = 1000;

/**
 * Answers by value and place, so that references that double at each level cost no more than there are schemas and
 * values. A value is told once what it breaks of a schema at a place.
 */
class Answers {
  readonly #known = new Map<Test, Map<string, Map<unknown, Known>>>();
  #followed = 0;

  /** Forgets what was said of the value before. */
  start(): void {
    if (this.#followed > FOLLOWED) this.#known.clear();
    this.#followed = 0;
  }

  /** The same test, which asks itself a second time only if little was asked. */
  remembering(test: Test): Test {
    return (value, call) => {
      if (++this.#followed <= FOLLOWED) return test(value, call);
      const values = this.#valuesOf(test, call);
      const known = values.get(value);
      if (known?.scope === call.scope) {
        for (const one of known.seen ?? []) call.seen?.add(one);
        return known.holds;
      }
      const holds = test(value, call);
      values.set(value, { scope: call.scope, holds, seen: call.seen });
      return holds;
    };
  }

  #valuesOf(test: Test, { broken, at }: Call): Map<unknown, Known> {
    const place = broken === undefined ? '' : `at ${at}`;
    const places = this.#known.get(test) ?? new Map<string, Map<unknown, Known>>();
    this.#known.set(test, places);
    const values = places.get(place) ?? new Map<unknown, Known>();
    places.set(place, values);
    return values;
  }
}

/** A JSON Schema, compiled to functions: each keyword is read once, and not for each value. */
export class Evaluator {
  readonly #root: unknown;
  readonly #draft: SchemaDraft;
  readonly #references: References;
  readonly #patterns = new Map<string, RegExp>();
  /** Schemas that others refer to, by their places. */
  readonly #compiled = new Map<unknown, Map<string, Test>>();
  readonly #answers = new Answers();
  /** Does a keyword ask what others have looked at? */
  readonly #tracks: boolean;
  /** Does a reference depend on how a schema was entered? */
  readonly #dynamic: boolean;

  /**
   * @param documentOf documents that may be referred to, by their URI.
   * @throws MissingReference if a reference leads nowhere; SyntaxError if a pattern is none.
   */
  constructor(schema: unknown, draft: SchemaDraft, documentOf: (uri: string) => unknown) {
    this.#root = schema;
    this.#draft = draft;
    this.#references = new References(schema, draft, documentOf);
    const all = [...this.#references.schemas];
    this.#tracks = draft === '2020-12' && all.some((one) => LATE.some((keyword) => keyword in one));
    this.#dynamic = draft === '2020-12' && all.some((one) => '$dynamicRef' in one);
    for (const { pattern, patternProperties } of all) {
      if (typeof pattern === 'string') this.#pattern(pattern);
      if (!isMap(patternProperties)) continue;
      for (const source of Object.keys(patternProperties)) this.#pattern(source);
    }
  }

  /** What the whole schema says. */
  get whole(): Evaluation {
    return this.#evaluation(this.#compile(this.#root, '#', this.#references.main), '');
  }

  /** What the schema says without some of its keywords; undefined if these are all that say something. */
  without(keywords: readonly string[]): Evaluation | undefined {
    if (!isMap(this.#root)) return this.whole;
    const place = { schema: this.#root, path: '#', resource: this.#references.main };
    const tests = this.#tests(place, keywords);
    return tests.length === 0 ? undefined : this.#evaluation(all(tests), '');
  }

  /** What some schemas beside each other, by their keys in the whole, say of a member. */
  member(name: string, paths: readonly (readonly string[])[]): Evaluation {
    const tests = paths.map((keys) => {
      let schema: unknown = this.#root;
      for (const key of keys) schema = (schema as DocumentMap)[key];
      return this.#compile(schema, ['#', ...keys.map(escaped)].join('/'), this.#references.main);
    });
    return this.#evaluation(all(tests), `/${escaped(name)}`);
  }

  #evaluation(test: Test, at: string): Evaluation {
    const scope = { resource: this.#references.main, outer: undefined, inner: new Map() };
    const seen = () => (this.#tracks ? new Set<string | number>() : undefined);
    const quiet: Call = { at: '', scope, seen: undefined, broken: undefined };
    return {
      holds: (value) => {
        this.#answers.start();
        return test(value, this.#tracks ? { ...quiet, seen: seen() } : quiet);
      },
      judge: (value) => {
        this.#answers.start();
        const broken: BrokenKeywords[] = [];
        test(value, { at, scope, seen: seen(), broken });
        return broken;
      },
    };
  }

  #compile(schema: unknown, path: string, outer: Resource): Test {
    if (schema === true) return () => true;
    if (!isMap(schema)) return (_value, call) => fail(call, path, 'false schema');
    const resource = this.#references.homeOf(schema, outer);
    const test = all(this.#tests({ schema, path, resource }, []));
    if (!this.#dynamic || resource === outer) return test;
    return (value, call) => test(value, { ...call, scope: enteredScope(call.scope, resource) });
  }

  #tests(place: Place, left: readonly string[]): Test[] {
    const { schema } = place;
    if (this.#draft === 'draft-07' && typeof schema.$ref === 'string')
      return [this.#refers(schema.$ref, place)];
    const late = LATE.filter((keyword) => Object.hasOwn(schema, keyword) && this.#draft === '2020-12');
    return [...Object.keys(schema).filter((keyword) => !LATE.includes(keyword)), ...late]
      .filter((keyword) => !left.includes(keyword))
      .map((keyword) => this.#keyword(keyword, schema[keyword], place))
      .filter((test) => test !== undefined);
  }

  /** The test of one keyword; undefined if it says nothing. */
  #keyword(keyword: string, rule: unknown, place: Place): Test | undefined {
    const { path } = place;
    const is2020 = this.#draft === '2020-12';
    const assert = Object.hasOwn(ASSERTIONS, keyword) ? ASSERTIONS[keyword]?.(rule) : undefined;
    if (assert !== undefined) return (value, call) => assert(value) || fail(call, path, keyword);
    switch (keyword) {
      case '$ref':
        return this.#refers(String(rule), place);
      case '$dynamicRef':
        return is2020 ? this.#refersDynamically(String(rule), place) : undefined;
      case 'pattern': {
        const pattern = this.#pattern(String(rule));
        return (value, call) => typeof value !== 'string' || pattern.test(value) || fail(call, path, keyword);
      }
      case 'required':
        return requires(rule, path, keyword);
      case 'dependentRequired':
      case 'dependentSchemas':
        return is2020 ? this.#dependent(rule, place, keyword) : undefined;
      case 'dependencies':
        return this.#dependent(rule, place, keyword);
      case 'allOf':
        return all(entries(rule).map(([key, part]) => this.#part(part, place, `${keyword}/${key}`)));
      case 'anyOf':
      case 'oneOf':
        return this.#choice(rule, place, keyword);
      case 'not': {
        const test = this.#below(rule, place, keyword);
        return (value, call) => !test(value, quiet(call, this.#seen())) || fail(call, path, keyword);
      }
      case 'if':
        return this.#conditional(rule, place);
      case 'properties':
        return this.#properties(rule, place);
      case 'patternProperties':
        return this.#patternProperties(rule, place);
      case 'additionalProperties':
        return this.#additional(rule, place);
      case 'propertyNames': {
        const test = this.#below(rule, place, keyword);
        return (value, call) =>
          !isMap(value) ||
          Object.keys(value).every((name) => test(name, quiet(call, this.#seen()))) ||
          fail(call, path, keyword);
      }
      case 'prefixItems':
        return is2020 ? this.#prefix(rule, place, keyword) : undefined;
      case 'items':
        return this.#items(rule, place);
      case 'additionalItems':
        return Array.isArray(place.schema.items)
          ? this.#rest(rule, place, place.schema.items.length, keyword)
          : undefined;
      case 'contains':
        return this.#contains(rule, place);
      case 'unevaluatedItems':
        return this.#unevaluatedItems(rule, place);
      case 'unevaluatedProperties':
        return this.#unevaluatedProperties(rule, place);
      default:
        return undefined;
    }
  }

  #below(schema: unknown, { path, resource }: Place, keyword: string): Test {
    return this.#compile(schema, `${path}/${keyword}`, resource);
  }

  #seen(): Seen | undefined {
    return this.#tracks ? new Set() : undefined;
  }

  /** Applies a schema to the same value, with errors. */
  #part(schema: unknown, place: Place, keyword: string): Test {
    return this.#apart(this.#below(schema, place, keyword));
  }

  /** What a schema beside others has looked at counts only if it holds. */
  #apart(test: Test): Test {
    if (!this.#tracks) return test;
    return (value, call) => {
      const seen: Seen = new Set();
      const holds = test(value, { ...call, seen });
      if (holds) for (const one of seen) call.seen?.add(one);
      return holds;
    };
  }

  /** The test of a target, which is compiled when it is first needed: it may refer to itself. */
  #target({ schema, resource, pointer }: ReferenceTarget): Test {
    const path = `#${pointer}`;
    const places = this.#compiled.get(schema) ?? new Map<string, Test>();
    this.#compiled.set(schema, places);
    const known = places.get(path);
    if (known !== undefined) return known;
    const made = this.#answers.remembering(this.#compile(schema, path, resource));
    places.set(path, made);
    return made;
  }

  #refers(reference: string, { resource }: Place): Test {
    const target = this.#references.resolve(reference, resource);
    let test: Test | undefined;
    return this.#apart((value, call) => {
      test ??= this.#target(target);
      return test(value, this.#entered(target, call));
    });
  }

  #entered({ resource }: ReferenceTarget, call: Call): Call {
    if (!this.#dynamic || resource === call.scope.resource) return call;
    return { ...call, scope: enteredScope(call.scope, resource) };
  }

  /** Core 2020-12, section 8.2.3.2. */
  #refersDynamically(reference: string, { resource }: Place): Test {
    const target = this.#references.resolve(reference, resource);
    const name = reference.split('#')[1] ?? '';
    if (name === '' || target.resource.dynamic.get(name) !== target.schema)
      return this.#apart((value, call) => this.#target(target)(value, this.#entered(target, call)));
    return this.#apart((value, call) => {
      let found = target;
      for (let one: Scope | undefined = call.scope; one !== undefined; one = one.outer) {
        if (one.resource.dynamic.has(name)) found = this.#references.resolve(`#${name}`, one.resource);
      }
      return this.#target(found)(value, this.#entered(found, call));
    });
  }

  #pattern(source: string): RegExp {
    let pattern = this.#patterns.get(source);
    if (pattern === undefined) {
      pattern = new RegExp(source, 'u');
      this.#patterns.set(source, pattern);
    }
    return pattern;
  }

  #dependent(rule: unknown, place: Place, keyword: string): Test {
    const tests = entries(rule).map(([name, needed]) => ({
      name,
      test: Array.isArray(needed)
        ? requires(needed, place.path, keyword, { property: name })
        : this.#part(needed, place, `${keyword}/${escaped(name)}`),
    }));
    return (value, call) =>
      !isMap(value) ||
      every(tests, call, ({ name, test }) => !Object.hasOwn(value, name) || test(value, call));
  }

  #choice(rule: unknown, place: Place, keyword: string): Test {
    const branches = entries(rule).map(([key, branch]) => this.#below(branch, place, `${keyword}/${key}`));
    const isOne = keyword === 'oneOf';
    return (value, call) => {
      let found = 0;
      for (const branch of branches) {
        const seen = this.#seen();
        if (!branch(value, quiet(call, seen))) continue;
        found++;
        if (isOne ? found > 1 : seen === undefined) break;
        for (const one of seen ?? []) call.seen?.add(one);
      }
      return (isOne ? found === 1 : found > 0) || fail(call, place.path, keyword);
    };
  }

  #conditional(rule: unknown, place: Place): Test {
    const { schema } = place;
    const condition = this.#below(rule, place, 'if');
    const branch = (name: string): Test =>
      Object.hasOwn(schema, name) ? this.#part(schema[name], place, name) : () => true;
    const [met, unmet] = [branch('then'), branch('else')];
    return (value, call) => {
      const seen = this.#seen();
      if (!condition(value, quiet(call, seen))) return unmet(value, call);
      for (const one of seen ?? []) call.seen?.add(one);
      return met(value, call);
    };
  }

  /** Judges what a value holds under a key. */
  #member(test: Test, value: DocumentMap, key: string | number, call: Call): boolean {
    const { at, scope, broken } = call;
    call.seen?.add(key);
    const inner = value[key];
    if (broken === undefined && !this.#tracks) return test(inner, call);
    const own = broken === undefined ? '' : `${at}/${escaped(String(key))}`;
    return test(inner, { at: own, scope, seen: this.#seen(), broken });
  }

  #properties(rule: unknown, place: Place): Test {
    const tests = entries(rule).map(([name, schema]) => ({
      name,
      test: this.#below(schema, place, `properties/${escaped(name)}`),
    }));
    return (value, call) =>
      !isMap(value) ||
      every(
        tests,
        call,
        ({ name, test }) => !Object.hasOwn(value, name) || this.#member(test, value, name, call),
      );
  }

  #patternProperties(rule: unknown, place: Place): Test {
    const tests = entries(rule).map(([source, schema]) => ({
      pattern: this.#pattern(source),
      test: this.#below(schema, place, `patternProperties/${escaped(source)}`),
    }));
    return (value, call) =>
      !isMap(value) ||
      every(tests, call, ({ pattern, test }) =>
        every(
          Object.keys(value).filter((name) => pattern.test(name)),
          call,
          (name) => this.#member(test, value, name, call),
        ),
      );
  }

  #additional(rule: unknown, place: Place): Test {
    const { schema, path } = place;
    const keyword = 'additionalProperties';
    const known = new Set(entries(schema.properties).map(([name]) => name));
    const patterns = entries(schema.patternProperties).map(([source]) => this.#pattern(source));
    const isKnown = (name: string) => known.has(name) || patterns.some((pattern) => pattern.test(name));
    const test = this.#below(rule, place, keyword);
    return (value, call) =>
      !isMap(value) ||
      every(Object.keys(value), call, (name) => {
        if (isKnown(name)) return true;
        if (rule !== false) return this.#member(test, value, name, call);
        return fail(call, path, keyword, { additionalProperty: name });
      });
  }

  #prefix(rule: unknown, place: Place, keyword: string): Test {
    const tests = entries(rule).map(([i, schema]) => this.#below(schema, place, `${keyword}/${i}`));
    return (value, call) =>
      !Array.isArray(value) ||
      every(
        [...tests.entries()],
        call,
        ([i, test]) => i >= value.length || this.#member(test, value as never, i, call),
      );
  }

  #items(rule: unknown, place: Place): Test {
    if (this.#draft === 'draft-07' && Array.isArray(rule)) return this.#prefix(rule, place, 'items');
    const { prefixItems } = place.schema;
    const from = this.#draft === '2020-12' && Array.isArray(prefixItems) ? prefixItems.length : 0;
    return this.#rest(rule, place, from, 'items');
  }

  #rest(rule: unknown, place: Place, from: number, keyword: string): Test {
    const test = this.#below(rule, place, keyword);
    return (value, call) => {
      if (!Array.isArray(value)) return true;
      let holds = true;
      for (let i = from; i < value.length && (holds || call.broken !== undefined); i++)
        if (!this.#member(test, value as never, i, call)) holds = false;
      return holds;
    };
  }

  #contains(rule: unknown, place: Place): Test {
    const { schema, path } = place;
    const test = this.#below(rule, place, 'contains');
    const counts = this.#draft === '2020-12';
    const least = counts && typeof schema.minContains === 'number' ? schema.minContains : 1;
    const most = counts && typeof schema.maxContains === 'number' ? schema.maxContains : Infinity;
    return (value, call) => {
      if (!Array.isArray(value)) return true;
      let found = 0;
      for (const [i, item] of value.entries()) {
        if (!test(item, quiet(call, this.#seen()))) continue;
        found++;
        call.seen?.add(i);
      }
      return (found >= least && found <= most) || fail(call, path, 'contains');
    };
  }

  #unevaluatedItems(rule: unknown, place: Place): Test {
    const test = this.#below(rule, place, 'unevaluatedItems');
    return (value, call) =>
      !Array.isArray(value) ||
      every(
        [...value.keys()],
        call,
        (i) => call.seen?.has(i) === true || this.#member(test, value as never, i, call),
      );
  }

  #unevaluatedProperties(rule: unknown, place: Place): Test {
    const keyword = 'unevaluatedProperties';
    const test = this.#below(rule, place, keyword);
    return (value, call) =>
      !isMap(value) ||
      every(Object.keys(value), call, (name) => {
        if (call.seen?.has(name) === true) return true;
        if (rule !== false) return this.#member(test, value, name, call);
        return fail(call, place.path, keyword, { unevaluatedProperty: name });
      });
  }
}

/** These look at what all others have seen. */
const LATE: readonly string[] = ['unevaluatedItems', 'unevaluatedProperties'];

/** The test that all tests hold; if errors are told, each of them may. */
function all(tests: readonly Test[]): Test {
  const [only] = tests;
  if (only !== undefined && tests.length === 1) return only;
  return (value, call) => {
    let holds = true;
    for (let i = 0; i < tests.length; i++) {
      if (tests[i]!(value, call)) continue;
      if (call.broken === undefined) return false;
      holds = false;
    }
    return holds;
  };
}

/** Of all, for each may tell errors; without these the first that does not hold is enough. */
function every<T>(items: readonly T[], call: Call, test: (item: T) => boolean): boolean {
  let holds = true;
  for (const item of items) {
    if (test(item)) continue;
    if (call.broken === undefined) return false;
    holds = false;
  }
  return holds;
}

function quiet(call: Call, seen: Seen | undefined): Call {
  if (call.broken === undefined && seen === undefined) return call;
  return { at: '', scope: call.scope, seen, broken: undefined };
}

function requires(rule: unknown, path: string, keyword: string, params = {}): Test {
  const names = Array.isArray(rule) ? rule.map(String) : [];
  return (value, call) =>
    !isMap(value) ||
    every(
      names,
      call,
      (name) => Object.hasOwn(value, name) || fail(call, path, keyword, { ...params, missingProperty: name }),
    );
}

function fail(
  { broken, at }: Call,
  path: string,
  keyword: string,
  params: BrokenKeywords['params'] = {},
): false {
  broken?.push({ keyword, instancePath: at, schemaPath: `${path}/${keyword}`, params });
  return false;
}

function entries(rule: unknown): [string, unknown][] {
  return typeof rule === 'object' && rule !== null ? Object.entries(rule) : [];
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
