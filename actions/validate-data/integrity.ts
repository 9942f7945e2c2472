import type { Contract } from '../../shared/contract/contract.ts';
import type { Reference } from '../../shared/drift/reference.ts';
import {
  createIntegrity,
  type Findings,
  INTEGRITY_CHECKS,
  type Integrity,
  type IntegrityCheck,
} from '../../shared/integrity/integrity.ts';
import type { Ports } from '../../shared/ports/ports.ts';
import { UserError } from '../../shared/problem/problem.ts';
import type { Profile } from '../../shared/profile/profile.ts';
import { isModelReference } from '../../shared/registry/reference.ts';
import { readTables } from '../../shared/table/table.ts';
import type { Inputs } from './inputs.ts';

/** The integrity checks of one run: those of the data's rows, and then of the reference's. */
export interface RunIntegrity {
  readonly add: Integrity['add'];
  finish(profile: Profile): Promise<Findings>;
}

/**
 * Undefined where `integrity` is `off`.
 *
 * @throws UserError where other inputs would then do nothing.
 */
export function integrityOf(
  inputs: Inputs,
  contract: Contract | undefined,
  reference: Reference | undefined,
  ports: Ports,
): RunIntegrity | undefined {
  if (inputs.integrity.includes('off')) {
    refuseIdle(inputs);
    return undefined;
  }
  const { label, timestamp, disjoint, samples, key = [], 'max-locations': maxLocations } = inputs;
  const integrity = createIntegrity({
    key: key.length > 0 ? key : (contract?.table.key ?? []),
    ignored: contract?.table.notCompared ?? [],
    label,
    timestamp,
    disjoint,
    referenceColumns: reference?.profile.columns.map(({ name }) => name),
    failOn: inputs.integrity.filter(isCheck),
    maxLocations,
    samples,
    now: ports.clock.now(),
  });
  return {
    add: (batch) => integrity.add(batch),
    finish: async (profile) => {
      if (disjoint && reference !== undefined) await addRows(integrity, reference, inputs, ports);
      return integrity.finish(profile, reference?.profile);
    },
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
      mend: 'take one of the two out',
    })),
  );
}

function isCheck(name: string): name is IntegrityCheck {
  return INTEGRITY_CHECKS.some((check) => check === name);
}

/** A profile and a model have no rows. */
async function addRows(
  integrity: Integrity,
  { subject }: Reference,
  { reference = [] }: Inputs,
  { files }: Ports,
): Promise<void> {
  if (reference.some(isModelReference)) return;
  const paths = await files.glob(reference);
  if (paths.length === 1 && paths[0]?.toLowerCase().endsWith('.json')) return;
  const sources = paths.map((path) => files.source(path));
  for await (const batch of readTables(sources)) integrity.addReference(batch);
  if ((await files.bundle(paths)).digest === subject.digest) return;
  throw new UserError({
    what: 'changed while it was read, so that nothing can be said of its bytes',
    where: `input reference (${paths.join(', ')})`,
    mend: 'run the step when the data have been written',
  });
}
