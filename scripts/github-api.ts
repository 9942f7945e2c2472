/**
 * `npm run github-api`: the part of GitHub's own OpenAPI description that ml-loop uses, into `test/support/github-api.json`,
 * against which the tests' GitHub checks every request. The description comes from the npm package `@octokit/openapi`,
 * which is too large to be a dependency; it is fetched by npm, at the version and with the integrity below.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PACKAGE = '@octokit/openapi@23.0.2';
const INTEGRITY =
  'sha512-pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg==';
export const SLICE = 'test/support/github-api.json';

/** Folders whose code asks GitHub. */
const CODE = ['shared', 'actions', 'cli'];
/** A route as `@octokit/endpoint` takes it: `GET /repos/{owner}/{repo}/git/ref/{ref}`. */
const ROUTE = /\b(GET|POST|PUT|PATCH|DELETE) (\/(?:user\b(?!\/)|(?:repos|orgs|user|users)\/[^\s'"`)]+))/g;

/** What of an operation matters for requests. */
export interface Operation {
  /** As GitHub writes it: `GET /repos/{owner}/{repo}/git/ref/{ref}`. */
  readonly route: string;
  readonly parameters: readonly { name: string; in: string; required?: boolean; schema: object }[];
  /** By content type. */
  readonly body?: { readonly required: boolean; readonly content: Readonly<Record<string, object>> };
}

export interface Slice {
  /** Where it comes from: package and version. */
  readonly from: string;
  readonly operations: readonly Operation[];
}

/** The routes that the code asks for, each once, with the variables' names left out: they are the code's own. */
export function routesInUse(folders: readonly string[] = CODE): string[] {
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(folder, file)),
  );
  const routes = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(ROUTE)].map(
      ([, method, path = '']) => `${method} ${shapeOf(path)}`,
    ),
  );
  return [...new Set(routes)].sort();
}

/** A path with `{}` for each variable, without a query. */
export function shapeOf(path: string): string {
  return path.replace(/\{?\?.*$/, '').replace(/\$?\{[^}]*\}/g, '{}');
}

type Json = { readonly [key: string]: unknown };

/** The operations of these routes. @throws Error with the routes that GitHub does not have. */
export function sliceOf(description: Json, routes: readonly string[]): Slice {
  const paths = Object.entries(description.paths as Record<string, Json>);
  const unknown: string[] = [];
  const operations = routes.flatMap((route) => {
    const [method = '', shape] = route.split(' ');
    const [path, item] = paths.find(([candidate]) => shapeOf(candidate) === shape) ?? [];
    const operation = item?.[method.toLowerCase()] as Json | undefined;
    if (path === undefined || operation === undefined) {
      unknown.push(route);
      return [];
    }
    return [operationOf(`${method} ${path}`, operation, description)];
  });
  if (unknown.length > 0) throw new Error(`GitHub's description does not have ${unknown.join(', ')}`);
  return { from: PACKAGE, operations };
}

function operationOf(route: string, operation: Json, description: Json): Operation {
  const { parameters = [], requestBody } = plain(operation, description) as {
    parameters?: Operation['parameters'];
    requestBody?: { required?: boolean; content: Record<string, { schema: object }> };
  };
  const body =
    requestBody === undefined
      ? {}
      : {
          body: {
            required: requestBody.required === true,
            content: Object.fromEntries(
              Object.entries(requestBody.content).map(([type, { schema }]) => [type, schema]),
            ),
          },
        };
  return {
    route,
    parameters: parameters.map(({ name, in: place, required, schema }) => ({
      name,
      in: place,
      ...(required === true ? { required } : {}),
      schema,
    })),
    ...body,
  };
}

/** What people read in a description, and what is not about requests. */
const LEFT_OUT = new Set(['description', 'example', 'examples', 'responses', 'x-github', 'externalDocs']);

/** A value with references filled in, as JSON Schema: OpenAPI's `nullable` is a type there. */
function plain(value: unknown, description: Json, isNames = false): unknown {
  if (Array.isArray(value)) return value.map((item) => plain(item, description));
  if (value === null || typeof value !== 'object') return value;
  const { $ref, ...rest } = value as { $ref?: string } & Json;
  if (typeof $ref === 'string') return plain(referred($ref, description), description);
  const kept = Object.entries(rest)
    // A property may be called `description`.
    .filter(([key]) => isNames || (!LEFT_OUT.has(key) && key !== 'nullable'))
    .map(([key, inner]) => [key, plain(inner, description, !isNames && key === 'properties')]);
  const made = Object.fromEntries(kept) as Json;
  return !isNames && rest.nullable === true && typeof made.type === 'string'
    ? { ...made, type: [made.type, 'null'] }
    : made;
}

function referred($ref: string, description: Json): unknown {
  const found = $ref
    .slice('#/'.length)
    .split('/')
    .reduce<unknown>((value, key) => (value as Json | undefined)?.[key], description);
  if (found === undefined) throw new Error(`${$ref} is not in GitHub's description`);
  return found;
}

/** GitHub's description, from the package. @throws Error if npm cannot fetch it, or it is another one. */
function fetchDescription(): Json {
  const folder = mkdtempSync(join(tmpdir(), 'github-api-'));
  try {
    run('npm', ['pack', PACKAGE, '--pack-destination', folder, '--silent']);
    const [archive = ''] = readdirSync(folder);
    const file = join(folder, archive);
    const integrity = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;
    if (integrity !== INTEGRITY)
      throw new Error(`${PACKAGE} has the integrity ${integrity}, not ${INTEGRITY}`);
    const member = 'package/generated/api.github.com.json';
    run('tar', ['-xzf', file, '-C', folder, member]);
    return JSON.parse(readFileSync(join(folder, member), 'utf8')) as Json;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(program: string, args: readonly string[]): void {
  const { status } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}`);
}

if (import.meta.main) {
  const slice = sliceOf(fetchDescription(), routesInUse());
  writeFileSync(SLICE, `${JSON.stringify(slice, null, 2)}\n`);
  console.log(`${SLICE}: ${slice.operations.length} operations`);
}
