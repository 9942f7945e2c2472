/** A model card: what a version is, what was judged and against what, in one page of Markdown. */
import type { Provenance } from '../registry/provenance.ts';
import type { ModelVersion } from '../registry/registry.ts';
import { bytesIn } from '../verdict/digest.ts';
import type { Check, Subject, Verdict } from '../verdict/verdict.ts';
import { clip, count, evidenceLines, findingText, formatNumber, MARKS, targetParts } from './format.ts';
import { codeMarkdown, escapeMarkdown, tableMarkdown } from './markdown.ts';
import { provenanceMarkdown } from './provenance.ts';
import { sourceMarkdown } from './source.ts';

export interface CardInput
  extends Pick<ModelVersion, 'name' | 'version' | 'digest' | 'createdAt' | 'files' | 'metadata' | 'origin'> {
  /** Those on these bytes and on their data, as they are attached. */
  readonly verdicts: readonly Verdict[];
  readonly provenance?: Provenance;
  /** Who attested them, in words. */
  readonly attested: string;
}

const TEXT = 500;
const CHECKS = 40;
const SUBJECTS = 20;
const PARAMETERS = 100;
/** What a reader asks of a model; the rest is in the verdicts. */
const TOLD = /^(comparison|anchor|condition|slices|fairness|test-set)\./;

/** Markdown in which nothing from data, configuration or events has structure of its own. */
export function modelCard(input: CardInput): string {
  const judging = input.verdicts.filter(({ compared }) => compared !== undefined);
  return [
    `# ${escapeMarkdown(input.name)} ${escapeMarkdown(input.version)}\n`,
    facts(input, judging),
    ...judging.map(judged),
    data(input.verdicts),
    input.provenance === undefined
      ? ''
      : `## Where it comes from\n\n${provenanceMarkdown(input.provenance, PARAMETERS)}`,
    metadata(input.metadata),
    'Written by ml-loop from the verdicts that travel with this version, in `verdicts/`.\n',
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function facts(
  { digest, createdAt, files, origin, attested }: CardInput,
  judging: readonly Verdict[],
): string {
  const last = judging.at(-1);
  const { binding, production } = last?.compared ?? {};
  const rows = [
    ['Digest', codeMarkdown(digest)],
    ['Registered', escapeMarkdown(createdAt)],
    ['Size', `${count(files.length, 'file')}, ${formatNumber(bytesIn(files))} bytes`],
    ...(origin === undefined
      ? []
      : [['Bytes', `in ${codeMarkdown(clip(origin.reference, TEXT))}, not in the registry`]]),
    ['Compared with', production == null ? 'nothing: a first release' : codeMarkdown(production.name)],
    [
      'Evidence',
      binding === 'bound'
        ? 'bound: ml-loop made the predictions with these bytes'
        : 'declared: the predictions were supplied',
    ],
    ['Attested', escapeMarkdown(clip(attested, TEXT))],
    ...(last?.source === undefined ? [] : [['Judged in', sourceMarkdown(last.source).trim()]]),
  ];
  return `${tableMarkdown(['', ''], rows)}\n`;
}

function judged({ action, status, summary, checks, createdAt }: Verdict): string {
  const told = checks.filter(({ id }) => TOLD.test(id));
  const rows = told.slice(0, CHECKS).map(checkRow);
  const more = told.length > CHECKS ? `\nand ${count(told.length - CHECKS, 'more check')}\n` : '';
  return [
    `## ${escapeMarkdown(action)}: ${MARKS[status]} ${status}\n`,
    `${escapeMarkdown(clip(summary, TEXT))} (${escapeMarkdown(createdAt)})\n`,
    rows.length === 0 ? '' : `${tableMarkdown(['Status', 'Check', 'Finding', 'Evidence'], rows)}\n${more}`,
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function checkRow(check: Check): string[] {
  const evidence = check.evidence === undefined ? [] : evidenceLines(check.evidence);
  return [
    `${MARKS[check.status]}&nbsp;${check.status}`,
    [check.id, ...targetParts(check)].map((part) => codeMarkdown(clip(part, TEXT))).join('<br>'),
    escapeMarkdown(clip(findingText(check), TEXT)),
    evidence.map((line) => escapeMarkdown(clip(line, TEXT))).join('<br>'),
  ];
}

/** Each data set once, whichever verdict names it. */
function data(verdicts: readonly Verdict[]): string {
  const subjects = new Map<string, Subject>();
  for (const { subjects: named } of verdicts)
    for (const subject of named)
      if (['data', 'reference'].includes(subject.role))
        subjects.set(`${subject.role} ${subject.digest}`, subject);
  if (subjects.size === 0) return '';
  const rows = [...subjects.values()]
    .slice(0, SUBJECTS)
    .map(({ role, name, digest, rows: n }) => [
      escapeMarkdown(role),
      codeMarkdown(clip(name, TEXT)),
      n === undefined ? '' : formatNumber(n),
      codeMarkdown(digest),
    ]);
  return `## Data\n\n${tableMarkdown(['Role', 'Name', 'Rows', 'Digest'], rows)}\n`;
}

function metadata(given: CardInput['metadata']): string {
  const rows = Object.entries(given).map(([key, value]) => [
    codeMarkdown(clip(key, TEXT)),
    escapeMarkdown(clip(value, TEXT)),
  ]);
  return rows.length === 0 ? '' : `## Metadata\n\n${tableMarkdown(['Name', 'Value'], rows)}\n`;
}
