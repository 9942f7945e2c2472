import { type Problem, problemLine } from '../problem/problem.ts';
import type { Status } from '../verdict/status.ts';
import type { Check, Verdict } from '../verdict/verdict.ts';
import {
  clip,
  count,
  findingText,
  type LineRun,
  lineRuns,
  mostSevereFirst,
  placesText,
  targetParts,
} from './format.ts';
import {
  ANNOTATION_MESSAGE_CHARACTERS,
  ANNOTATION_TITLE_CHARACTERS,
  ANNOTATIONS_PER_LEVEL,
} from './limits.ts';
import { plain } from './markdown.ts';

export type AnnotationLevel = 'error' | 'warning' | 'notice';

/** One annotation, as plain text; whoever prints it escapes it for its channel. */
export interface Annotation {
  readonly level: AnnotationLevel;
  readonly title: string;
  readonly message: string;
  readonly file?: string;
  readonly startLine?: number;
  readonly endLine?: number;
}

export interface AnnotationLimits {
  readonly perLevel: number;
  readonly message: number;
  readonly title: number;
}

const GITHUB: AnnotationLimits = {
  perLevel: ANNOTATIONS_PER_LEVEL,
  message: ANNOTATION_MESSAGE_CHARACTERS,
  title: ANNOTATION_TITLE_CHARACTERS,
};

const LEVELS: Readonly<Record<Exclude<Status, 'pass'>, AnnotationLevel>> = {
  fail: 'error',
  inconclusive: 'warning',
  warn: 'warning',
};

/** An annotation with its turn: every check comes with its first run of lines before any comes with its second. */
export interface RankedAnnotation {
  readonly round: number;
  readonly annotation: Annotation;
}

/** What did not pass, most severe first, at most `perLevel` a level; the last of a full level says how many more. */
export function annotations(verdict: Verdict, limits: AnnotationLimits = GITHUB): Annotation[] {
  return withinLimits(ranked(verdict, limits), limits);
}

/** Everything of a verdict that did not pass, without a limit on how many. */
export function ranked(verdict: Verdict, limits: AnnotationLimits = GITHUB): RankedAnnotation[] {
  return mostSevereFirst(verdict.checks).flatMap((check) => {
    if (check.status === 'pass') return [];
    const level = LEVELS[check.status];
    // The rows that a comparison names are examples of one finding, not findings of their own.
    const runs = /^(comparison|anchor)\./.test(check.id) ? [] : lineRuns(check.locations ?? []);
    const found: (LineRun | undefined)[] = runs.length === 0 ? [undefined] : runs;
    return found.map((run, round) => ({ round, annotation: annotation(level, check, run, round, limits) }));
  });
}

/** The problems of an action that could not judge, at their line of the configuration or contract if they name one. */
export function rankedProblems(action: string, problems: readonly Problem[]): RankedAnnotation[] {
  return problems.map((problem) => ({
    round: 0,
    annotation: {
      level: 'error',
      title: `${plain(action)}: error`,
      message: plain(problemLine(problem)),
      ...placeOf(problem),
    },
  }));
}

/** `ml-loop.yml:12 margin`. */
function placeOf({ where = '' }: Problem): Pick<Annotation, 'file' | 'startLine' | 'endLine'> {
  const [, file, line] = /^([^\s:]+\.\w+):(\d{1,9})(?=$|[\s:])/.exec(where) ?? [];
  return file === undefined ? {} : { file, startLine: Number(line), endLine: Number(line) };
}

/** The annotations of one step: in turn, at most `perLevel` a level; the last of a full level says how many more. */
export function withinLimits(
  all: readonly RankedAnnotation[],
  limits: AnnotationLimits = GITHUB,
): Annotation[] {
  return (['error', 'warning', 'notice'] as const).flatMap((level) => {
    const rounds = all.filter((one) => one.annotation.level === level).sort((a, b) => a.round - b.round);
    return withinLevel(
      rounds.map((one) => one.annotation),
      limits,
    );
  });
}

function annotation(
  level: AnnotationLevel,
  check: Check,
  run: LineRun | undefined,
  round: number,
  limits: AnnotationLimits,
): Annotation {
  const title = [check.status, check.id, ...targetParts(check)].map(plain).join(' · ');
  const lines = [plain(findingText(check))];
  if (round === 0) lines.push(...places(check), ...(check.fix === undefined ? [] : [plain(check.fix)]));
  return {
    level,
    title: clip(title, limits.title),
    message: clip(lines.join('\n'), limits.message),
    ...(run === undefined ? {} : { file: run.file }),
    ...(run?.start === undefined ? {} : { startLine: run.start, endLine: run.end ?? run.start }),
  };
}

/** All places of a check in one line, when there is more than the one the annotation stands at. */
function places(check: Check): string[] {
  const runs = lineRuns(check.locations ?? []);
  const { files, more } = placesText(check, 30);
  if (runs.length < 2 && more === 0) return [];
  if (files.length === 0) return [`at ${count(more, 'place')}`];
  const rest = more === 0 ? '' : `, and ${count(more, 'more place')}`;
  return [`at ${files.map(plain).join('; ')}${rest}`];
}

function withinLevel(list: readonly Annotation[], { perLevel, message }: AnnotationLimits): Annotation[] {
  const shown = list.slice(0, Math.max(0, perLevel));
  const last = shown.pop();
  if (last === undefined) return shown;
  const more = list.length - perLevel;
  if (more <= 0) return [...shown, last];
  const note = `\n(and ${count(more, `more ${last.level}`)}: see the job summary and the report)`;
  return [...shown, { ...last, message: clip(last.message, message - note.length) + note }];
}
