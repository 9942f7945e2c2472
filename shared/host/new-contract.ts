/** What a change's own contract would say of the data: told with the change, and decides nothing. */
import { isDeepStrictEqual } from 'node:util';
import type { InputTable } from '../inputs/table.ts';
import type { ActionRun } from '../ports/outcome.ts';
import { problemLine, UserError } from '../problem/problem.ts';
import type { GateFiles } from './gate-files.ts';
import { createPorts, type PortsOptions } from './ports.ts';

type Given = Readonly<Record<string, unknown>>;

export interface ContractTrial {
  readonly table: InputTable;
  /** The values that judge, and those that the change says. */
  readonly judged: Given;
  readonly own: Given;
  readonly files: GateFiles;
  /** Those of the judgement, with another folder for the report. */
  readonly ports: PortsOptions;
}

/** Which inputs name the contract, and its parts. */
const OF_CONTRACT = ['contract', 'contract-table', 'contract-files'] as const;
const MOST_TOLD = 5;

/** @returns undefined if there is nothing to try: the change leaves the contract alone, or has none. */
export async function triedContract(
  trial: ContractTrial,
  run: ActionRun<never>,
): Promise<string | undefined> {
  const { table, judged, own, files } = trial;
  const named = OF_CONTRACT.filter((name) => Object.hasOwn(table, name));
  const isSame = named.every((name) => isDeepStrictEqual(judged[name], own[name]));
  if (table.contract?.gate !== 'contract' || own.contract === undefined) return undefined;
  if (isSame && files.ofContract.size === 0) return undefined;
  const inputs = { ...judged, ...Object.fromEntries(named.map((name) => [name, own[name]])) };
  const instead = new Map([...files.instead].filter(([path]) => !files.ofContract.has(path)));
  const ports = createPorts({ ...trial.ports, instead, log: { info: () => {} } });
  try {
    const { verdict } = await run(inputs as never, ports);
    return toldOf(verdict.checks.filter(({ status }) => status === 'fail').map(({ id }) => id));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const told = error.problems.slice(0, MOST_TOLD).map(problemLine).join('; ');
    return `the new contract cannot judge these data: ${told}`;
  } finally {
    await ports.close();
  }
}

function toldOf(failing: readonly string[]): string {
  if (failing.length === 0) return 'by the new contract, no check of these data would fail';
  const ids = [...new Set(failing)];
  const counted = ids.map((id) => `${id} (${failing.filter((one) => one === id).length})`);
  const shown = counted.slice(0, MOST_TOLD).join(', ');
  const more = counted.length > MOST_TOLD ? `, and ${counted.length - MOST_TOLD} more` : '';
  const fails =
    failing.length === 1
      ? '1 check of these data would fail'
      : `${failing.length} checks of these data would fail`;
  return `by the new contract, ${fails}: ${shown}${more}`;
}
