import { type Check, isObserved, type Subject, type Verdict } from '../verdict/verdict.ts';
import { answerOf } from './answer.ts';
import { bytes, checkedBudget, rowsThatFit, SMALLEST_BUDGET, type SummaryOptions } from './budget.ts';
import {
  clip,
  count,
  evidenceLines,
  findingText,
  formatDate,
  formatNumber,
  MARKS,
  mostSevereFirst,
  placesText,
  shortDigest,
  targetParts,
} from './format.ts';
import { codeMarkdown, escapeMarkdown, tableMarkdown } from './markdown.ts';
import { gainsMarkdown, modelMarkdown } from './model-summary.ts';
import { provenanceMarkdown } from './provenance.ts';
import { sourceMarkdown } from './source.ts';
import { versionsMarkdown } from './versions.ts';

/** What is said of a verdict of `mode: observe`, in Markdown. */
export const OBSERVED =
  '👀 `mode: observe`: this is told only; the job does not fail on it. Set `mode: enforce` when you trust it.';

export const NAME_CHARACTERS = 200;
const SUBJECTS = 20;

export { SMALLEST_BUDGET, type SummaryOptions };

/** How much is told; each stage tells less than the one before it. */
interface Detail {
  readonly passing: 'table' | 'names' | 'count';
  /** Runs of lines a check. */
  readonly runs: number;
  /** Characters of a message or a fix. */
  readonly text: number;
  /** Rows of each table on the models. */
  readonly rows: number;
  readonly leftOut: string;
}

const STAGES: readonly Detail[] = [
  { passing: 'table', runs: 20, text: 2000, rows: 20, leftOut: '' },
  { passing: 'names', runs: 20, text: 2000, rows: 20, leftOut: 'what the passing checks found' },
  { passing: 'count', runs: 20, text: 2000, rows: 20, leftOut: 'the passing checks' },
  { passing: 'count', runs: 3, text: 500, rows: 5, leftOut: 'the passing checks and most places' },
  {
    passing: 'count',
    runs: 0,
    text: 200,
    rows: 0,
    leftOut: 'the passing checks, all places and long messages',
  },
];

/** The verdict as Markdown for a job summary or a comment, with as much detail as the budget holds. @throws RangeError for a budget below `SMALLEST_BUDGET`. */
export function summaryMarkdown(verdict: Verdict, options: SummaryOptions = {}): string {
  return sized(verdict, options);
}

/** What was found, without a title, and what lies behind it: each within the budget. @throws as `summaryMarkdown`. */
export function summaryInTwo(
  verdict: Verdict,
  options: SummaryOptions = {},
): { readonly finding: string; readonly rest: string } {
  const budget = checkedBudget(options);
  const told = (parts: readonly string[], detail: Detail) => joined([...parts, leftOutOf(verdict, detail)]);
  return {
    finding:
      firstFitting(stagesFor(verdict, budget), budget, (detail) =>
        told([lead(verdict), ...findings(verdict, detail)], detail),
      ) ?? smallest(verdict, budget, '', options),
    rest:
      firstFitting(STAGES, budget, (detail) => told(background(verdict, detail, options), detail)) ??
      closing(verdict, options, 60),
  };
}

function firstFitting(
  stages: readonly Detail[],
  budget: number,
  written: (detail: Detail) => string,
): string | undefined {
  for (const stage of stages) {
    const text = written(stage);
    if (bytes(text) <= budget) return text;
  }
  return undefined;
}

function sized(verdict: Verdict, options: SummaryOptions): string {
  const { heading = '##' } = options;
  const budget = checkedBudget(options);
  const fitting = firstFitting(stagesFor(verdict, budget), budget, (detail) =>
    render(verdict, detail, heading, options),
  );
  return fitting ?? smallest(verdict, budget, heading, options);
}

/** No row of a check has fewer bytes. */
const LEAST_ROW = 30;

/** The stages that may fit: to write thousands of rows only to find that they do not takes seconds. */
function stagesFor({ checks }: Verdict, budget: number): readonly Detail[] {
  const rows = checks.filter(({ status }) => status !== 'pass').length;
  return rows * LEAST_ROW > budget ? [] : STAGES;
}

function render(verdict: Verdict, detail: Detail, heading: string, options: SummaryOptions): string {
  const [gains = '', checks = ''] = findings(verdict, detail);
  const [subjects = '', ...behind] = background(verdict, detail, options);
  const close = behind.pop() ?? '';
  return joined([
    opening(verdict, heading, options),
    gains,
    subjects,
    checks,
    ...behind,
    leftOutOf(verdict, detail),
    close,
  ]);
}

/** What the answer rests on: the gains, and the checks that did not pass. */
function findings(verdict: Verdict, detail: Detail): string[] {
  const open = mostSevereFirst(verdict.checks).filter((check) => check.status !== 'pass');
  const rows = open.map((check) => checkRow(check, detail));
  return [
    gainsMarkdown(verdict, detail.rows),
    rows.length === 0 ? '' : `${tableMarkdown(CHECK_HEADER, rows)}\n`,
  ];
}

/** What was judged, what passed, all tables; last of all where and when. */
function background(verdict: Verdict, detail: Detail, options: SummaryOptions): string[] {
  return [
    subjectList(verdict.subjects),
    passing(verdict, detail),
    modelMarkdown(verdict, detail.rows),
    provenanceMarkdown(verdict.measures.provenance, detail.rows),
    versionsMarkdown(verdict, detail.rows),
    closing(verdict, options),
  ];
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n');
}

function leftOutOf(verdict: Verdict, detail: Detail): string {
  return detail.leftOut === '' ? '' : leftOut(detail.leftOut + tablesLeftOut(verdict, detail));
}

function tablesLeftOut(verdict: Verdict, { rows }: Detail): string {
  if (rows > 0) return '';
  const told = gainsMarkdown(verdict, 1) + modelMarkdown(verdict, 1);
  return told === '' ? '' : ', the tables on the models';
}

/** The shortest rows there are, and of them as many as fit. */
function smallest(verdict: Verdict, budget: number, heading: string, options: SummaryOptions): string {
  const detail: Detail = { passing: 'count', runs: 0, text: 80, rows: 0, leftOut: '' };
  const open = mostSevereFirst(verdict.checks).filter((check) => check.status !== 'pass');
  const rows = open.slice(0, Math.ceil(budget / LEAST_ROW)).map((check) => checkRow(check, detail));
  const beyond = open.length - rows.length;
  const passed = verdict.checks.length - open.length;
  const text = (shown: readonly string[][], left: number) => {
    const more = left + beyond;
    const what = [
      passed === 0 ? '' : `the ${count(passed, 'passing check')}`,
      more === 0 ? '' : count(more, 'more check that did not pass', 'more checks that did not pass'),
      'all places, long messages',
    ].filter((part) => part !== '');
    const table = shown.length === 0 ? '' : `${tableMarkdown(CHECK_HEADER, shown)}\n`;
    return [
      opening(verdict, heading, options, { names: 40, characters: 150 }),
      table,
      leftOut(what.join(', ') + tablesLeftOut(verdict, detail)),
      closing(verdict, options, 60),
    ]
      .filter((part) => part !== '')
      .join('\n');
  };
  return rowsThatFit(text, rows, budget);
}

/** The title, unless there is no heading, and the answer, unless it stands elsewhere. */
function opening(
  verdict: Verdict,
  heading: string,
  { isAnswered = false }: SummaryOptions,
  { names, characters } = { names: NAME_CHARACTERS, characters: 1000 },
): string {
  const { action, name, status } = verdict;
  const title = [action, name].filter((part) => part !== '').map((part) => escapeMarkdown(clip(part, names)));
  const line = heading === '' ? '' : `${heading} ${title.join(' · ')}: ${statusText(status)}\n`;
  const words = lead(verdict, characters, isAnswered);
  return `${line}${line === '' || words === '' ? '' : '\n'}${words}`;
}

/** The answer in one sentence, if there is one, and how many checks it rests on; in the shortest form only the first. */
function lead(verdict: Verdict, characters = 1000, isAnswered = false): string {
  const answer = answerOf(verdict);
  const scope = answer === undefined || characters < 1000 ? '' : `${cut(answer.scope, characters)}\n`;
  const sentence = isAnswered ? '' : `${cut(answer?.sentence ?? verdict.summary, characters)}\n`;
  const mode = isObserved(verdict) && !isAnswered ? `${OBSERVED}\n` : '';
  return [sentence, scope, mode].filter((part) => part !== '').join('\n');
}

export function cut(text: string, characters: number): string {
  return escapeMarkdown(clip(text, characters));
}

export function statusText(status: Verdict['status']): string {
  return `${MARKS[status]} ${status}`;
}

function subjectList(subjects: readonly Subject[]): string {
  if (subjects.length === 0) return '';
  const lines = subjects.slice(0, SUBJECTS).map((subject) => {
    const rows = subject.rows === undefined ? '' : `, ${formatNumber(subject.rows)} rows`;
    const name = codeMarkdown(clip(subject.name, NAME_CHARACTERS));
    return `- ${escapeMarkdown(subject.role)} ${name}${rows}, ${codeMarkdown(shortDigest(subject))}`;
  });
  const more = subjects.length - SUBJECTS;
  return `${lines.join('\n')}\n${more > 0 ? `- and ${formatNumber(more)} more\n` : ''}`;
}

const CHECK_HEADER = ['Status', 'Check', 'Finding', 'Evidence', 'Fix'];

function checkRow(check: Check, detail: Detail): string[] {
  const { files, more } = placesText(check, detail.runs);
  const places = files.map((file) => codeMarkdown(clip(file, 600)));
  if (more > 0)
    places.push(places.length === 0 ? `at ${count(more, 'place')}` : `and ${count(more, 'more place')}`);
  const evidence = check.evidence === undefined ? [] : evidenceLines(check.evidence);
  return [
    statusText(check.status).replace(' ', '&nbsp;'),
    checkName(check),
    [escapeMarkdown(clip(findingText(check), detail.text)), ...places].join('<br>'),
    evidence.map((line) => escapeMarkdown(clip(line, detail.text))).join('<br>'),
    escapeMarkdown(clip(check.fix ?? '', detail.text)),
  ];
}

function checkName(check: Check): string {
  const parts = [check.id, ...targetParts(check)];
  return parts.map((part) => codeMarkdown(clip(part, NAME_CHARACTERS))).join('<br>');
}

function passing(verdict: Verdict, detail: Detail): string {
  const checks = verdict.checks.filter((check) => check.status === 'pass');
  if (checks.length === 0) return '';
  const title = `${count(checks.length, 'check')} passed`;
  if (detail.passing === 'count') return `${title}.\n`;
  const body =
    detail.passing === 'names'
      ? checks.map((check) => checkName(check).replaceAll('<br>', ' ')).join(', ')
      : tableMarkdown(
          CHECK_HEADER.slice(1, 4),
          checks.map((check) => checkRow(check, detail).slice(1, 4)),
        );
  return `<details>\n<summary>${title}</summary>\n\n${body}\n\n</details>\n`;
}

function leftOut(what: string): string {
  return `Left out, because there is not enough space: ${what}. The verdict file and the HTML report have them.\n`;
}

function closing(verdict: Verdict, { reportPath }: SummaryOptions, characters = 500): string {
  const { tool, createdAt } = verdict;
  const made = escapeMarkdown(clip(`${tool.name} ${tool.version}, ${formatDate(createdAt)}`, 100));
  const report =
    reportPath === undefined ? '' : `Full report: ${codeMarkdown(clip(reportPath, characters))} · `;
  return `${sourceMarkdown(verdict.source, Math.min(characters, 200))}${report}${made}\n`;
}
