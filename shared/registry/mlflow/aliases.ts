/** Aliases: MLflow's own say where they point; a tag of the registered model, `ml-loop.alias.NAME`, keeps their moves. */
import { UserError } from '../../problem/problem.ts';
import { validate as isAlias } from '../../schema/generated/alias.js';
import { registeredModel as isModel, validate as isObject } from '../../schema/generated/mlflow.js';
import { shapeReader } from '../../schema/shape.ts';
import { byAlias } from '../moves.ts';
import { versionProblem } from '../names.ts';
import { AliasConflict, type AliasMove, KEPT_MOVES } from '../registry.ts';
import { post } from './places.ts';
import type { Server } from './server.ts';
import { heldVersions, type Listed } from './versions.ts';

const MOVES = 'ml-loop.alias.';
/** Databases keep so many characters of a tag of a registered model. */
const LONGEST_TAG = 5000;

interface AliasRecord extends AliasMove {
  readonly earlier?: readonly AliasMove[];
}

const readRecord = shapeReader<AliasRecord>(isAlias);

interface RegisteredModel {
  readonly tags?: readonly { readonly key: string; readonly value?: string }[];
  readonly aliases?: readonly { readonly alias: string; readonly version: string }[];
}

interface Aliases {
  /** What MLflow's aliases point to, by alias. */
  readonly targets: ReadonlyMap<string, string>;
  /** The moves that were written down, by alias, oldest first. */
  readonly recorded: ReadonlyMap<string, readonly AliasMove[]>;
}

/**
 * All moves by alias, oldest first. A move that someone made in MLflow itself comes last, with the time of this reading: it
 * was then at the latest.
 *
 * @throws UserError for a tag that is damaged.
 */
export async function readHistory(
  server: Server,
  name: string,
): Promise<Readonly<Record<string, readonly AliasMove[]>>> {
  const aliases = await read(server, name, await heldVersions(server, name));
  const known = new Set([...aliases.targets.keys(), ...aliases.recorded.keys()]);
  return byAlias([...known].map((alias) => [alias, movesOf(aliases, alias, server.clock.now())] as const));
}

function movesOf({ targets, recorded }: Aliases, alias: string, now: Date): AliasMove[] {
  const moves = recorded.get(alias) ?? [];
  const target = targets.get(alias) ?? null;
  if ((moves.at(-1)?.version ?? null) === target) return [...moves];
  return [...moves, { version: target, at: now.toISOString() }].slice(-KEPT_MOVES);
}

/** An alias of a version that is not ours points to a name that no version of ours has, so that it is not taken for none. */
async function read(server: Server, name: string, held: readonly Listed[]): Promise<Aliases> {
  const call = { method: 'GET', route: 'mlflow/registered-models/get', query: { name } } as const;
  const found = await server.find<{ readonly registered_model: RegisteredModel & { readonly name: string } }>(
    { ...call, doing: `read the aliases of ${name}` },
    isModel,
  );
  if (found === null || found.registered_model.name !== name)
    return { targets: new Map(), recorded: new Map() };
  const { aliases = [], tags = [] } = found.registered_model;
  const versionOf = (number: string) =>
    held.find((each) => each.number === Number(number))?.version ?? `MLflow’s version ${number}`;
  const where = `${server.address.base}, model ${name}`;
  const moves = tags
    .filter(({ key }) => key.startsWith(MOVES))
    .map(
      ({ key, value = '' }) => [key.slice(MOVES.length), recordedIn(value, `${where}, tag ${key}`)] as const,
    );
  return {
    targets: new Map(aliases.map(({ alias, version }) => [alias, versionOf(version)])),
    recorded: new Map(moves),
  };
}

function recordedIn(value: string, where: string): AliasMove[] {
  const shaped = readRecord(value, where);
  if ('problems' in shaped) {
    const fix = 'put its last good value back; or remove this tag, and the alias has no history';
    throw new UserError(shaped.problems.map((problem) => ({ ...problem, fix })));
  }
  const { version, at, earlier = [] } = shaped.value;
  return [...earlier, { version, at }].map((move) => ({ ...move, at: new Date(move.at).toISOString() }));
}

export interface Move {
  readonly alias: string;
  readonly version: string | null;
  readonly expected?: string | null | undefined;
}

/**
 * Moves MLflow's alias, then writes the move down. Of two runs at once the last writer wins; a run that said what it
 * expected is told.
 *
 * @throws AliasConflict; UserError if there is no such version.
 */
export async function moveAlias(
  server: Server,
  name: string,
  { alias, version, expected }: Move,
): Promise<void> {
  const held = await heldVersions(server, name);
  const target = held.find((each) => each.version === version);
  if (version !== null && target === undefined) {
    throw new UserError({
      what: `${name} has no version ${version}`,
      where: server.address.base,
      fix: 'name a version that is registered',
    });
  }
  const before = await read(server, name, held);
  const current = before.targets.get(alias) ?? null;
  if (expected !== undefined) refuseElse(name, alias, current, expected);
  if (current !== version) {
    await point(server, name, alias, target);
    if (expected !== undefined) {
      const after = (await read(server, name, held)).targets.get(alias) ?? null;
      refuseElse(name, alias, after, version);
    }
  }
  const moves = before.recorded.get(alias) ?? [];
  if ((moves.at(-1)?.version ?? null) === version) return;
  await record(server, name, alias, [...moves, { version, at: server.clock.now().toISOString() }]);
}

/** @throws AliasConflict if the alias points elsewhere. */
function refuseElse(name: string, alias: string, current: string | null, expected: string | null): void {
  if (current === expected) return;
  throw new AliasConflict(
    `${alias} of ${name} points to ${current ?? 'nothing'}, not to ${expected ?? 'nothing'}`,
  );
}

async function point(server: Server, name: string, alias: string, target: Listed | undefined): Promise<void> {
  const route = 'mlflow/registered-models/alias';
  const doing = `move the alias ${alias} of ${name}`;
  if (target === undefined)
    await server.find({ method: 'DELETE', route, body: { name, alias }, doing }, isObject);
  else await server.ask(post(route, doing, { name, alias, version: String(target.number) }), isObject);
}

/** Keeps the last moves, as many as the tag has room for. */
async function record(
  server: Server,
  name: string,
  alias: string,
  moves: readonly AliasMove[],
): Promise<void> {
  const kept = moves
    .filter(({ version }) => version === null || versionProblem(version) === undefined)
    .slice(-KEPT_MOVES)
    // Seconds are enough to tell moves apart, which are in order.
    .map(({ version, at }) => ({ version, at: at.replace(/\.\d+Z$/, 'Z') }));
  for (let from = 0; ; from++) {
    const [last, ...earlier] = kept.slice(from).reverse();
    if (last === undefined) return;
    const value = JSON.stringify({ ...last, earlier: earlier.reverse() });
    if (value.length > LONGEST_TAG) continue;
    const body = { name, key: `${MOVES}${alias}`, value };
    await server.ask(
      post('mlflow/registered-models/set-tag', `write down the move of ${alias}`, body),
      isObject,
    );
    return;
  }
}
