import type { Reference } from '../../shared/compare/reference.ts';
import type { Contract } from '../../shared/contract/contract.ts';
import {
  INTEGRITY_CHECKS,
  type IntegrityCheck,
  type IntegrityOptions,
} from '../../shared/integrity/options.ts';
import type { Ports } from '../../shared/ports/ports.ts';
import { UserError } from '../../shared/problem/problem.ts';
import { dataFiles } from '../../shared/read/lake.ts';
import { isModelReference } from '../../shared/registry/reference.ts';
import type { Inputs } from './inputs.ts';
import { LISTED } from './violations.ts';

/**
 * What is to be looked for; undefined if `integrity` is `off`.
 *
 * @throws UserError if other inputs would then do nothing.
 */
export function integrityOptions(
  inputs: Inputs,
  contract: Contract | undefined,
  reference: Reference | undefined,
  { clock }: Pick<Ports, 'clock'>,
): IntegrityOptions | undefined {
  if (inputs.integrity.includes('off')) {
    refuseIdle(inputs);
    return undefined;
  }
  const { label, timestamp, disjoint, samples, key = [] } = inputs;
  return {
    key: key.length > 0 ? key : (contract?.table.key ?? []),
    ignored: contract?.table.notCompared ?? [],
    label,
    timestamp,
    disjoint,
    referenceColumns: reference?.profile.columns.map(({ name }) => name),
    failOn: inputs.integrity.filter(isCheck),
    maxLocations: LISTED,
    samples,
    now: clock.now(),
  };
}

function refuseIdle({ label, timestamp, disjoint }: Inputs): void {
  const idle = Object.entries({ label, timestamp, disjoint })
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([name]) => name);
  if (idle.length === 0) return;
  throw new UserError(
    idle.map((name) => ({
      what: 'does nothing with integrity: off',
      where: `input ${name}`,
      fix: 'leave out one of the two',
    })),
  );
}

function isCheck(name: string): name is IntegrityCheck {
  return INTEGRITY_CHECKS.some((check) => check === name);
}

/** With `disjoint`, the reference's files of rows; a profile and a model have none. */
export async function referencePaths(
  { disjoint, reference = [] }: Inputs,
  read: Reference | undefined,
  { files }: Pick<Ports, 'files'>,
): Promise<readonly string[]> {
  if (!disjoint || read === undefined || reference.some(isModelReference)) return [];
  const { paths } = await dataFiles(reference, files);
  return paths.some((path) => path.toLowerCase().endsWith('.json')) ? [] : paths;
}

/** @throws UserError if the reference's files are no longer those whose digest the verdict names. */
export async function verifyReference(
  paths: readonly string[],
  reference: Reference | undefined,
  { files }: Pick<Ports, 'files'>,
): Promise<void> {
  if (paths.length === 0 || (await files.bundle(paths)).digest === reference?.subject.digest) return;
  throw new UserError({
    what: 'changed while it was read, so nothing can be said about its bytes',
    where: `input reference (${paths.join(', ')})`,
    fix: 'run the step after the data have been written',
  });
}
