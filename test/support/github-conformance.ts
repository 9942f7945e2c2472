/** Holds requests against GitHub's own OpenAPI description, of which `github-api.json` is the part in use. */
import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { Operation, Slice } from '../../scripts/github-api.ts';

export interface RequestSeen {
  readonly method: string;
  /** The address as it was sent: path and query, encoded. */
  readonly url: string;
  readonly contentType: string | undefined;
  readonly body: Buffer;
}

const slice = JSON.parse(readFileSync('test/support/github-api.json', 'utf8')) as Slice;
const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv);
// A format of GitHub's own.
ajv.addFormat('repo.nwo', /^[^/]+\/[^/]+$/);
/** What comes in an address is text. */
const coercing = new Ajv({ strict: false, allErrors: true, coerceTypes: true });
addFormats.default(coercing);

/** By the part of the description that they are made of: to make one takes longer than a request does. */
const validators = new WeakMap<object, ValidateFunction>();

function validatorOf(part: object, make: () => ValidateFunction): ValidateFunction {
  const known = validators.get(part) ?? make();
  validators.set(part, known);
  return known;
}

/** What is wrong with a request by GitHub's description; nothing if it conforms. */
export function faultsOf(request: RequestSeen): string[] {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  const found = slice.operations.flatMap((operation) => {
    const values = pathValues(operation, request.method, pathname);
    return values === undefined ? [] : [{ operation, values }];
  });
  // A variable may be a whole path (`contents/{path}`), so the route with the fewest characters in variables is meant.
  const [first] = found.sort((a, b) => size(a.values) - size(b.values));
  if (first === undefined)
    return ['GitHub has no such operation, or it is not in test/support/github-api.json'];
  const query = Object.fromEntries(searchParams);
  return [
    ...parameterFaults(first.operation, 'path', first.values),
    ...parameterFaults(first.operation, 'query', query),
    ...bodyFaults(first.operation, request),
  ].map((fault) => `${first.operation.route}: ${fault}`);
}

function size(values: Readonly<Record<string, string>>): number {
  return Object.values(values).join('').length;
}

interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  /** The variables, in the order of the pattern's groups. */
  readonly names: readonly string[];
}

const routes = new Map(slice.operations.map((operation) => [operation, routeOf(operation)]));

function routeOf({ route }: Operation): Route {
  const [method = '', path = ''] = route.split(' ');
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  // Paths and refs hold slashes, which GitHub takes as they are.
  const pattern = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    name === 'ref' || name === 'path' ? '(.+)' : '([^/]+)',
  );
  return { method, pattern: new RegExp(`^${pattern}$`), names };
}

/** The variables of the operation's path; undefined if the request is not for it. */
function pathValues(
  operation: Operation,
  method: string,
  pathname: string,
): Record<string, string> | undefined {
  const route = routes.get(operation);
  const match = route?.method === method ? route.pattern.exec(pathname) : null;
  if (route === undefined || match === null) return undefined;
  return Object.fromEntries(route.names.map((name, at) => [name, decodeURIComponent(match[at + 1] ?? '')]));
}

function parameterFaults(
  { parameters }: Operation,
  place: 'path' | 'query',
  given: Readonly<Record<string, string>>,
): string[] {
  const known = parameters.filter((parameter) => parameter.in === place);
  const strangers = Object.keys(given)
    .filter((name) => !known.some((parameter) => parameter.name === name))
    .map((name) => `there is no parameter ${name} in the ${place}`);
  const wrong = known.flatMap((parameter) => {
    const { name, required, schema } = parameter;
    const value = given[name];
    if (value === undefined) return required === true ? [`the ${place} lacks ${name}`] : [];
    const validate = validatorOf(parameter, () =>
      coercing.compile({ type: 'object', properties: { [name]: schema } }),
    );
    return validate({ [name]: value }) ? [] : wordsOf(validate.errors, place);
  });
  return [...strangers, ...wrong];
}

function bodyFaults({ body }: Operation, { contentType = '', body: sent }: RequestSeen): string[] {
  if (body === undefined) return sent.length === 0 ? [] : ['it has a body, and GitHub takes none'];
  if (sent.length === 0) return body.required ? ['it lacks a body'] : [];
  if ('application/octet-stream' in body.content)
    return contentType === '' ? ['it lacks a content type'] : [];
  const schema = body.content['application/json'];
  if (schema === undefined || !/^application\/json\b/.test(contentType))
    return [`its content type is ${contentType}, not application/json`];
  const validate = validatorOf(body, () => ajv.compile(closed(schema)));
  try {
    return validate(JSON.parse(sent.toString('utf8'))) ? [] : wordsOf(validate.errors, 'body');
  } catch {
    return ['its body is not JSON'];
  }
}

/** A field that GitHub does not know is a slip of ours, although GitHub passes over it. */
function closed(schema: unknown): object {
  if (Array.isArray(schema)) return schema.map(closed);
  if (schema === null || typeof schema !== 'object') return schema as never;
  const inner = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, typeof value === 'object' ? closed(value) : value]),
  );
  const isOpen = !('properties' in schema) || 'additionalProperties' in schema;
  return isOpen ? inner : { ...inner, additionalProperties: false };
}

function wordsOf(errors: readonly ErrorObject[] | null | undefined, place: string): string[] {
  return (errors ?? []).map(
    ({ instancePath, message = '', params }) =>
      `${place}${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}
