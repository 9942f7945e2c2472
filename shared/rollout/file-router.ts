import { readFile } from 'node:fs/promises';
import type { Clock } from '../ports/ports.ts';
import { messageOf, systemCode, UserError } from '../problem/problem.ts';
import { validate } from '../schema/generated/router.js';
import { shapeReader } from '../schema/shape.ts';
import { storageError, writeDurably } from '../state/durable.ts';
import { refuseTrackedLinks } from '../state/tracked.ts';
import type { Router, Weights } from './router.ts';

export const ROUTER_SCHEMA = 'ml-loop/router@1';
const readWeights = shapeReader<Weights>(validate);

/**
 * A file that any proxy can read and watch (`schemas/router.schema.json`). It is replaced whole, by a rename within its
 * folder, so a reader sees the old weights or the new ones and never a half of either.
 */
export function fileRouter(path: string, clock: Clock): Router {
  return {
    read: async () => {
      const text = await contentOf(path);
      return text === null ? null : parseWeights(text, path);
    },
    write: async (weights) => {
      const content = { schema: ROUTER_SCHEMA, ...weights, updatedAt: clock.now().toISOString() };
      replace(path, `${JSON.stringify(content, null, 2)}\n`);
    },
  };
}

async function contentOf(path: string): Promise<string | null> {
  try {
    refuseTrackedLinks(path);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    if (error instanceof UserError) throw error;
    throw new UserError({ what: `cannot be read (${systemCode(error) ?? messageOf(error)})`, where: path });
  }
}

function replace(path: string, content: string): void {
  try {
    writeDurably(path, content);
  } catch (error) {
    throw storageError(error, path, 'write the weights');
  }
}

/** @throws UserError if the text is not a router file: it may be somebody else's, so it is not written over. */
function parseWeights(text: string, path: string): Weights {
  const shaped = readWeights(text, path);
  if ('value' in shaped) return { stable: shaped.value.stable, canary: shaped.value.canary };
  throw new UserError(
    shaped.problems.map((problem) => ({
      ...problem,
      what: `is not a router file (${ROUTER_SCHEMA}): ${problem.what}`,
      fix: 'name the right file with the input router, or remove this one',
    })),
  );
}
