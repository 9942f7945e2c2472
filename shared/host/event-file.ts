import { readFileSync } from 'node:fs';
import { messageOf } from '../problem/problem.ts';

/** What ml-loop reads of an event's payload, as the runner wrote it: nothing of it is checked yet. */
export interface EventPayload {
  readonly pull_request?: {
    readonly number?: unknown;
    readonly head?: {
      readonly sha?: unknown;
      readonly repo?: { readonly full_name?: unknown } | null;
    } | null;
    readonly base?: { readonly sha?: unknown } | null;
  } | null;
  readonly merge_group?: { readonly base_sha?: unknown } | null;
  readonly repository?: { readonly default_branch?: unknown } | null;
  /** The commit before a push. */
  readonly before?: unknown;
  readonly client_payload?: unknown;
}

export interface EventFile {
  /** Empty if the file cannot be read. */
  readonly payload: EventPayload;
  /** Why it cannot be read. */
  readonly fault?: string;
}

/** Reads the file of the event that started the run, as the runner names it. */
export function eventFile({ GITHUB_EVENT_PATH: path = '' }: NodeJS.ProcessEnv): EventFile {
  try {
    const payload: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return { payload: typeof payload === 'object' && payload !== null ? payload : {} };
  } catch (error) {
    return { payload: {}, fault: `the event’s file cannot be read: ${messageOf(error)}` };
  }
}

/** A full commit, of either hash. */
export function commitOf(text: unknown): string | undefined {
  return typeof text === 'string' && /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(text) ? text : undefined;
}

/** The number of a pull request. */
export function pullNumberOf(number: unknown): number | undefined {
  return typeof number === 'number' && Number.isSafeInteger(number) && number > 0 ? number : undefined;
}
