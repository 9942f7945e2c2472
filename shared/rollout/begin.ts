import { UserError } from '../problem/problem.ts';
import { CHAMPION, championOf } from '../registry/champion.ts';
import { requireModel } from '../registry/reference.ts';
import type { ModelVersion } from '../registry/registry.ts';
import { noAnalysis } from './analysis.ts';
import { Journal } from './journal.ts';
import { refuseLost } from './lost.ts';
import { NO_COUNTS, NOTHING_SEEN } from './metrics.ts';
import type { RolloutTerms } from './plan.ts';
import { NO_ROLLOUT, type Result, type RolloutRequest, type Surroundings } from './request.ts';
import { isOver, type Release, ROLLOUT_SCHEMA, type RolloutState, releaseOf } from './state.ts';
import type { Tools } from './tick.ts';

const REGISTER = 'register it with register-model';

/** The journal to tick, or the result if there is nothing to do. */
export async function begin(
  found: Journal | null,
  request: RolloutRequest,
  tools: Pick<Tools, 'evidence'>,
  around: Surroundings,
): Promise<Journal | Result> {
  const { registry, clock, store } = around;
  const { name, which } = request.model;
  const version = await requireModel(registry, request.model, {
    what: `there is no ${name}@${which} in the registry`,
    where: 'input model',
    fix: REGISTER,
  });
  if (found !== null && !isOver(found.state)) {
    if (isSame(found.state.canary, version)) return found;
    throw new UserError({
      what: `a rollout of ${found.state.canary.name} ${found.state.canary.version} is running (phase ${found.state.phase})`,
      where: 'input model',
      fix: `advance, promote or abort it before ${version.version} is started`,
    });
  }
  const champion = await championOf(registry, { name: version.name, given: true, ifNew: REGISTER });
  if (champion?.version === version.version) {
    if (found !== null && found.state.phase === 'promoted' && isSame(found.state.canary, version))
      return found;
    return { ...NO_ROLLOUT, version };
  }
  if (found?.state.refused.includes(version.digest) === true && !request.retry) {
    const why =
      isSame(found.state.canary, version) && found.state.reason !== null ? `: ${found.state.reason}` : '';
    throw new UserError({
      what: `${version.name} ${version.version} was taken back before${why}`,
      where: 'input model',
      fix: 'release another version; only if this one is to be tried again, set retry: true',
    });
  }
  if (champion === null && found !== null) refuseLost(found.state);
  const stable = champion === null ? null : releaseOf(champion);
  const returns = found !== null && goesBack(found.state, version, champion);
  const evidence = await tools.evidence(releaseOf(version), returns ? 'any' : 'production');
  if (evidence.status === 'fail') return { ...NO_ROLLOUT, version, evidence };
  if (stable === null && request.firstRelease === 'refuse') {
    throw new UserError({
      what: `${version.name} has no ${CHAMPION} to compare ${version.version} with`,
      where: 'input first-release',
      fix: 'register its champion first; or set first-release: allow, which gives this version all traffic after smoke test and replay',
    });
  }
  return Journal.begin(
    store,
    clock,
    request.key,
    {
      ...planned(version, stable, request.plan, clock.now(), found),
      ...(returns ? { returns } : {}),
      ...(request.order.by.length === 0 ? {} : { startedBy: request.order.by }),
    },
    found,
  );
}

/** Is the version the one that the last rollout replaced, by the champion that is still in production? */
function goesBack(
  { phase, stable, canary }: RolloutState,
  version: ModelVersion,
  champion: ModelVersion | null,
) {
  if (phase !== 'promoted' || stable === null || champion === null) return false;
  return isSame(stable, version) && isSame(canary, champion);
}

function isSame(a: Release, b: ModelVersion): boolean {
  return a.name === b.name && a.version === b.version && a.digest === b.digest;
}

function planned(
  version: ModelVersion,
  stable: Release | null,
  plan: RolloutTerms,
  now: Date,
  before: Journal | null,
): RolloutState {
  const at = now.toISOString();
  return {
    schema: ROLLOUT_SCHEMA,
    canary: releaseOf(version),
    stable,
    plan,
    phase: 'planned',
    step: -1,
    stepSince: null,
    stepStart: NO_COUNTS,
    approved: false,
    startedAt: at,
    updatedAt: at,
    trafficAt: null,
    reason: null,
    forcedAt: null,
    smoke: null,
    replay: null,
    seen: NOTHING_SEEN,
    totals: { canary: NO_COUNTS, stable: NO_COUNTS },
    reading: null,
    analysis: noAnalysis(plan),
    routed: before?.state.routed ?? null,
    history: [],
    refused: before?.state.refused ?? [],
  };
}
