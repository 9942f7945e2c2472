import { type Checked, createChecker } from '../../shared/contract/checker.ts';
import type { Contract } from '../../shared/contract/contract.ts';
import { inferContract } from '../../shared/contract/infer.ts';
import { type Reference, readReference } from '../../shared/drift/reference.ts';
import { modelName } from '../../shared/inputs/common.ts';
import type { Outcome } from '../../shared/ports/outcome.ts';
import type { Ports } from '../../shared/ports/ports.ts';
import { UserError } from '../../shared/problem/problem.ts';
import { printProfile } from '../../shared/profile/file.ts';
import { profileMeasures } from '../../shared/profile/measures.ts';
import { createProfiler, type Profiled } from '../../shared/profile/profiler.ts';
import { openRegistry } from '../../shared/registry/open.ts';
import { isModelReference, parseModelReference, resolveModel } from '../../shared/registry/reference.ts';
import { type Fault, readTables } from '../../shared/table/table.ts';
import type { Check, Subject } from '../../shared/verdict/verdict.ts';
import { verdictOf } from '../../shared/verdict/verdict.ts';
import { type GivenContract, givenContract } from './contract.ts';
import type { Inputs } from './inputs.ts';
import { integrityOf, type RunIntegrity } from './integrity.ts';

/** Checks a table against a contract and a reference; without either it proposes a contract. */
export async function run(inputs: Inputs, ports: Ports): Promise<Outcome> {
  const { files } = ports;
  const paths = await files.glob(inputs.data);
  const given = await givenContract(inputs, ports);
  const contract = given?.contract;
  const reference = await referenceOf(inputs, ports);
  const compared = reference === 'first' ? undefined : reference;
  const { digest } = await files.bundle(paths);
  const integrity = integrityOf(inputs, contract, compared, ports);
  const { checked, profiled } = await readOnce(paths, inputs, given, compared, integrity, ports);
  if ((await files.bundle(paths)).digest !== digest) throw changed(paths);
  const data: Subject = { role: 'data', name: inputs.data.join(', '), digest, rows: checked.rows };
  const key = inputs.key !== undefined && inputs.key.length > 0 ? inputs.key : (contract?.table.key ?? []);
  const drift = compared && (await compareWith(compared, profiled, inputs, contract, key));
  const sound = await integrity?.finish(profiled.profile);
  const proposed =
    contract === undefined && compared === undefined && profiled.profile.rows > 0
      ? await files.writeReport('contract.yml', inferContract(profiled.profile, profiled))
      : undefined;
  const profile = await files.writeReport(
    'profile.json',
    printProfile({ ...profiled.profile, digest }, inputs.samples),
  );
  const verdict = verdictOf({
    action: 'validate-data',
    name: modelName(inputs),
    subjects: compared === undefined ? [data] : [data, compared.subject],
    checks: [
      ...(given?.checks ?? []),
      ...checked.checks,
      ...(sound?.checks ?? []),
      ...(drift?.checks ?? []),
      ...(reference === 'first' ? [firstCheck(inputs)] : []),
      ...(proposed === undefined ? [] : [proposal(proposed)]),
    ],
    measures: {
      ...profileMeasures(profiled.profile, compared?.profile, drift?.measures ?? {}, inputs.samples),
      ...(sound === undefined ? {} : { integrity: sound.measures }),
    },
    configuration: configurationOf(inputs, key),
    createdAt: ports.clock.now(),
    scope: `in ${checked.rows} rows`,
  });
  const counts = { rows: String(checked.rows), 'invalid-rows': String(checked.invalidRows) };
  return { verdict, outputs: { profile, contract: proposed ?? given?.path ?? '', ...counts } };
}

/** `first` where the reference is a champion that is still to come, which does not stop the first run of a loop. */
async function referenceOf(inputs: Inputs, ports: Ports): Promise<Reference | 'first' | undefined> {
  const { reference = [] } = inputs;
  const [first] = reference;
  if (first === undefined) return undefined;
  if (reference.length === 1 && isModelReference(first)) {
    const named = parseModelReference(first, 'reference');
    if (named.which === 'champion' && (await resolveModel(await openRegistry(inputs, ports), named)) === null)
      return 'first';
  }
  return readReference(reference, ports.files, () => openRegistry(inputs, ports));
}

/** Contract, structure and profile from one pass over the files. */
async function readOnce(
  paths: readonly string[],
  inputs: Inputs,
  given: GivenContract | undefined,
  reference: Reference | undefined,
  integrity: RunIntegrity | undefined,
  { files, clock }: Ports,
): Promise<{ checked: Checked; profiled: Profiled }> {
  const { key, samples, 'max-locations': maxLocations } = inputs;
  const contract = given?.contract;
  const foreignKeys = contract === undefined ? [] : await foreignKeysOf(contract, files);
  const now = clock.now();
  const checker = await createChecker({ contract, key, maxLocations, samples, now, foreignKeys });
  const profiler = createProfiler(reference === undefined ? {} : { reference: reference.profile });
  const sources = paths.map((path) => files.source(path));
  const options = {
    onFault: (fault: Fault) => checker.fault(fault),
    ...(given?.dialect === undefined ? {} : { dialect: given.dialect }),
  };
  for await (const batch of readTables(sources, options)) {
    checker.add(batch);
    profiler.add(batch);
    integrity?.add(batch);
  }
  const profiled = profiler.finish();
  return { checked: checker.finish(profiled.profile), profiled };
}

async function foreignKeysOf(contract: Contract, files: Ports['files']) {
  if (contract.table.foreignKeys.length === 0) return [];
  const { readForeignKeys } = await import('../../shared/contract/foreign.ts');
  return readForeignKeys(contract, files);
}

/** The verdict names bytes, and what was read must have been those. */
function changed(paths: readonly string[]): UserError {
  return new UserError({
    what: 'changed while it was read, so that nothing can be said of its bytes',
    where: paths.join(', '),
    mend: 'run the step when the data have been written',
  });
}

/** The statistics are loaded only where there is something to compare. */
async function compareWith(
  reference: Reference,
  profiled: Profiled,
  { margin, samples }: Inputs,
  contract: Contract | undefined,
  key: readonly string[],
) {
  const { distributionChecks } = await import('./distributions.ts');
  return distributionChecks(reference.profile, profiled, { contract, key, margin, samples });
}

function firstCheck({ reference = [] }: Inputs): Check {
  return {
    id: 'reference.missing',
    status: 'warn',
    message: `there is no ${reference.join(', ')} yet, so the distributions were not compared`,
    mend: 'release a first version with deploy-canary, or give the training data as reference',
  };
}

function proposal(path: string): Check {
  return {
    id: 'contract.proposed',
    status: 'warn',
    message: `there is neither a contract nor a reference, so only the form of the data was checked; a contract is proposed in ${path}`,
    mend: `read the proposal, put it into the repository, and give it as contract`,
  };
}

function configurationOf(inputs: Inputs, key: readonly string[]) {
  const { data, contract = null, reference = null, margin, samples } = inputs;
  const { label = null, timestamp = null, integrity, disjoint } = inputs;
  const { 'contract-table': table, 'contract-files': named } = inputs;
  return {
    ...{ data, contract, reference, key, margin, samples, 'max-locations': inputs['max-locations'] },
    ...{ label, timestamp, integrity, disjoint },
    ...(table === undefined ? {} : { 'contract-table': table }),
    ...(named === undefined ? {} : { 'contract-files': named }),
  };
}
