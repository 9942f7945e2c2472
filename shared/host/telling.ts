/** Whether a pull request, or a commit, is told of stages; what it takes is loaded only then. */
import { resolve } from 'node:path';
import { COMMON_INPUTS } from '../inputs/common.ts';
import { type InputLayer, isGiven } from '../inputs/parse.ts';
import type { StageReport } from '../report/told.ts';
import { eventOf, wantsCheckRun, wantsComment } from './event.ts';
import type { Telling, TellOptions } from './pull-request.ts';
import { type Action, rawText, type StageResult, stageProblems } from './stage.ts';
import type { Start } from './surface.ts';

/** A stage that has ended, with the values that it was given. */
export interface EndedStage {
  readonly action: Action;
  /** Of the stage, if it is not an action's. */
  readonly title?: string;
  readonly layers: readonly InputLayer[];
  readonly result: StageResult;
}

/**
 * Tells of stages as their inputs `comment` and `check-run` say. Never throws.
 *
 * @param isWhole do the stages cover all that the comment tells of?
 * @returns the results whose places GitHub shows by a check run.
 */
export async function tellOf(
  stages: readonly EndedStage[],
  start: Pick<Start, 'surface' | 'env'>,
  { isWhole = false, pause }: { readonly isWhole?: boolean; readonly pause?: TellOptions['pause'] } = {},
): Promise<ReadonlySet<StageResult>> {
  const { surface, env } = start;
  const event = eventOf(env);
  const tellings = stages.map((stage) => {
    const setting = (name: 'comment' | 'check-run') => {
      const asked = settingOf(stage.layers, name);
      return asked === 'auto' && !surface.runner.github ? false : asked;
    };
    return {
      result: stage.result,
      telling: {
        told: toldOf(stage),
        comment: wantsComment(event, setting('comment')),
        checkRun: wantsCheckRun(event, setting('check-run')),
        workingDirectory: resolve(rawText(stage.action, stage.layers, 'working-directory') ?? '.'),
      } satisfies Telling,
    };
  });
  const wanted = tellings.filter(({ telling }) => telling.comment || telling.checkRun);
  const token = wanted.length === 0 ? undefined : tokenOf(stages);
  if (token === undefined) return new Set();
  surface.mask(token);
  const [{ tell }, { gitHubOf }] = await Promise.all([import('./pull-request.ts'), import('./ports.ts')]);
  const open = () => gitHubOf(env, token, env.GITHUB_REPOSITORY, true);
  const shown = await tell(
    wanted.map(({ telling }) => telling),
    start,
    { open, isWhole, ...(pause && { pause }) },
  );
  return new Set(wanted.filter(({ telling }) => shown.includes(telling)).map(({ result }) => result));
}

function toldOf({ action, title, layers, result }: EndedStage): StageReport {
  const raw = (name: string) => rawText(action, layers, name);
  const name = raw('name') ?? '';
  const isVerdict = result.kind === 'verdict';
  return {
    action: title ?? action.definition.name,
    name,
    id: idBeside(name, raw('report-id')),
    ...(isVerdict ? { verdict: result.verdict } : {}),
    problems: stageProblems(result),
    failed: result.exit !== 0,
    observed: isVerdict && result.observed,
    reportPath: isVerdict ? result.reportPath : '',
  };
}

/** The id that the step gives: the root action adds the model's name to it, which is told anyway. */
function idBeside(name: string, id = ''): string {
  if (id === name) return '';
  return name !== '' && id.endsWith(`-${name}`) ? id.slice(0, -name.length - 1) : id;
}

function settingOf(layers: readonly InputLayer[], name: 'comment' | 'check-run'): 'auto' | boolean {
  const value = layers.map(({ values }) => values[name]).find(isGiven) ?? 'auto';
  try {
    return COMMON_INPUTS[name].kind.parse(value) as 'auto' | boolean;
  } catch {
    // A value that is not allowed has ended the stage, which is told as usual.
    return 'auto';
  }
}

function tokenOf(stages: readonly EndedStage[]): string | undefined {
  return stages
    .map(({ action, layers }) => rawText(action, layers, 'github-token'))
    .find((token) => token !== undefined);
}
