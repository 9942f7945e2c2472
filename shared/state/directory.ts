import { join } from 'node:path';
import { messageOf, type Problem, UserError } from '../problem/problem.ts';
import { canonicalJson, sha256Text } from '../verdict/digest.ts';
import type { Json } from '../verdict/verdict.ts';
import { appendLine, readIfThere, storageError, withLock, writeDurably } from './durable.ts';
import { checkKey } from './key.ts';
import { StateConflict, type StateStore, type Stored } from './state.ts';

const SCHEMA = 'ml-loop/state@1';

/** A state file (`schemas/state.schema.json`). */
interface StateFile {
  readonly schema: typeof SCHEMA;
  readonly key: string;
  /** Counts the writes and ends in the value's hash, so that a value that comes back is another revision. */
  readonly revision: string;
  /** Why it was written. */
  readonly message: string;
  readonly value: Json;
}

/**
 * State in a folder: one JSON file a key, `KEY.json`, and beside it the audit log `KEY.log.jsonl`.
 *
 * @param root absolute path; made when something is first written.
 */
export function directoryState(root: string): StateStore {
  return {
    async read(key) {
      const found = load(root, key);
      return found === undefined ? null : stored(found);
    },
    async write(key, value, expected, message) {
      const path = pathOf(root, key);
      try {
        return await withLock(`${path}.lock`, () => replace(root, key, value, expected, message));
      } catch (error) {
        throw storageError(error, path, 'write the state');
      }
    },
  };
}

function pathOf(root: string, key: string): string {
  checkKey(key);
  return join(root, `${key}.json`);
}

function stored({ value, revision }: StateFile): Stored {
  return { value, revision };
}

/** Compare and set; the lock is held. */
function replace(root: string, key: string, value: Json, expected: string | null, message: string): string {
  const path = pathOf(root, key);
  const current = load(root, key);
  if ((current?.revision ?? null) !== expected) throw new StateConflict(key);
  const next: StateFile = { schema: SCHEMA, key, revision: revisionAfter(current, value), message, value };
  const log = join(root, `${key}.log.jsonl`);
  // The log follows the state: a run killed between the two leaves an entry that is made up for here.
  if (current !== undefined && !(readIfThere(log) ?? '').includes(`"revision":"${current.revision}"`)) {
    appendLine(log, entryOf(current));
  }
  writeDurably(path, `${JSON.stringify(next, null, 2)}\n`);
  appendLine(log, entryOf(next));
  return next.revision;
}

function entryOf({ revision, message }: StateFile): string {
  return JSON.stringify({ revision, message });
}

function revisionAfter(current: StateFile | undefined, value: Json): string {
  const count = current === undefined ? 1 : Number.parseInt(current.revision, 10) + 1;
  return `${count}-${hashOf(value)}`;
}

function hashOf(value: Json): string {
  return sha256Text(canonicalJson(value)).slice('sha256:'.length, 'sha256:'.length + 16);
}

/** @throws UserError where the file cannot be read or is no state of this key. */
function load(root: string, key: string): StateFile | undefined {
  const path = pathOf(root, key);
  const text = readText(path);
  if (text === undefined) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new UserError(
      damaged(path, `is not JSON (${messageOf(error)}): half written, or not a state of ml-loop`),
    );
  }
  const fault = faultOf(parsed, key);
  if (fault !== undefined) throw new UserError(damaged(path, fault));
  return parsed as StateFile;
}

function readText(path: string): string | undefined {
  try {
    return readIfThere(path);
  } catch (error) {
    throw storageError(error, path, 'read the state');
  }
}

function faultOf(parsed: unknown, key: string): string | undefined {
  const file = (parsed ?? {}) as Partial<Record<keyof StateFile, unknown>>;
  if (file.schema !== SCHEMA) return `is not a state of ml-loop: its schema is not ${SCHEMA}`;
  if (file.key !== key) return `is the state of ${JSON.stringify(file.key)}, not of ${JSON.stringify(key)}`;
  const revision = typeof file.revision === 'string' ? /^[1-9]\d*-([0-9a-f]{16})$/.exec(file.revision) : null;
  if (file.value === undefined || typeof file.message !== 'string' || revision === null) {
    return 'lacks its value, its message or its revision';
  }
  if (revision[1] !== hashOf(file.value as Json))
    return 'has a value that is not the one its revision was written with';
  return undefined;
}

function damaged(path: string, what: string): Problem {
  return {
    what,
    where: path,
    fix: 'nothing was overwritten; put its last good copy back, or move it away to start without a past',
  };
}
