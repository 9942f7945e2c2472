import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { CommonValues } from '../inputs/common.ts';
import type { InputLayer } from '../inputs/parse.ts';
import type { ActionDefinition, InputTable, InputValues } from '../inputs/table.ts';
import type { ActionRun } from '../ports/outcome.ts';
import { messageOf, type Problem, UserError } from '../problem/problem.ts';
import { isFull } from '../state/durable.ts';
import { EXIT } from '../verdict/status.ts';
import { TOOL } from '../verdict/tool.ts';
import type { Verdict, VerdictSource } from '../verdict/verdict.ts';
import type { ConfiguredStage } from './configured.ts';
import type { StageGate } from './gate.ts';
import { emptyReportFolder } from './report-folder.ts';
import type { Surface } from './surface.ts';

/** An action as it is run: its declaration, and its code, loaded when its inputs have been found right. */
export interface Action<T extends InputTable = InputTable> {
  readonly definition: ActionDefinition<T>;
  load(): Promise<ActionRun<InputValues<T>>>;
}

/** Each run parses its inputs by its own table, so that outside of it their types need not be told apart. */
export function actionOf<T extends InputTable>(
  definition: ActionDefinition<T>,
  load: Action<T>['load'],
): Action {
  return { definition, load } as Action<InputTable> & Action<T>;
}

/** How one action ended. */
export type StageResult =
  | {
      readonly kind: 'verdict';
      readonly verdict: Verdict;
      readonly outputs: Record<string, string>;
      /** What the policy says; see `exitOf`. */
      readonly exit: number;
      /** `mode: observe`: the policy is told, and does not fail the step. */
      readonly observed: boolean;
      readonly reportPath: string;
      readonly workingDirectory: string;
    }
  | { readonly kind: 'refused'; readonly error: UserError; readonly exit: number }
  | { readonly kind: 'defect'; readonly error: unknown; readonly exit: number };

/** The exit code of the step. */
export function exitOf(result: StageResult): number {
  return result.kind === 'verdict' && result.observed ? EXIT.ok : result.exit;
}

export interface StageOptions {
  readonly surface: Surface;
  /** Values, the most specific layer first. */
  readonly layers: readonly InputLayer[];
  readonly env: NodeJS.ProcessEnv;
  /** What the verdict says of where it was made. */
  readonly source?: VerdictSource | undefined;
  /** What the configuration file says beside the action's own section. */
  readonly configured?: ConfiguredStage | undefined;
  /** What the base branch says, if a change is judged. */
  readonly gate?: StageGate | undefined;
}

/** Takes the verdict of a run back that ends with an error after all. */
export function withdrawVerdict(result: StageResult): void {
  const path = result.kind === 'verdict' ? result.outputs.verdict : undefined;
  if (result.kind === 'verdict' && path !== undefined)
    rmSync(resolve(result.workingDirectory, path), { force: true });
}

/** What kept an action from judging; none if it did. */
export function stageProblems(result: StageResult): readonly Problem[] {
  if (result.kind === 'verdict') return [];
  if (result.kind === 'refused') return result.error.problems;
  const what = `a defect of ${TOOL.name} ${TOOL.version}: ${messageOf(result.error)}`;
  return [{ what, fix: 'please report it with the stack in the log' }];
}

/** How an error ends an action: the user's side as a refusal, anything else as a defect of ours. */
export function failure(error: unknown): StageResult {
  if (error instanceof UserError) return { kind: 'refused', error, exit: EXIT.user };
  if (isFull(error)) return { kind: 'refused', error: new UserError(fullDisk(error)), exit: EXIT.user };
  return { kind: 'defect', error, exit: EXIT.defect };
}

/** Wherever it was met: in the reports, in the folder for temporary files, in the runner's own files. */
function fullDisk(error: unknown): Problem {
  return { what: `a disk is full: ${messageOf(error)}`, fix: 'free space on it, and run this again' };
}

/** `<report-directory>/<action>[-<report-id>]`. */
export function reportFolder(
  action: Action,
  { 'report-directory': directory, 'report-id': id }: Pick<CommonValues, 'report-directory' | 'report-id'>,
): string {
  if (id !== undefined && !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(id)) {
    throw new UserError({
      what: `${JSON.stringify(id)} is not allowed`,
      where: 'input report-id',
      fix: 'use letters, digits, `.`, `_` and `-`',
    });
  }
  return join(directory, id === undefined ? action.definition.name : `${action.definition.name}-${id}`);
}

/** The text of an input in the first layer that gives it, or its default, before any of them is known to be right. */
export function rawText(
  { definition }: Action,
  layers: readonly InputLayer[],
  name: string,
): string | undefined {
  const texts = layers
    .map((layer) => layer.values[name])
    .map((value) => (typeof value === 'number' ? String(value) : value))
    .filter((value) => typeof value === 'string');
  return texts.map((text) => text.trim()).find((text) => text !== '') ?? definition.inputs[name]?.default;
}

/** The files of an earlier run, its verdict above all, go before anything can go wrong. @throws as `emptyReportFolder`. */
export async function removeOldVerdict(action: Action, layers: readonly InputLayer[]): Promise<void> {
  const raw = (name: string) => rawText(action, layers, name);
  const root = resolve(raw('working-directory') ?? '.');
  const folder = reportFolder(action, {
    'report-directory': raw('report-directory') ?? '',
    'report-id': raw('report-id'),
  });
  emptyReportFolder(resolve(root, folder), pathsGiven(action, layers, root));
}

/** What the values may name as files, absolute: single paths, and those of lists in any of their forms. */
function pathsGiven({ definition }: Action, layers: readonly InputLayer[], root: string): string[] {
  const values = Object.keys(definition.inputs).map((name) =>
    layers.map((layer) => layer.values[name]).find((value) => value !== undefined && value !== ''),
  );
  return values
    .flat()
    .flatMap((value) => (typeof value === 'string' ? value.split(/[\n,[\]"']/) : []))
    .map((text) => resolve(root, text.trim()));
}
