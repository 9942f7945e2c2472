/** A lineage for people: the same sections on a terminal and as a page. */
import type { DriftLook, RetrainRecord } from '../drift/state.ts';
import type { Lineage } from '../lineage/lineage.ts';
import type { PastRollout } from '../rollout/state.ts';
import type { Status } from '../verdict/status.ts';
import { count, formatDate, formatNumber } from './format.ts';
import { plain } from './markdown.ts';
import { escapeHtml, page, statusHtml, tableHtml } from './page.ts';
import { sourceHtml } from './source.ts';

/** One fact of a link: what it is, what is known of it, and the digests that hold it. */
interface Fact {
  readonly what: string;
  readonly text: string;
  readonly digests?: readonly string[];
  readonly status?: Status;
}

interface Section {
  readonly title: string;
  readonly facts: readonly Fact[];
  /** What is said if there is nothing. */
  readonly none: string;
}

/** So many looks are shown, the newest. */
const SHOWN_LOOKS = 20;

/** For a terminal. */
export function lineageText(lineage: Lineage): string {
  const lines = sectionsOf(lineage).flatMap(({ title, facts, none }) => [
    '',
    title,
    ...(facts.length === 0 ? [`  ${none}`] : facts.flatMap(factLines)),
  ]);
  const gaps = lineage.gaps.map(
    ({ link, kind, what, fix }) =>
      `  ${kind === 'missing' ? 'not known' : 'CONTRADICTION'} · ${link}: ${what}${fix === undefined ? '' : ` → ${fix}`}`,
  );
  const ends = gaps.length === 0 ? ['', 'Every link is there.'] : ['', 'What is missing', ...gaps];
  return `${[titleOf(lineage), ...lines, ...ends].map((line) => /^ */.exec(line)?.[0] + plain(line)).join('\n')}\n`;
}

function factLines({ what, text, digests = [], status }: Fact): string[] {
  const words = [status, text].filter((part) => part !== undefined && part !== '').join(', ');
  return [`  ${what}: ${words}`.trimEnd(), ...digests.map((digest) => `      ${digest}`)];
}

/** A page of its own, which fetches nothing. */
export function lineageHtml(lineage: Lineage): string {
  const { name, provenance, gaps } = lineage;
  const sections = sectionsOf(lineage).map(({ title, facts, none }) => {
    const body =
      facts.length === 0
        ? `<p class="note">${escapeHtml(none)}</p>`
        : tableHtml([], facts.map(factCells), 'pairs');
    return `<section><h2>${escapeHtml(title)}</h2>\n${body}</section>`;
  });
  const missing = gaps.map(({ link, kind, what, fix }) => [
    kind === 'missing' ? 'not known' : statusHtml('fail'),
    `${escapeHtml(link)}: ${escapeHtml(what)}${fix === undefined ? '' : `<div class="note">Fix: ${escapeHtml(fix)}</div>`}`,
  ]);
  const ends =
    missing.length === 0
      ? '<p class="lead">Every link is there.</p>'
      : `<section><h2>What is missing</h2>\n${tableHtml([], missing, 'pairs')}</section>`;
  const { repository, commit, run } = provenance ?? {};
  const source = sourceHtml({
    ...(repository && { repository }),
    ...(commit && { commit }),
    ...(run && { run }),
  });
  return page(
    `Lineage of ${name}`,
    `<p class="kicker">ml-loop lineage</p>\n<h1>${escapeHtml(titleOf(lineage))}</h1>\n${source}\n${ends}\n${sections.join('\n')}`,
  );
}

function factCells({ what, text, digests = [], status }: Fact): string[] {
  const parts = [status === undefined ? '' : statusHtml(status), escapeHtml(text)].filter(
    (part) => part !== '',
  );
  const held = digests.map((digest) => `<div class="note"><code>${escapeHtml(digest)}</code></div>`);
  return [escapeHtml(what), `<div>${parts.join(' · ')}</div>${held.join('')}`];
}

function titleOf({ name, version, isChampion }: Lineage): string {
  return `${name} ${version.version}${isChampion ? ', the champion' : ''}`;
}

function sectionsOf(lineage: Lineage): Section[] {
  return [
    { title: 'Version', facts: versionFacts(lineage), none: '' },
    { title: 'Data', facts: dataFacts(lineage), none: 'no training data are recorded' },
    { title: 'Code', facts: codeFacts(lineage), none: 'neither commit nor run is recorded' },
    {
      title: 'Why it was trained',
      facts: requestFacts(lineage),
      none: 'no request of check-drift is recorded',
    },
    { title: 'Verdicts', facts: verdictFacts(lineage), none: 'no verdict is in the evidence' },
    { title: 'Versions before', facts: ancestorFacts(lineage), none: 'no version before it is recorded' },
    { title: 'Rollout', facts: lineage.rollouts.flatMap(rolloutFacts), none: 'no rollout of it is known' },
    { title: 'Drift', facts: driftFacts(lineage), none: 'check-drift has not looked at it' },
  ];
}

function versionFacts({ version, championMoves }: Lineage): Fact[] {
  return [
    { what: 'bytes', text: version.uri, digests: [version.digest] },
    { what: 'registered', text: formatDate(version.createdAt) },
    ...championMoves.map(({ at }) => ({ what: 'became champion', text: formatDate(at) })),
  ];
}

function dataFacts({ provenance, profile }: Lineage): Fact[] {
  const rows = (n: number | undefined) => (n === undefined ? '' : count(n, 'row'));
  return [
    ...(provenance?.trainingData ?? []).map(({ name, digest, rows: length, from, verdict }) => ({
      what: 'training data',
      text: parts(name, rows(length), `as ${from} says`, verdict === undefined ? '' : `judged in ${verdict}`),
      digests: [digest],
    })),
    ...(profile === null
      ? []
      : [
          {
            what: 'profile of',
            text: parts(rows(profile.rows), 'what check-drift compares with'),
            digests: [profile.digest],
          },
        ]),
  ];
}

function codeFacts({ provenance }: Lineage): Fact[] {
  const { repository, commit, run, environment = [] } = provenance ?? {};
  return [
    ...(commit === undefined ? [] : [{ what: 'commit', text: parts(commit, repository ?? '') }]),
    ...(run === undefined ? [] : [{ what: 'run', text: run }]),
    ...environment.map(({ file, digest }) => ({ what: 'lock file', text: file, digests: [digest] })),
  ];
}

function requestFacts({ provenance, request }: Lineage): Fact[] {
  const asked = provenance?.retrain;
  if (asked === undefined) return [];
  const { dedupeKey, requestedAt, reasons, champion, compared } = { ...request, ...asked };
  return [
    {
      what: 'request',
      text: parts(
        reasons === undefined ? '' : `because of ${reasons.join(', ')}`,
        requestedAt === undefined ? '' : formatDate(requestedAt),
        request?.status ?? '',
      ),
      digests: [dedupeKey],
    },
    ...(champion == null ? [] : [{ what: 'to replace', text: champion.version, digests: [champion.digest] }]),
    ...comparedFacts(compared),
  ];
}

function comparedFacts(compared: RetrainRecord['compared']): Fact[] {
  if (compared === undefined) return [];
  return [
    { what: 'reference then', text: '', digests: [compared.reference] },
    { what: 'data that drifted', text: '', digests: [compared.current] },
  ];
}

function verdictFacts({ verdicts }: Lineage): Fact[] {
  return verdicts.flatMap(
    ({ file, digest, action, status, summary, createdAt, subjects, compared, source }) => [
      {
        what: action,
        status,
        text: parts(
          summary,
          formatDate(createdAt),
          file,
          source?.commit === undefined ? '' : `commit ${source.commit}`,
        ),
        digests: [digest],
      },
      ...subjects.map(({ role, name, digest: held }) => ({
        what: `its ${role}`,
        text: name,
        digests: [held],
      })),
      ...(['production', 'anchor'] as const).flatMap((role) => {
        const { name, digest: held } = compared?.[role] ?? { name: '', digest: '' };
        // What has a digest is among the subjects.
        return held === null ? [{ what: `its ${role}`, text: `${name}, which has no digest` }] : [];
      }),
    ],
  );
}

function ancestorFacts({ ancestors }: Lineage): Fact[] {
  return ancestors.map(({ version, digest, from, registeredAt, commit }) => ({
    what: version,
    text: parts(
      from === 'input' ? 'as given' : 'compared with it',
      registeredAt === null ? 'not in the registry any more' : `registered ${formatDate(registeredAt)}`,
      commit === null ? '' : `commit ${commit}`,
    ),
    digests: [digest],
  }));
}

function rolloutFacts({
  canary,
  stable,
  phase,
  startedAt,
  updatedAt,
  reason,
  passages,
}: PastRollout): Fact[] {
  return [
    {
      what: 'rollout',
      text: parts(`${phase}, from ${formatDate(startedAt)} to ${formatDate(updatedAt)}`, reason ?? ''),
      digests: [canary.digest],
    },
    ...(stable === null ? [] : [{ what: 'in place of', text: stable.version, digests: [stable.digest] }]),
    ...passages.map(({ at, phase: into, step, weight }) => ({
      what: formatDate(at),
      text: parts(into, step > 0 ? `step ${step}` : '', `${formatNumber(weight)} % of the traffic`),
    })),
  ];
}

function driftFacts({ drift, version }: Lineage): Fact[] {
  const { looks, retrains, lastLook } = drift;
  const shown = looks.slice(-SHOWN_LOOKS);
  const more = looks.length - shown.length;
  const elsewhere = lastLook !== null && lastLook.champion?.digest !== version.digest;
  return [
    ...(more > 0 ? [{ what: 'earlier', text: count(more, 'look') }] : []),
    ...shown.map(lookFact),
    ...retrains.map(({ reasons, requestedAt, status, dedupeKey }) => ({
      what: 'retrain',
      text: parts(`because of ${reasons.join(', ')}`, formatDate(requestedAt), status),
      digests: [dedupeKey],
    })),
    ...(elsewhere
      ? [{ what: 'the last look was at', text: lastLook.champion?.version ?? 'no version', digests: [] }]
      : []),
  ];
}

function lookFact({ at, status, drifted, reference, current, retrain }: DriftLook): Fact {
  return {
    what: formatDate(at),
    status,
    text: parts(
      drifted === 0 ? '' : `${count(drifted, 'column')} drifted`,
      retrain === null ? '' : 'asked for a retrain',
    ),
    digests: [`reference ${reference}`, `current ${current}`],
  };
}

function parts(...given: readonly string[]): string {
  return given.filter((part) => part !== '').join(', ');
}
