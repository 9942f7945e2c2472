/** What a lineage does not tell: it is said, and not made up. */
import { isPassing } from '../verdict/status.ts';
import type { Lineage, LineageGap, Link } from './lineage.ts';

type Known = Omit<Lineage, 'gaps'>;

/** @param damaged links that could not be read: they are not missing. */
export function gapsOf(lineage: Known, damaged: readonly LineageGap[]): LineageGap[] {
  const all = [
    ...dataGaps(lineage),
    ...verdictGaps(lineage),
    ...rolloutGaps(lineage),
    ...retrainGaps(lineage),
    ...monitoringGaps(lineage),
  ];
  return all.filter(({ link }) => !damaged.some((gap) => gap.link === link));
}

function missing(link: Link, what: string, fix?: string): LineageGap {
  return { link, kind: 'missing', what, ...(fix === undefined ? {} : { fix }) };
}

function dataGaps({ provenance }: Known): LineageGap[] {
  if (provenance === null) {
    const what = 'the version has no provenance.json: data, commit and parent are not recorded';
    return [missing('provenance', what, 'register the next version with register-model')];
  }
  const { trainingData, commit } = provenance;
  return [
    ...(trainingData.length > 0
      ? []
      : [
          missing(
            'data',
            'the training data are not recorded',
            'give register-model `training-data`, or the verdict and profile of validate-data',
          ),
        ]),
    ...(commit === undefined
      ? [missing('provenance', 'the commit is not recorded', 'register from a commit without changed files')]
      : []),
  ];
}

function verdictGaps({ version, verdicts }: Known): LineageGap[] {
  const judged = verdicts.filter(({ action }) => action === 'validate-model');
  if (judged.length === 0) {
    const fix = 'register the next version with the verdict of validate-model';
    return [missing('verdicts', 'the version has no verdict of validate-model', fix)];
  }
  const names = ({ subjects }: (typeof judged)[number]) =>
    subjects.some(({ role, digest }) => ['model', 'candidate'].includes(role) && digest === version.digest);
  if (judged.some((verdict) => names(verdict) && isPassing(verdict.status))) return [];
  const what = `no verdict of validate-model in the evidence passes ${version.digest}`;
  return [{ link: 'verdicts', kind: 'contradiction', what }];
}

function rolloutGaps({ version, isChampion, championMoves, rollouts }: Known): LineageGap[] {
  if (rollouts.length > 0) {
    const isReleased = rollouts.some(({ phase }) => phase === 'promoted');
    if (!isChampion || isReleased) return [];
    const what = `${version.version} is the champion, but no rollout that is known has promoted it`;
    return [{ link: 'rollout', kind: 'contradiction', what }];
  }
  if (!isChampion) return [missing('rollout', `no rollout of ${version.version} is known`)];
  const since = championMoves.at(-1)?.at;
  const when = since === undefined ? '' : `, which it became at ${since}`;
  return [
    missing(
      'rollout',
      `no rollout of ${version.version} is known, although it is the champion${when}: it was made so by hand, or the state is another one`,
      'name the state that deploy-canary uses: --state',
    ),
  ];
}

function retrainGaps({ provenance, request }: Known): LineageGap[] {
  const asked = provenance?.retrain;
  if (asked === undefined) return [];
  if (request === null)
    return [missing('retrain', `the drift state does not have the request ${asked.dedupeKey}`)];
  const before = asked.champion?.digest ?? null;
  const recorded = request.champion?.digest ?? null;
  if (asked.champion !== undefined && before !== recorded) {
    const what = `the request was about ${before ?? 'no champion'}, but the drift state says ${recorded ?? 'none'}`;
    return [{ link: 'retrain', kind: 'contradiction', what }];
  }
  return [];
}

function monitoringGaps({ isChampion, version, profile, drift }: Known): LineageGap[] {
  const { lastLook } = drift;
  if (!isChampion) return [];
  if (profile === null)
    return [
      missing(
        'monitoring',
        'the version has no profile of its training data, so check-drift cannot follow it',
        'give register-model `profile`',
      ),
    ];
  if (lastLook === null)
    return [
      missing('monitoring', 'check-drift has not looked yet', 'run check-drift with this registry and state'),
    ];
  if (lastLook.champion?.digest !== version.digest) {
    const seen = lastLook.champion === null ? 'no version' : lastLook.champion.version;
    return [
      missing('monitoring', `the last look, at ${lastLook.at}, was at ${seen}`, 'run check-drift again'),
    ];
  }
  if (lastLook.reference === profile.digest) return [];
  return [
    {
      link: 'monitoring',
      kind: 'contradiction',
      what: `check-drift compares with ${lastLook.reference}, and not with the version’s training data (${profile.digest})`,
      fix: 'leave out `reference` of check-drift, or write reference: model:NAME@champion',
    },
  ];
}
