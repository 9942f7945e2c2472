import type { Problem } from '../problem/problem.ts';
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
  tally,
  targetParts,
} from './format.ts';
import { codeMarkdown, escapeMarkdown, tableMarkdown } from './markdown.ts';
import { gainsMarkdown, modelMarkdown } from './model-summary.ts';
import { provenanceMarkdown } from './provenance.ts';
import { sourceMarkdown } from './source.ts';
import { type BrokenStage, firstProblem, stageTitle } from './stages.ts';
import { versionsMarkdown } from './versions.ts';

/** What is said of a verdict of `mode: observe`, in Markdown. */
export const OBSERVED =
  '👀 `mode: observe`: this is told only; the job does not fail on it. Set `mode: enforce` when you trust it.';

const ERROR_STATUS = '⛔ error';
const NAME_CHARACTERS = 200;
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
  return sized(verdict, options, '##');
}

/** One table of the stages, those in an error first, then each in the same order, all within one budget. */
export function combinedSummary(
  verdicts: readonly Verdict[],
  options: SummaryOptions & { readonly broken?: readonly BrokenStage[] } = {},
): string {
  const budget = checkedBudget(options);
  const { broken = [] } = options;
  const table = stageTable(verdicts, broken, budget);
  const where = sourceMarkdown(options.source);
  const head = bytes(table) + bytes(where) < budget ? `${table}${where && `\n${where}`}` : table;
  const sections = [
    ...broken.map(
      (stage) => (share: number) => errorSummary(stageTitle(stage), stage.problems, { budget: share }),
    ),
    // Where all of them ran is said once.
    ...verdicts.map(
      ({ source: _source, ...verdict }) =>
        (share: number) =>
          sized(verdict, { budget: share }, '##'),
    ),
  ];
  const parts = [head];
  let left = budget - bytes(head);
  for (const [index, written] of sections.entries()) {
    const share = Math.floor(left / (sections.length - index)) - 1;
    if (share < SMALLEST_BUDGET) {
      const note = `\nLeft out, because there is not enough space: the details of ${count(sections.length - index, 'stage')}.\n`;
      if (bytes(note) <= left) parts.push(note);
      break;
    }
    const part = `\n${written(share)}`;
    parts.push(part);
    left -= bytes(part);
  }
  return parts.join('') + reportLine(options.reportPath, left);
}

function stageTable(verdicts: readonly Verdict[], broken: readonly BrokenStage[], budget: number): string {
  const row = (stage: { action: string; name: string }, status: string, summary: string, checks: string) => [
    codeMarkdown(clip(stage.action, NAME_CHARACTERS)),
    escapeMarkdown(clip(stage.name, NAME_CHARACTERS)),
    status,
    cut(summary, 300),
    checks,
  ];
  const rows = [
    ...broken.map((stage) => row(stage, ERROR_STATUS, firstProblem(stage), '')),
    ...verdicts.map((verdict) =>
      row(
        verdict,
        statusText(verdict.status),
        answerOf(verdict)?.sentence ?? verdict.summary,
        tally(verdict.checks),
      ),
    ),
  ];
  return rowsThatFit(
    (shown, more) =>
      `# ml-loop\n\n${tableMarkdown(['Stage', 'Name', 'Status', 'Summary', 'Checks'], shown)}\n${
        more === 0 ? '' : `\nLeft out, because there is not enough space: ${count(more, 'more stage')}.\n`
      }`,
    rows,
    budget,
  );
}

/** What is said when nothing could be judged (exit code 2): each problem, its place and its fix. */
export function errorSummary(
  action: string,
  problems: readonly Problem[],
  options: SummaryOptions = {},
): string {
  const budget = checkedBudget(options);
  const cell = (text: string | undefined) => escapeMarkdown(clip(text ?? '', 2000));
  const rows = problems.map(({ what, where, fix }) => [
    cell(what),
    codeMarkdown(clip(where ?? '', 500)),
    cell(fix),
  ]);
  const title = `## ${escapeMarkdown(clip(action, NAME_CHARACTERS))}: ${ERROR_STATUS}\n\n`;
  const lead = `Nothing could be judged: ${count(problems.length, 'problem')}.\n\n`;
  const where = sourceMarkdown(options.source);
  const foot = (more: number) =>
    (more === 0
      ? ''
      : `\nLeft out, because there is not enough space: ${count(more, 'more problem')}, which the log has.\n`) +
    (where && `\n${where}`);
  return rowsThatFit(
    (shown, more) => `${title}${lead}${tableMarkdown(['What', 'Where', 'Fix'], shown)}\n${foot(more)}`,
    rows,
    budget,
  );
}

function sized(verdict: Verdict, options: SummaryOptions, heading: string): string {
  const budget = checkedBudget(options);
  for (const stage of STAGES) {
    const text = render(verdict, stage, heading, options);
    if (bytes(text) <= budget) return text;
  }
  return smallest(verdict, budget, heading, options);
}

function render(verdict: Verdict, detail: Detail, heading: string, options: SummaryOptions): string {
  const open = mostSevereFirst(verdict.checks).filter((check) => check.status !== 'pass');
  const rows = open.map((check) => checkRow(check, detail));
  return [
    opening(verdict, heading),
    gainsMarkdown(verdict, detail.rows),
    subjectList(verdict.subjects),
    rows.length === 0 ? '' : `${tableMarkdown(CHECK_HEADER, rows)}\n`,
    passing(verdict, detail),
    modelMarkdown(verdict, detail.rows),
    provenanceMarkdown(verdict.measures.provenance, detail.rows),
    versionsMarkdown(verdict, detail.rows),
    detail.leftOut === '' ? '' : leftOut(detail.leftOut + tablesLeftOut(verdict, detail)),
    closing(verdict, options),
  ]
    .filter((part) => part !== '')
    .join('\n');
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
  const rows = open.map((check) => checkRow(check, detail));
  const passed = verdict.checks.length - open.length;
  const text = (shown: readonly string[][], more: number) => {
    const what = [
      passed === 0 ? '' : `the ${count(passed, 'passing check')}`,
      more === 0 ? '' : count(more, 'more check that did not pass', 'more checks that did not pass'),
      'all places, long messages',
    ].filter((part) => part !== '');
    const table = shown.length === 0 ? '' : `${tableMarkdown(CHECK_HEADER, shown)}\n`;
    return [
      opening(verdict, heading, 40, 150),
      table,
      leftOut(what.join(', ') + tablesLeftOut(verdict, detail)),
      closing(verdict, options, 60),
    ]
      .filter((part) => part !== '')
      .join('\n');
  };
  return rowsThatFit(text, rows, budget);
}

/** The answer in one sentence, if there is one, and how many checks it rests on; in the shortest form only the first. */
function opening(verdict: Verdict, heading: string, names = NAME_CHARACTERS, characters = 1000): string {
  const { action, name, status, summary } = verdict;
  const answer = answerOf(verdict);
  const scope = answer === undefined || characters < 1000 ? '' : `\n${cut(answer.scope, characters)}\n`;
  const title = [action, name].filter((part) => part !== '').map((part) => escapeMarkdown(clip(part, names)));
  const mode = isObserved(verdict) ? `\n${OBSERVED}\n` : '';
  return `${heading} ${title.join(' · ')}: ${statusText(status)}\n\n${cut(answer?.sentence ?? summary, characters)}\n${scope}${mode}`;
}

function cut(text: string, characters: number): string {
  return escapeMarkdown(clip(text, characters));
}

function statusText(status: Verdict['status']): string {
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

function reportLine(reportPath: string | undefined, left: number): string {
  if (reportPath === undefined) return '';
  const line = `\nFull report: ${codeMarkdown(clip(reportPath, 500))}\n`;
  return bytes(line) <= left ? line : '';
}
