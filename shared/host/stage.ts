import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { CommonValues } from '../inputs/common.ts';
import { type Layer, parseInputs } from '../inputs/parse.ts';
import type { ActionDefinition, InputTable, Values } from '../inputs/table.ts';
import type { Outcome, Run } from '../ports/outcome.ts';
import { messageOf, type Problem, UserError } from '../problem/problem.ts';
import { htmlReport } from '../report/html.ts';
import { isFull } from '../state/durable.ts';
import { EXIT, exitCode } from '../verdict/status.ts';
import { TOOL } from '../verdict/tool.ts';
import { failedChecks, type Source, type Verdict, verdictText, withChecks } from '../verdict/verdict.ts';
import type { Configured } from './configured.ts';
import { DiskFiles } from './files.ts';
import { gateChecks, isUnknown, type StageGate } from './gate.ts';
import type { GateFiles } from './gate-files.ts';
import { createPorts, type PortsOptions } from './ports.ts';
import { emptyReportFolder } from './report-folder.ts';
import type { Surface } from './surface.ts';

/** An action as it is run: its declaration, and its code, loaded when its inputs have been found right. */
export interface Action<T extends InputTable = InputTable> {
  readonly definition: ActionDefinition<T>;
  load(): Promise<Run<Values<T>>>;
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
  readonly layers: readonly Layer[];
  readonly env: NodeJS.ProcessEnv;
  /** What the verdict says of where it was made. */
  readonly source?: Source | undefined;
  /** What the configuration file says beside the action's own section. */
  readonly configured?: Configured | undefined;
  /** What the base branch says, if a change is judged. */
  readonly gate?: StageGate | undefined;
}

/** Parses the inputs, runs the action and writes its verdict and report; never throws. */
export async function runStage(action: Action, options: StageOptions): Promise<StageResult> {
  try {
    await removeOldVerdict(action, options.layers);
    const { gate, layers } = options;
    // What does not count yet would otherwise be found wrong after its merge.
    const own =
      gate === undefined || gate.own.length === 0
        ? undefined
        : parseInputs(action.definition.inputs, gate.own);
    const inputs = parseInputs(action.definition.inputs, layers) as Values<InputTable> & CommonValues;
    if (inputs['github-token'] !== undefined) options.surface.mask(inputs['github-token']);
    return await judged(action, { inputs, own: own ?? inputs }, options);
  } catch (error) {
    return failure(error);
  }
}

/** Takes the verdict of a run back that ends with an error after all. */
export function withdraw(result: StageResult): void {
  const path = result.kind === 'verdict' ? result.outputs.verdict : undefined;
  if (result.kind === 'verdict' && path !== undefined)
    rmSync(resolve(result.workingDirectory, path), { force: true });
}

/** What kept an action from judging; none if it did. */
export function problemsOf(result: StageResult): readonly Problem[] {
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

interface Given {
  readonly inputs: Values<InputTable> & CommonValues;
  /** What the change says itself. */
  readonly own: Values<InputTable>;
}

async function judged(
  action: Action,
  { inputs: given, own: said }: Given,
  options: StageOptions,
): Promise<StageResult> {
  const folder = reportFolder(action, given);
  const { gate } = options;
  const own = new DiskFiles(resolve(given['working-directory']), '', given['follow-links']);
  const files = await gateFilesOf(action, given, gate, own);
  const inputs = { ...given, ...files.inputs };
  const portsOptions = {
    instead: files.instead,
    workingDirectory: inputs['working-directory'],
    reportFolder: folder,
    followLinks: inputs['follow-links'],
    now: inputs.now,
    runner: options.surface.runner,
    source: options.source,
    token: inputs['github-token'],
    env: options.env,
    log: options.surface.log,
    ...options.configured,
    mask: (secret: string) => options.surface.mask(secret),
  };
  const ports = createPorts(portsOptions);
  try {
    const run = await action.load();
    const { verdict: found, outputs: made, seal } = await run(inputs, ports);
    // Later actions must know whether the verdict may hold cell values.
    const { source } = options;
    const observed = inputs.mode === 'observe';
    const tried = await triedBy({ action, inputs, own: said, gate, files }, run, {
      ...portsOptions,
      reportFolder: await own.temporary(),
    });
    const root = resolve(inputs['working-directory']);
    const checks = gate === undefined ? [] : gateChecks(gate, { ...files, tried }, root);
    const verdict = {
      ...withChecks(found, checks),
      configuration: {
        ...found.configuration,
        samples: inputs.samples,
        ...(observed ? { mode: inputs.mode } : {}),
      },
      ...(source === undefined ? {} : { source }),
    };
    const outputs = { ...made, ...(await seal?.(verdict)) };
    // The verdict comes last: while it is there, the run has ended and all else is written.
    const reportPath = await ports.files.writeReport('report.html', await htmlReport(verdict));
    const verdictPath = await ports.files.writeReport('verdict.json', verdictText(verdict));
    return {
      kind: 'verdict',
      verdict,
      outputs: { ...commonOutputs({ verdict, outputs }, verdictPath, reportPath), ...outputs },
      exit: isUnknown(verdict) ? EXIT.policy : exitCode(verdict.status, inputs['fail-on']),
      observed,
      reportPath,
      workingDirectory: inputs['working-directory'],
    };
  } finally {
    await ports.close();
    await own.close();
  }
}

interface Tried {
  readonly action: Action;
  readonly inputs: Values<InputTable>;
  readonly own: Values<InputTable>;
  readonly gate: StageGate | undefined;
  readonly files: GateFiles;
}

/** What the change's own contract would say, if it is another one than that which judges. */
async function triedBy(
  { action, inputs, own, gate, files }: Tried,
  run: Run<never>,
  ports: PortsOptions,
): Promise<string | undefined> {
  if (gate?.base.kind !== 'commit' || files.problem !== undefined) return undefined;
  const { triedContract } = await import('./new-contract.ts');
  return triedContract({ table: action.definition.inputs, judged: inputs, own, files, ports }, run);
}

/** The files of the gate, if a change is judged by a base branch that can be read. */
async function gateFilesOf(
  { definition }: Action,
  inputs: Values<InputTable>,
  gate: StageGate | undefined,
  files: DiskFiles,
): Promise<GateFiles> {
  if (gate?.base.kind !== 'commit')
    return { instead: new Map(), ofContract: new Set(), inputs: {}, changes: [], added: [] };
  const { gateFiles } = await import('./gate-files.ts');
  return gateFiles(definition.inputs, inputs, gate.base.tree, files);
}

function commonOutputs(
  { verdict }: Outcome,
  verdictPath: string,
  reportPath: string,
): Record<string, string> {
  return {
    status: verdict.status,
    verdict: verdictPath,
    report: reportPath,
    'failed-checks': String(failedChecks(verdict)),
    summary: verdict.summary,
  };
}

/** `<report-directory>/<action>[-<report-id>]`. */
function reportFolder(
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
export function rawText({ definition }: Action, layers: readonly Layer[], name: string): string | undefined {
  const texts = layers
    .map((layer) => layer.values[name])
    .map((value) => (typeof value === 'number' ? String(value) : value))
    .filter((value) => typeof value === 'string');
  return texts.map((text) => text.trim()).find((text) => text !== '') ?? definition.inputs[name]?.default;
}

/** The files of an earlier run, its verdict above all, go before anything can go wrong. @throws as `emptyReportFolder`. */
export async function removeOldVerdict(action: Action, layers: readonly Layer[]): Promise<void> {
  const raw = (name: string) => rawText(action, layers, name);
  const root = resolve(raw('working-directory') ?? '.');
  const folder = reportFolder(action, {
    'report-directory': raw('report-directory') ?? '',
    'report-id': raw('report-id'),
  });
  emptyReportFolder(resolve(root, folder), pathsGiven(action, layers, root));
}

/** What the values may name as files, absolute: single paths, and those of lists in any of their forms. */
function pathsGiven({ definition }: Action, layers: readonly Layer[], root: string): string[] {
  const values = Object.keys(definition.inputs).map((name) =>
    layers.map((layer) => layer.values[name]).find((value) => value !== undefined && value !== ''),
  );
  return values
    .flat()
    .flatMap((value) => (typeof value === 'string' ? value.split(/[\n,[\]"']/) : []))
    .map((text) => resolve(root, text.trim()));
}
