import { createChecker } from '../../shared/contract/checker.ts';
import type { Contract } from '../../shared/contract/contract.ts';
import { Memory } from '../../shared/keys/memory.ts';
import type { Ports, Source } from '../../shared/ports/ports.ts';
import { createProfiler } from '../../shared/profile/profiler.ts';
import { readTables } from '../../shared/scan/tables.ts';
import type { Fault } from '../../shared/table/table.ts';
import { type Asked, type Read, textOptions } from './asked.ts';
import { integrityOptions, referencePaths, verifyReference } from './integrity.ts';
import { LISTED } from './violations.ts';

/** Reads the files row by row: several times slower, and able to tell whatever a contract can say. */
export async function byRows(sources: readonly Source[], asked: Asked, ports: Ports): Promise<Read> {
  const { inputs, given, reference, dialect } = asked;
  const { key, samples, delimiter } = inputs;
  const contract = given?.contract;
  const memory = new Memory({ bytes: inputs.memory, spill: await ports.spill() });
  const foreignKeys =
    contract === undefined ? [] : await foreignKeysOf(contract, ports.files, sources, memory);
  const now = ports.clock.now();
  const checker = await createChecker({
    ...{ contract, key, samples, now, foreignKeys, memory },
    maxLocations: LISTED,
  });
  const profiler = createProfiler(reference === undefined ? {} : { reference: reference.profile });
  const options = integrityOptions(inputs, contract, reference, ports);
  const { createIntegrity } = await import('../../shared/integrity/integrity.ts');
  const integrity = options && createIntegrity({ ...options, memory });
  const reading = {
    ...textOptions(inputs, dialect),
    ...(dialect === undefined ? {} : { dialect }),
    ...(delimiter === undefined ? {} : { delimiter }),
  };
  const onFault = (fault: Fault) => checker.fault(fault);
  for await (const batch of readTables(sources, { ...reading, onFault })) {
    checker.add(batch);
    profiler.add(batch);
    integrity?.add(batch);
  }
  const profiled = profiler.finish();
  if (integrity !== undefined) {
    const others = await referencePaths(inputs, reference, ports);
    const rows = readTables(
      others.map((path) => ports.files.source(path)),
      reading,
    );
    if (others.length > 0) for await (const batch of rows) integrity.addReference(batch);
    await verifyReference(others, reference, ports);
  }
  return {
    profiled,
    checked: checker.finish(profiled.profile),
    integrity: await integrity?.finish(profiled.profile, reference?.profile),
  };
}

async function foreignKeysOf(
  contract: Contract,
  files: Ports['files'],
  sources: readonly Source[],
  memory: Memory,
) {
  if (contract.table.foreignKeys.length === 0) return [];
  const { readForeignKeys } = await import('../../shared/contract/foreign.ts');
  const names = sources.map(({ name }) => name);
  return readForeignKeys(contract, files, names, memory);
}
