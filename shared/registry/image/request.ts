import { type InputKind, notAllowed, structure } from '../../inputs/kinds.ts';
import { pathProblem } from '../names.ts';
import type { ImageRequest } from './image.ts';
import { type ImageReference, namesHost, parseImage } from './reference.ts';

/** Where KServe looks for a model in an image that it serves (its "modelcar"). */
const MODELCAR = '/models';
const FIELDS = ['base', 'target', 'path'];

/** The input `image`. */
export function imageRequest(): InputKind<ImageRequest> {
  const text = { type: 'string', minLength: 1 };
  const schema = {
    type: ['object', 'string'],
    required: ['base', 'target'],
    additionalProperties: false,
    properties: { base: text, target: text, path: text },
  };
  return structure('a map in YAML: `base`, `target`, and `path` if you like', schema, (value) => {
    if (value === null || typeof value !== 'object' || Array.isArray(value))
      throw notAllowed(
        'must be a map with base and target, such as {base: scratch, target: ghcr.io/OWNER/NAME}',
      );
    const problems: string[] = [];
    const request = parsed(value as Readonly<Record<string, unknown>>, problems);
    if (problems.length > 0) throw notAllowed(problems.join('; '));
    return request;
  });
}

function parsed(given: Readonly<Record<string, unknown>>, problems: string[]): ImageRequest {
  const unknown = Object.keys(given).filter((key) => !FIELDS.includes(key));
  if (unknown.length > 0)
    problems.push(`must have no fields but ${FIELDS.join(', ')} (see ${unknown.join(', ')})`);
  const { base, target, path = MODELCAR } = given;
  const isScratch = base === 'scratch';
  const from = isScratch ? base : referenceOf('base', base, problems);
  const to = referenceOf('target', target, problems);
  if (to !== undefined && (typeof target !== 'string' || !namesHost(target)))
    problems.push('must have a target that begins with the registry’s host, such as ghcr.io/OWNER/NAME');
  if (to?.digest !== undefined)
    problems.push('must have a target without a digest, which what is pushed makes');
  const folder = typeof path === 'string' ? path.trim().replace(/(?<=.)\/$/, '') : '';
  const fault = folderProblem(folder);
  if (fault !== undefined) problems.push(`must have a path that ${fault}`);
  return { base: from ?? 'scratch', target: to ?? NONE, path: folder };
}

/** Stands for what is refused. */
const NONE: ImageReference = { host: '', repository: '', name: '' };

function referenceOf(field: string, value: unknown, problems: string[]): ImageReference | undefined {
  const found = typeof value === 'string' ? parseImage(value) : undefined;
  const example =
    field === 'base' ? 'busybox:1.37@sha256:…, or scratch' : 'ghcr.io/OWNER/NAME, with :TAG if you like';
  if (found === undefined)
    problems.push(`must have as ${field} the name of a container image, such as ${example}`);
  return found;
}

function folderProblem(path: string): string | undefined {
  if (!path.startsWith('/') || path === '/')
    return 'is a folder of the image from its root on, such as /models';
  if (path.split('/').some((part) => part.startsWith('.wh.')))
    return 'has no part that begins with .wh., which takes files away in a container image';
  return pathProblem(path.slice(1)) === undefined
    ? undefined
    : 'has no empty part, no `.` or `..`, no backslash and no control character';
}
