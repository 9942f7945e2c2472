/** Several stages in one Markdown text, and what is said of a stage that could not judge. */
import type { Problem } from '../problem/problem.ts';
import type { Verdict } from '../verdict/verdict.ts';
import { answerOf } from './answer.ts';
import { bytes, checkedBudget, rowsThatFit, SMALLEST_BUDGET, type SummaryOptions } from './budget.ts';
import { clip, count, tally } from './format.ts';
import { codeMarkdown, escapeMarkdown, tableMarkdown } from './markdown.ts';
import { sourceMarkdown } from './source.ts';
import { type BrokenStage, firstProblem, stageTitle } from './stages.ts';
import { cut, NAME_CHARACTERS, statusText, summaryMarkdown } from './summary.ts';

const ERROR_STATUS = '⛔ error';

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
          summaryMarkdown(verdict, { budget: share }),
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
  const { heading = '##' } = options;
  const cell = (text: string | undefined) => escapeMarkdown(clip(text ?? '', 2000));
  const rows = problems.map(({ what, where, fix }) => [
    cell(what),
    codeMarkdown(clip(where ?? '', 500)),
    cell(fix),
  ]);
  const title = `${heading} ${escapeMarkdown(clip(action, NAME_CHARACTERS))}: ${ERROR_STATUS}\n\n`;
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

function reportLine(reportPath: string | undefined, left: number): string {
  if (reportPath === undefined) return '';
  const line = `\nFull report: ${codeMarkdown(clip(reportPath, 500))}\n`;
  return bytes(line) <= left ? line : '';
}
