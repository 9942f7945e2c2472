/** Follows the links of a version through the registry and the states. */
import { storedDriftState } from '../drift/state.ts';
import { messageOf, UserError } from '../problem/problem.ts';
import { parseProfile } from '../profile/file.ts';
import { CHAMPION } from '../registry/champion.ts';
import { attachedProvenance, type Provenance } from '../registry/provenance.ts';
import { requireModel } from '../registry/reference.ts';
import type { ModelVersion, Registry } from '../registry/registry.ts';
import { attachedVerdicts } from '../registry/verdicts.ts';
import { rolloutKey } from '../rollout/lost.ts';
import { type PastRollout, parseState, rolloutsOf } from '../rollout/state.ts';
import type { StateStore } from '../state/state.ts';
import { sha256Text } from '../verdict/digest.ts';
import { gapsOf } from './gaps.ts';
import {
  type Ancestor,
  type JudgedBy,
  LINEAGE_SCHEMA,
  type Lineage,
  type LineageGap,
  type Link,
} from './lineage.ts';

const PROFILE = 'profile.json';
/** So many versions are followed back. */
const MOST_PARENTS = 50;

export interface Sources {
  readonly registry: Registry;
  /** That of deploy-canary. */
  readonly rollouts: StateStore;
  /** That of check-drift. */
  readonly drift: StateStore;
}

/**
 * Follows the links of a version.
 *
 * @param which a version, an alias or a digest.
 * @throws UserError if there is no such version, or a store cannot be read. Evidence that is damaged is a gap.
 */
export async function lineageOf(name: string, which: string, sources: Sources): Promise<Lineage> {
  const { registry } = sources;
  const aliases = await registry.aliases(name);
  const versions = await registry.versions(name);
  const version = await requireModel(
    registry,
    { name, which },
    {
      what: `there is no ${which} of ${name} in the registry`,
      where: '--which',
      fix:
        which === CHAMPION
          ? 'release a version with deploy-canary first, or name one that is registered: --which 1.0.0'
          : 'name a version, an alias or a digest that is registered',
    },
  );
  const damaged: LineageGap[] = [];
  const reading = async <T>(link: Link, read: () => Promise<T>): Promise<T | null> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      damaged.push({ link, kind: 'contradiction', what: messageOf(error) });
      return null;
    }
  };
  const provenance = await reading('provenance', () => attachedProvenance(version, registry));
  const moves = (await registry.history(name))[CHAMPION] ?? [];
  const state = await storedDriftState(sources.drift, `${name}/drift`);
  const { looks = [], earlierRetrains = [], retrain = null } = state.state ?? {};
  const retrains = [...earlierRetrains, ...(retrain === null ? [] : [retrain])];
  const lineage = {
    schema: LINEAGE_SCHEMA,
    name,
    version: factsOf(version),
    isChampion: aliases[CHAMPION] === version.version,
    championMoves: moves.filter((move) => move.version === version.version),
    provenance: provenance ?? null,
    profile: await reading('data', () => profileOf(version, registry)),
    verdicts: (await reading('verdicts', () => verdictsOf(version, registry))) ?? [],
    ancestors: await ancestorsOf(provenance ?? null, version, versions, registry),
    request: retrains.find(({ dedupeKey }) => dedupeKey === provenance?.retrain?.dedupeKey) ?? null,
    rollouts: (await rolloutsIn(sources.rollouts, name)).filter(
      ({ canary }) => canary.digest === version.digest,
    ),
    drift: {
      looks: looks.filter(({ champion }) => champion?.digest === version.digest),
      lastLook: looks.at(-1) ?? null,
      retrains: retrains.filter(({ champion }) => champion?.digest === version.digest),
    },
  } as const;
  return { ...lineage, gaps: [...damaged, ...gapsOf(lineage, damaged)] };
}

function factsOf({ version, digest, uri, createdAt }: ModelVersion): Lineage['version'] {
  return { version, digest, uri, createdAt };
}

async function profileOf(version: ModelVersion, registry: Registry): Promise<Lineage['profile']> {
  if (!version.evidence.includes(PROFILE)) return null;
  const text = await registry.readEvidence(version, PROFILE);
  const { digest, rows } = parseProfile(text, PROFILE);
  return { digest: digest ?? sha256Text(text), rows };
}

async function verdictsOf(version: ModelVersion, registry: Registry): Promise<JudgedBy[]> {
  const texts = new Map<string, string>();
  const remembering = async (of: ModelVersion, file: string) => {
    const text = await registry.readEvidence(of, file);
    texts.set(file, text);
    return text;
  };
  const { verdicts } = await attachedVerdicts(version, { readEvidence: remembering });
  return verdicts
    .map(({ file, verdict: { action, status, summary, createdAt, source, subjects, compared } }) => ({
      ...{ file, digest: sha256Text(texts.get(file) ?? ''), action, status, summary, createdAt, subjects },
      compared: compared ?? null,
      ...(source === undefined ? {} : { source }),
    }))
    .toSorted((a, b) => a.createdAt.localeCompare(b.createdAt));
}

/** Parents and their parents. What the registry does not have any more is named, and ends the chain. */
async function ancestorsOf(
  provenance: Provenance | null,
  version: ModelVersion,
  versions: readonly ModelVersion[],
  registry: Registry,
): Promise<Ancestor[]> {
  const found: Ancestor[] = [];
  const seen = new Set([version.digest]);
  for (let at = provenance; at?.parent != null && found.length < MOST_PARENTS; ) {
    const { parent } = at;
    if (seen.has(parent.digest)) break;
    seen.add(parent.digest);
    const known = versions.find(({ digest }) => digest === parent.digest);
    at = known === undefined ? null : await readable(known, registry);
    found.push({ ...parent, registeredAt: known?.createdAt ?? null, commit: at?.commit ?? null });
  }
  return found;
}

/** The damage of another version is not this one's. */
async function readable(version: ModelVersion, registry: Registry): Promise<Provenance | null> {
  try {
    return (await attachedProvenance(version, registry)) ?? null;
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

async function rolloutsIn(store: StateStore, name: string): Promise<readonly PastRollout[]> {
  const stored = await store.read(rolloutKey(name));
  return stored === null ? [] : rolloutsOf(parseState(stored.value, rolloutKey(name)));
}
