import { join } from 'node:path';
import { type Problem, UserError } from '../problem/problem.ts';
import { validate } from '../schema/generated/state.js';
import { shapeReader } from '../schema/shape.ts';
import { canonicalJson, sha256Text } from '../verdict/digest.ts';
import type { Json } from '../verdict/verdict.ts';
import { appendLine, readIfThere, storageError, writeDurably } from './durable.ts';
import { checkKey } from './key.ts';
import { type HeldLock, withLock } from './lock.ts';
import { StateConflict, type StateEntry, type StateStore } from './state.ts';
import { refuseTrackedLinks } from './tracked.ts';

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

const readFile = shapeReader<StateFile>(validate);

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
        return await withLock(`${path}.lock`, (held) =>
          replace(root, held, { key, value, expected, message }),
        );
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

function stored({ value, revision }: StateFile): StateEntry {
  return { value, revision };
}

interface Write {
  readonly key: string;
  readonly value: Json;
  readonly expected: string | null;
  readonly message: string;
}

/** Compare and set; the lock is held. */
function replace(root: string, held: HeldLock, { key, value, expected, message }: Write): string {
  const path = pathOf(root, key);
  const current = load(root, key);
  if ((current?.revision ?? null) !== expected) throw new StateConflict(key);
  const next: StateFile = { schema: SCHEMA, key, revision: revisionAfter(current, value), message, value };
  const log = join(root, `${key}.log.jsonl`);
  // The log follows the state: an entry that a run could not write any more is made up for here.
  if (current !== undefined && !(readIfThere(log) ?? '').includes(`"revision":"${current.revision}"`)) {
    appendLine(log, entryOf(current));
  }
  held.check();
  writeDurably(path, `${JSON.stringify(next, null, 2)}\n`);
  try {
    appendLine(log, entryOf(next));
  } catch (error) {
    // The state is written: to say that it is not would be wrong.
    if (storageError(error, log, '') === error) throw error;
  }
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

/** @throws UserError if the file cannot be read or is not a state of this key. */
function load(root: string, key: string): StateFile | undefined {
  const path = pathOf(root, key);
  const text = readText(path);
  if (text === undefined) return undefined;
  const shaped = readFile(text, path);
  if ('problems' in shaped) {
    throw new UserError(shaped.problems.map(({ what, where }) => damaged(where ?? path, what)));
  }
  const fault = faultOf(shaped.value, key);
  if (fault !== undefined) throw new UserError(damaged(path, fault));
  return shaped.value;
}

function readText(path: string): string | undefined {
  try {
    refuseTrackedLinks(path);
    return readIfThere(path);
  } catch (error) {
    throw storageError(error, path, 'read the state');
  }
}

function faultOf({ key, revision, value }: StateFile, expected: string): string | undefined {
  if (key !== expected) return `is the state of ${JSON.stringify(key)}, not of ${JSON.stringify(expected)}`;
  if (revision.endsWith(`-${hashOf(value)}`)) return undefined;
  return 'has a value that is not the one its revision was written with';
}

function damaged(path: string, what: string): Problem {
  return {
    what,
    where: path,
    fix: 'nothing was overwritten; restore its last good copy, or move it away to start without a past',
  };
}
