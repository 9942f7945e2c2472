import { resolve } from 'node:path';
import type { CommonValues } from '../inputs/common.ts';
import type { InputTable, InputValues } from '../inputs/table.ts';
import type { ActionRun, Outcome } from '../ports/outcome.ts';
import { htmlReport } from '../report/html.ts';
import { EXIT, exitCode } from '../verdict/status.ts';
import { failedChecks, verdictText, withChecks } from '../verdict/verdict.ts';
import { DiskFiles } from './files.ts';
import { gateChecks, isUnknown, type StageGate } from './gate.ts';
import type { GateFiles } from './gate-files.ts';
import { createPorts, type PortsOptions } from './ports.ts';
import { type Action, reportFolder, type StageOptions, type StageResult } from './stage.ts';

interface Given {
  readonly inputs: InputValues<InputTable> & CommonValues;
  /** What the change says itself. */
  readonly own: InputValues<InputTable>;
}

/** Runs an action whose inputs are right, and writes its verdict and report. */
export async function judged(
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
  readonly inputs: InputValues<InputTable>;
  readonly own: InputValues<InputTable>;
  readonly gate: StageGate | undefined;
  readonly files: GateFiles;
}

/** What the change's own contract would say, if it is another one than that which judges. */
async function triedBy(
  { action, inputs, own, gate, files }: Tried,
  run: ActionRun<never>,
  ports: PortsOptions,
): Promise<string | undefined> {
  if (gate?.base.kind !== 'commit' || files.problem !== undefined) return undefined;
  const { triedContract } = await import('./new-contract.ts');
  return triedContract({ table: action.definition.inputs, judged: inputs, own, files, ports }, run);
}

/** The files of the gate, if a change is judged by a base branch that can be read. */
async function gateFilesOf(
  { definition }: Action,
  inputs: InputValues<InputTable>,
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
