/** A stage as a check run of GitHub's, and as a commit status, which is all that a token without `checks: write` can set. */
import { type Annotation, ranked, rankedProblems, withinLimits } from './annotations.ts';
import { errorSummary } from './combined.ts';
import { clip } from './format.ts';
import {
  ANNOTATION_MESSAGE_CHARACTERS,
  ANNOTATION_TITLE_CHARACTERS,
  CHECK_RUN_TEXT_BYTES,
  CHECK_RUN_TITLE_CHARACTERS,
  STATUS_DESCRIPTION_CHARACTERS,
} from './limits.ts';
import { summaryInTwo } from './summary.ts';
import {
  answerLine,
  type Conclusion,
  conclusionOf,
  type StageReport,
  statusOf,
  toldKey,
  toldTitle,
} from './told.ts';

/** An annotation as the Checks API takes it: each has a place. */
export interface CheckAnnotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly annotation_level: 'failure' | 'warning' | 'notice';
  readonly message: string;
  readonly title: string;
}

export interface CheckRun {
  /** Stable, so that it can be required: `ml-loop / validate-data (demand)`. */
  readonly name: string;
  readonly external_id: string;
  readonly conclusion: Conclusion;
  readonly output: { readonly title: string; readonly summary: string; readonly text?: string };
  readonly annotations: readonly CheckAnnotation[];
}

/** A commit may be required to have this, as it may a check run of the same name. */
export interface CommitStatus {
  readonly context: string;
  readonly state: 'success' | 'failure' | 'error';
  readonly description: string;
}

/** More than a person reads, in four requests. */
const ANNOTATIONS = 200;
const LEVELS = { error: 'failure', warning: 'warning', notice: 'notice' } as const;

/** @param placed puts an annotation's file into the repository; undefined if it lies outside of it. */
export function checkRunOf(told: StageReport, placed: (file: string) => string | undefined): CheckRun {
  return {
    name: checkName(told),
    external_id: `ml-loop/${toldKey(told)}`,
    conclusion: conclusionOf(told),
    output: { title: titleOf(told), ...texts(told) },
    annotations: annotationsOf(told).flatMap((annotation) => inRepository(annotation, placed)),
  };
}

export function commitStatusOf(told: StageReport): CommitStatus {
  const conclusion = conclusionOf(told);
  const isError = told.verdict === undefined;
  return {
    context: checkName(told),
    state: isError ? 'error' : conclusion === 'failure' ? 'failure' : 'success',
    description: clip(titleOf(told), STATUS_DESCRIPTION_CHARACTERS),
  };
}

function checkName(told: StageReport): string {
  return clip(`ml-loop / ${toldTitle(told)}`, CHECK_RUN_TITLE_CHARACTERS);
}

/** The status before the answer: a neutral check run does not show by its mark what it found. */
function titleOf(told: StageReport): string {
  const observed = told.observed ? 'observed: ' : '';
  return clip(`${observed}${statusOf(told)}: ${answerLine(told)}`, CHECK_RUN_TITLE_CHARACTERS);
}

function texts(told: StageReport): { summary: string; text?: string } {
  const { action, verdict, problems, reportPath } = told;
  const budget = CHECK_RUN_TEXT_BYTES;
  if (verdict === undefined) return { summary: errorSummary(action, problems, { budget }) };
  const { finding, rest } = summaryInTwo(verdict, { budget, ...(reportPath && { reportPath }) });
  return { summary: finding, text: rest };
}

/** All levels share the room, the more severe first. */
function annotationsOf({ action, verdict, problems }: StageReport): Annotation[] {
  const all = verdict === undefined ? rankedProblems(action, problems) : ranked(verdict);
  const placed = all.filter(({ annotation }) => annotation.file !== undefined);
  return withinLimits(placed, {
    perLevel: ANNOTATIONS,
    message: ANNOTATION_MESSAGE_CHARACTERS,
    title: ANNOTATION_TITLE_CHARACTERS,
  }).slice(0, ANNOTATIONS);
}

function inRepository(
  { level, title, message, file = '', startLine = 1, endLine = startLine }: Annotation,
  placed: (file: string) => string | undefined,
): CheckAnnotation[] {
  const path = placed(file);
  if (path === undefined) return [];
  return [
    { path, start_line: startLine, end_line: endLine, annotation_level: LEVELS[level], message, title },
  ];
}
