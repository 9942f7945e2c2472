/** The results of stages that did not run: they judged nothing, and so do not pass. */
import { instantMs } from '../inputs/kinds.ts';
import { type Problem, problemLine } from '../problem/problem.ts';
import { EXIT, exitCode, type FailOn } from '../verdict/status.ts';
import { type Check, verdictOf } from '../verdict/verdict.ts';
import type { Allowance } from './allowance.ts';
import type { ReportedStage } from './loop-report.ts';
import type { Stage } from './plan.ts';
import { type Action, rawText, type StageResult } from './stage.ts';

/** A stage that acts does not follow one that did not pass. */
export function heldBack(action: Action, stage: Stage, before: ReportedStage): StageResult {
  const { result } = before;
  const how = result.kind === 'verdict' ? `was ${result.verdict.status}` : 'ended in an error';
  const check: Check = {
    id: 'stage.not-run',
    status: 'inconclusive',
    message: `${stage.action} did not run, because ${before.action} before it ${how}`,
    fix: `fix what ${before.action} found, and run the stages again`,
  };
  return without(action, stage, { check, exit: EXIT.policy });
}

/** Why a stage has not judged, and what to do first. */
export interface Missing {
  readonly problems: readonly Problem[];
  readonly fix: string;
}

/**
 * A stage whose files are missing has judged nothing. It fails the step whatever its `fail-on` says, because that is
 * about judgements. If `allow-missing` names the stage, this is a warning, and `fail-on` counts it as one.
 */
export function notRun(
  action: Action,
  stage: Stage,
  { problems, fix }: Missing,
  { allowed, remark }: Allowance,
): StageResult {
  const isAllowed = allowed.includes(stage.action);
  const check: Check = {
    id: 'stage.not-run',
    status: isAllowed ? 'warn' : 'inconclusive',
    message: `${stage.action} did not run: ${problems.map(problemLine).join('; ')}${remark}`,
    fix: isAllowed
      ? fix
      : `${fix}; only if you can do without this judgement, add \`allow-missing: [${stage.action}]\` to \`defaults:\`, which makes this a warning`,
  };
  const failOn = rawText(action, stage.layers, 'fail-on') as FailOn;
  return without(action, stage, { check, exit: isAllowed ? exitCode('warn', failOn) : EXIT.policy });
}

function without(
  action: Action,
  { model, layers }: Stage,
  { check, exit }: { readonly check: Check; readonly exit: number },
): StageResult {
  const now = instantMs(
    layers.map(({ values }) => values.now).find((value) => typeof value === 'string') ?? '',
  );
  const observed = rawText(action, layers, 'mode') === 'observe';
  const verdict = verdictOf({
    action: action.definition.name,
    name: model,
    subjects: [],
    checks: [check],
    ...(observed ? { configuration: { mode: 'observe' } } : {}),
    createdAt: Number.isNaN(now) ? new Date() : new Date(now),
  });
  return { kind: 'verdict', verdict, outputs: {}, exit, observed, reportPath: '', workingDirectory: '.' };
}
