/** Which models a change concerns: by the paths that their sections name. */
import { textList } from '../inputs/kinds.ts';
import { type InputLayer, isGiven } from '../inputs/parse.ts';
import type { Config } from './config.ts';

/** One model of the matrix of a workflow's jobs. */
export interface MatrixModel {
  readonly name: string;
  /** The actions that have a section for it. */
  readonly sections: readonly string[];
  /** The paths of its files, one a line; empty if it stays in a store of its own, or if no section says. */
  readonly model: string;
  /** The files of the change that concern it; left out if the change is not known. */
  readonly changed?: readonly string[];
}

/** `*` matches within a folder's name, `**` anything. */
const GLOB = /\*\*\/?|\*|\?|[^*?]+/g;

/**
 * The models that a change concerns. A file that the sections of some models name concerns those alone. Any other file,
 * such as code, concerns all of them, and so does the configuration file.
 *
 * @param models keys of the configuration.
 * @param changed the files, from the folder that paths of the configuration start from; null if they are not known.
 */
export function concerned(
  config: Config,
  models: readonly string[],
  changed: readonly string[] | null,
): Map<string, readonly string[] | null> {
  if (changed === null) return new Map(models.map((model) => [model, null]));
  const claims = new Map(config.models.map((model) => [model, claimsOf(config, model)]));
  const promotions = config.models.flatMap((model) => textsOf(config, model, 'promotion'));
  const told = changed.filter((file) => !promotions.some((path) => clean(path) === file));
  const found = new Map<string, string[]>();
  for (const file of told) {
    const owners =
      file === clean(config.file) ? [] : config.models.filter((model) => claims.get(model)?.(file));
    for (const model of owners.length > 0 ? owners : config.models)
      found.set(model, [...(found.get(model) ?? []), file]);
  }
  return new Map([...found].filter(([model]) => models.includes(model)));
}

/** The paths of a model's files, one a line. */
export function modelPaths(config: Config, model: string): string {
  const value = ['validate-model', 'register-model']
    .flatMap((action) => (config.stages(model).includes(action) ? config.layers(model, action) : []))
    .map(({ values }) => values.model)
    .find(isGiven);
  const paths = value === undefined ? [] : textList('paths').parse(value);
  return paths.some((path) => /^[a-z][a-z0-9+.-]*:/.test(path)) ? '' : paths.join('\n');
}

/** Do the sections of the model name the file, a folder that it is in, or a pattern that it matches? */
function claimsOf(config: Config, model: string): (file: string) => boolean {
  const patterns = [...new Set(textsOf(config, model).map(clean))].filter((text) => text !== '');
  return (file) => patterns.some((pattern) => covers(pattern, file));
}

function covers(pattern: string, file: string): boolean {
  if (file === pattern || file.startsWith(`${pattern}/`)) return true;
  return /[*?]/.test(pattern) && expressionOf(pattern).test(file);
}

function expressionOf(pattern: string): RegExp {
  const parts = (pattern.match(GLOB) ?? []).map((part) => {
    if (part === '**/') return '(?:.*/)?';
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    return part === '?' ? '[^/]' : part.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`, 's');
}

/** All texts of a model's sections, or those of one input. */
function textsOf(config: Config, model: string, input?: string): string[] {
  const layers: InputLayer[] = config.stages(model).flatMap((action) => [...config.layers(model, action)]);
  return layers.flatMap(({ values }) =>
    Object.entries(values).flatMap(([name, value]) =>
      input === undefined || name === input ? texts(value) : [],
    ),
  );
}

function texts(value: unknown): string[] {
  if (typeof value === 'string') return value.split('\n');
  if (Array.isArray(value)) return value.flatMap(texts);
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
}

function clean(path: string): string {
  return path
    .trim()
    .replace(/^(?:\.\/)+/, '')
    .replace(/\/+$/, '');
}
