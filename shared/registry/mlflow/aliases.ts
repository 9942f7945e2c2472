/** Aliases: MLflow's own say where they point; a tag of the registered model, `ml-loop.alias.NAME`, keeps their moves. */
import { UserError } from '../../problem/problem.ts';
import { validate as isAlias } from '../../schema/generated/alias.js';
import { registeredModel as isModel } from '../../schema/generated/mlflow.js';
import { shapeReader } from '../../schema/shape.ts';
import { byAlias, movesOf, refuseElsewhere, type StoredAlias } from '../moves.ts';
import { versionProblem } from '../names.ts';
import { type AliasMove, KEPT_MOVES, noVersion } from '../registry.ts';
import type { MlflowCall, MlflowServer } from './server.ts';
import { heldVersions, type ListedVersion } from './versions.ts';
import { post, write } from './write.ts';

const MOVES = 'ml-loop.alias.';
/** Databases keep so many characters of a tag of a registered model. */
const LONGEST_TAG = 5000;

const readRecord = shapeReader<StoredAlias>(isAlias);

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
  server: MlflowServer,
  name: string,
): Promise<Readonly<Record<string, readonly AliasMove[]>>> {
  const aliases = await read(server, name, await heldVersions(server, name));
  const known = new Set([...aliases.targets.keys(), ...aliases.recorded.keys()]);
  return byAlias(
    [...known].map((alias) => {
      const recorded = aliases.recorded.get(alias) ?? [];
      const moves = withMove(recorded, aliases.targets.get(alias) ?? null, server.clock.now());
      return [alias, moves.slice(-KEPT_MOVES)] as const;
    }),
  );
}

/** The moves, and one more if the last of them did not lead there. */
function withMove(moves: readonly AliasMove[], version: string | null, now: Date): readonly AliasMove[] {
  if ((moves.at(-1)?.version ?? null) === version) return moves;
  return [...moves, { version, at: now.toISOString() }];
}

/** An alias of a version that is not ours points to a name that no version of ours has, so that it is not taken for none. */
async function read(server: MlflowServer, name: string, held: readonly ListedVersion[]): Promise<Aliases> {
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
  return movesOf(shaped.value).map((move) => ({ ...move, at: new Date(move.at).toISOString() }));
}

export interface MlflowMove {
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
  server: MlflowServer,
  name: string,
  { alias, version, expected }: MlflowMove,
): Promise<void> {
  const held = await heldVersions(server, name);
  const target = held.find((each) => each.version === version);
  if (version !== null && target === undefined) throw noVersion({ name, version }, server.address.base);
  const look = () => read(server, name, held);
  const current = ({ targets }: Aliases) => targets.get(alias) ?? null;
  const shown = `${alias} of ${name}`;
  const before = await look();
  refuseElsewhere(shown, current(before), expected);
  if (current(before) !== version) {
    await write(server, moveTo(name, alias, target), async () => {
      const now = current(await look());
      if (now !== version) refuseElsewhere(shown, now, expected);
      return now === version;
    });
    if (expected !== undefined) refuseElsewhere(shown, current(await look()), version);
  }
  await record(server, { name, alias, look }, before, version);
}

function moveTo(name: string, alias: string, target: ListedVersion | undefined): MlflowCall {
  const route = 'mlflow/registered-models/alias';
  const doing = `move the alias ${alias} of ${name}`;
  return target === undefined
    ? { method: 'DELETE', route, body: { name, alias }, doing }
    : post(route, doing, { name, alias, version: String(target.number) });
}

interface Recorded {
  readonly name: string;
  readonly alias: string;
  look(): Promise<Aliases>;
}

/**
 * Writes down where the alias pointed, if someone moved it in MLflow itself, and where it points now. What another run has
 * written meanwhile stays before it.
 */
async function record(
  server: MlflowServer,
  { name, alias, look }: Recorded,
  { recorded, targets }: Aliases,
  version: string | null,
): Promise<void> {
  const moves = recorded.get(alias) ?? [];
  const now = server.clock.now();
  const value = storedAs(withMove(withMove(moves, targets.get(alias) ?? null, now), version, now));
  if (value === undefined || value === storedAs(moves)) return;
  const body = { name, key: `${MOVES}${alias}`, value };
  const call = post('mlflow/registered-models/set-tag', `write down the move of ${alias}`, body);
  await write(server, call, async () => {
    const after = await look();
    if (storedAs(after.recorded.get(alias) ?? []) === storedAs(moves)) return false;
    await record(server, { name, alias, look }, after, after.targets.get(alias) ?? null);
    return true;
  });
}

/** The value of the tag: the last moves, as many as it has room for. Undefined if there are none. */
function storedAs(moves: readonly AliasMove[]): string | undefined {
  const kept = moves
    .filter(({ version }) => version === null || versionProblem(version) === undefined)
    .slice(-KEPT_MOVES)
    // Seconds are enough to tell moves apart, which are in order.
    .map(({ version, at }) => ({ version, at: at.replace(/\.\d+Z$/, 'Z') }));
  for (let from = 0; ; from++) {
    const [last, ...earlier] = kept.slice(from).reverse();
    if (last === undefined) return undefined;
    const value = JSON.stringify({ ...last, earlier: earlier.reverse() });
    if (value.length <= LONGEST_TAG) return value;
  }
}
