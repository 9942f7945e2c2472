/** Several stages told as one: annotations, one summary, an index of their reports, outputs. */
import { relative, resolve } from 'node:path';
import { COMMON_INPUTS } from '../inputs/common.ts';
import type { InputTable } from '../inputs/table.ts';
import { messageOf, problemLine } from '../problem/problem.ts';
import { combinedSummary } from '../report/combined.ts';
import { combinedHtml } from '../report/html.ts';
import { type BrokenStage, combinedStatus, stageTitle } from '../report/stages.ts';
import { plainProblems, plainSummary } from '../report/text.ts';
import { failedChecks, type VerdictSource } from '../verdict/verdict.ts';
import { DiskFiles } from './files.ts';
import { annotate } from './main.ts';
import type { Loop, Stage } from './plan.ts';
import { type Action, rawText, type StageResult, stageProblems } from './stage.ts';
import type { Start } from './surface.ts';
import { tellOf } from './telling.ts';

/** A stage with its result. */
export interface ReportedStage extends Stage {
  readonly result: StageResult;
}

/** Makes the results of all stages known as one. @param isWhole are these all stages that there are? */
export async function publishAll(
  ended: readonly ReportedStage[],
  folder: Folder,
  start: Start & {
    readonly source: VerdictSource | undefined;
    readonly loop: Loop;
    readonly isWhole?: boolean;
  },
): Promise<void> {
  const { surface, source, loop, isWhole = false } = start;
  const verdicts = ended.flatMap(({ result }) => (result.kind === 'verdict' ? [result.verdict] : []));
  const broken = brokenOf(ended);
  const plainTexts = [
    ...broken.map((stage) => plainProblems(stageTitle(stage), stage.problems)),
    ...verdicts.map(plainSummary),
  ];
  await surface
    .summarise(combinedSummary(verdicts, { broken, source }), plainTexts.join('\n'))
    .catch((error) => surface.log.info(`The summary could not be written: ${messageOf(error)}`));
  const files = await writeIndex(ended, folder, source);
  const failed = verdicts.reduce((sum, verdict) => sum + failedChecks(verdict), broken.length);
  surface.output('status', combinedStatus(verdicts, broken));
  surface.output('report', files.index);
  surface.output('stages', files.stages);
  surface.output('failed-checks', String(failed));
  surface.output('summary', summaryLine(ended));
  const root = { definition: loop.definition } as Action;
  const stages = ended.map(({ action, layers, result }) => ({
    ...{ action: loop.actions[action] ?? root, title: action, layers, result },
  }));
  const shown = await tellOf(stages, start, { isWhole });
  annotate(
    brokenFirst(ended).map(({ action, model, result }) => ({
      name: stageTitle({ action, name: model }),
      result,
    })),
    start,
    shown,
  );
}

/** The stages that ended in an error. */
function brokenOf(ended: readonly ReportedStage[]): BrokenStage[] {
  return ended
    .filter(isBroken)
    .map(({ action, model, result }) => ({ action, name: model, problems: stageProblems(result) }));
}

function isBroken({ result }: ReportedStage): boolean {
  return result.kind !== 'verdict';
}

function brokenFirst(ended: readonly ReportedStage[]): ReportedStage[] {
  return [...ended.filter(isBroken), ...ended.filter((one) => !isBroken(one))];
}

/** Each stage with its status, those in an error first. */
function summaryLine(ended: readonly ReportedStage[]): string {
  return brokenFirst(ended)
    .map(
      ({ action, model, result }) =>
        `${[action, model].filter((part) => part !== '').join(' ')}: ${result.kind === 'verdict' ? result.verdict.status : 'error'}`,
    )
    .join(', ');
}

export interface Folder {
  readonly root: string;
  /** Where the stages have their folders, and the index lies. */
  readonly reports: string;
}

/** The report directory of the first stage, or the one that is given. */
export function folderOf(
  stage: Pick<Stage, 'action' | 'layers'> | undefined,
  { actions, definition }: Loop,
): Folder {
  const action = actions[stage?.action ?? ''] ?? ({ definition } as Action);
  const text = (name: string) =>
    rawText(action, stage?.layers ?? [], name) ?? (COMMON_INPUTS as InputTable)[name]?.default ?? '';
  const root = resolve(text('working-directory'));
  return { root, reports: resolve(root, text('report-directory')) };
}

async function writeIndex(
  ended: readonly ReportedStage[],
  { root, reports: folder }: Folder,
  source: VerdictSource | undefined,
): Promise<{ index: string; stages: string }> {
  const entries = ended.flatMap(({ result }) =>
    result.kind === 'verdict' ? [{ verdict: result.verdict, href: hrefOf(result, folder) }] : [],
  );
  const files = new DiskFiles(root, folder);
  return {
    index: await files.writeReport('index.html', combinedHtml(entries, { broken: brokenOf(ended), source })),
    stages: await files.writeReport('stages.json', `${JSON.stringify(ended.map(stageEntry), null, 2)}\n`),
  };
}

function stageEntry({ action, model, result }: ReportedStage) {
  const status = result.kind === 'verdict' ? result.verdict.status : 'error';
  const summary =
    result.kind === 'verdict' ? result.verdict.summary : stageProblems(result).map(problemLine).join('; ');
  return { action, name: model, status, summary, outputs: result.kind === 'verdict' ? result.outputs : {} };
}

function hrefOf(result: StageResult & { kind: 'verdict' }, folder: string): string {
  if (result.reportPath === '') return '';
  return relative(folder, resolve(result.workingDirectory, result.reportPath));
}
