import { suggestion } from '../problem/nearest.ts';
import { messageOf, type Problem, UserError } from '../problem/problem.ts';
import { Refusal } from './kinds.ts';
import type { InputTable, InputValues } from './table.ts';

/** Values of one origin: a step, the command line, or a section of the configuration file. */
export interface InputLayer {
  readonly values: Readonly<Record<string, unknown>>;
  /** Names an input of this layer in a message: `input margin`, `ml-loop.yml:12 margin`. */
  where(name: string): string;
  /** The file and the line of an input, if the layer is a section of a file. */
  place?(name: string): { readonly file: string; readonly line: number };
}

/**
 * Parses every input from the first layer that gives it, else from its default.
 * An empty text is an input not given, for that is what GitHub passes for one.
 *
 * @throws UserError with all problems: unknown names, values not allowed, required inputs missing.
 */
export function parseInputs<T extends InputTable>(table: T, layers: readonly InputLayer[]): InputValues<T> {
  const problems: Problem[] = layers.flatMap((layer) => unknownNames(table, layer));
  const values: Record<string, unknown> = {};
  for (const [name, input] of Object.entries(table)) {
    const layer = layers.find((candidate) => isGiven(candidate.values[name]));
    const raw = layer === undefined ? input.default : layer.values[name];
    const where = layer === undefined ? whereMissing(name, layers) : layer.where(name);
    if (raw === undefined) {
      if (input.required)
        problems.push({
          what: 'is required',
          where,
          fix: `${input.description} Allowed: ${input.kind.label}`,
        });
      continue;
    }
    try {
      values[name] = input.kind.parse(raw);
      if (holdsNul(values[name]))
        problems.push({ what: 'holds a NUL character, which no path or argument may', where, fix: NUL_FIX });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const shown = input.secret === true ? 'the value' : display(raw);
      problems.push({ what: `${shown} is not allowed: it ${messageOf(error)}`, where });
    }
  }
  if (problems.length > 0) throw new UserError(problems);
  return values as InputValues<T>;
}

/** If there is one origin only, it names what it lacks: a command line says `--data`. */
function whereMissing(name: string, layers: readonly InputLayer[]): string {
  const [only] = layers.length === 1 ? layers : [];
  return only?.where(name) ?? `input ${name}`;
}

/** An empty text is not given, for that is what GitHub passes for an input that a step leaves out. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && !(typeof value === 'string' && value.trim() === '');
}

function unknownNames(table: InputTable, layer: InputLayer): Problem[] {
  return Object.keys(layer.values)
    .filter((name) => !Object.hasOwn(table, name))
    .map((name) => ({
      what: 'there is no such input',
      where: layer.where(name),
      fix: suggestion(name, Object.keys(table)),
    }));
}

const NUL_FIX = 'remove `\\0` or `\\u0000` from it';

/** Is there a NUL in a text, or in one within a list or map? */
function holdsNul(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\0');
  if (value === null || typeof value !== 'object') return false;
  return Object.entries(value).some(([key, inner]) => key.includes('\0') || holdsNul(inner));
}

function display(raw: unknown): string {
  return JSON.stringify(shownValue(raw));
}

/** A value as a message shows it: short, and without a login. */
export function shownValue(raw: unknown): string {
  const discreet = withoutLogin(typeof raw === 'string' ? raw : JSON.stringify(raw));
  return discreet.length > 80 ? `${discreet.slice(0, 77)}…` : discreet;
}

/** URLs without the name and password in them. */
function withoutLogin(text: string): string {
  return text.replace(/:\/\/\S*@/g, '://…@');
}
