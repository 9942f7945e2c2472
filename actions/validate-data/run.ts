import type { Checked } from '../../shared/contract/checked.ts';
import type { Contract } from '../../shared/contract/contract.ts';
import { gradedById } from '../../shared/contract/grade.ts';
import { inferContract } from '../../shared/contract/infer.ts';
import { missingTextChecks } from '../../shared/contract/missing-texts.ts';
import { type Reference, readReference } from '../../shared/drift/reference.ts';
import { modelName } from '../../shared/inputs/common.ts';
import type { Findings } from '../../shared/integrity/options.ts';
import type { Outcome } from '../../shared/ports/outcome.ts';
import type { Ports } from '../../shared/ports/ports.ts';
import { grouped } from '../../shared/problem/numbers.ts';
import { UserError } from '../../shared/problem/problem.ts';
import { printProfile } from '../../shared/profile/file.ts';
import { profileMeasures } from '../../shared/profile/measures.ts';
import type { Profile } from '../../shared/profile/profile.ts';
import type { Profiled } from '../../shared/profile/profiler.ts';
import { CHAMPION, championOf } from '../../shared/registry/champion.ts';
import { openRegistry } from '../../shared/registry/open.ts';
import { isModelReference, parseModelReference } from '../../shared/registry/reference.ts';
import { isParquet } from '../../shared/scan/names.ts';
import type { Check, Subject } from '../../shared/verdict/verdict.ts';
import { identityOf, verdictOf } from '../../shared/verdict/verdict.ts';
import { textOptions } from './asked.ts';
import { type GivenContract, givenContract } from './contract.ts';
import type { Inputs } from './inputs.ts';
import { detectedDialect, dialectCheck, partitionCheck, readOnce } from './read.ts';
import { listViolations } from './violations.ts';

/** Checks a table against a contract and a reference; without either it proposes a contract. */
export async function run(inputs: Inputs, ports: Ports): Promise<Outcome> {
  const { files } = ports;
  const paths = await files.glob(inputs.data);
  const given = await givenContract(inputs, ports);
  const contract = given?.contract;
  const reference = await referenceOf(inputs, given, ports);
  const compared = reference === 'first' ? undefined : reference;
  const { digest, stored } = await files.bundle(paths);
  const detected = await detectedDialect(paths, inputs, given, ports);
  const asked = { inputs, given, reference: compared, dialect: given?.dialect ?? detected };
  const { checked, profiled, integrity: sound } = await readOnce(paths, asked, ports);
  if ((await files.bundle(paths)).digest !== digest) throw changed(paths);
  const data: Subject = {
    role: 'data',
    name: inputs.data.join(', '),
    ...identityOf({ digest, stored }),
    rows: checked.rows,
  };
  const key = inputs.key !== undefined && inputs.key.length > 0 ? inputs.key : (contract?.table.key ?? []);
  const drift = compared && (await compareWith(compared, profiled, inputs, contract, key));
  const proposed =
    contract === undefined && compared === undefined && profiled.profile.rows > 0
      ? await files.writeReport(
          'contract.yml',
          inferContract(profiled.profile, { ...profiled, typed: paths.some(isParquet) }),
        )
      : undefined;
  const profile = await files.writeReport(
    'profile.json',
    printProfile({ ...profiled.profile, ...countsOf(checked, sound), digest }, inputs.samples),
  );
  const all = [
    ...(given?.checks ?? []),
    ...(detected === undefined ? [] : [dialectCheck(detected)]),
    ...partitionCheck(paths),
    ...checked.checks,
    ...missingTextChecks(profiled.missing),
    ...(sound?.checks ?? []),
    ...(drift?.checks ?? []),
    ...(reference === 'first' ? [firstCheck(inputs)] : []),
    ...(proposed === undefined ? [] : [proposal(proposed)]),
  ];
  const grades = contract?.table.checks ?? new Map();
  const regraded = all.map((check) => gradedById(check, grades, checked.rows));
  const placed = paths.some(isParquet)
    ? await (await import('./row-groups.ts')).inRowGroups(regraded, files)
    : regraded;
  const { checks, violations } = await listViolations(placed, inputs['max-locations'], ports);
  const verdict = verdictOf({
    action: 'validate-data',
    name: modelName(inputs, ports.runner),
    subjects: compared === undefined ? [data] : [data, compared.subject],
    checks,
    measures: {
      ...profileMeasures(profiled.profile, compared?.profile, drift?.measures ?? {}, inputs.samples),
      ...(sound === undefined ? {} : { integrity: sound.measures }),
    },
    configuration: configurationOf(inputs, key),
    createdAt: ports.clock.now(),
    scope: `in ${grouped(checked.rows)} rows`,
  });
  const counts = { rows: String(checked.rows), 'invalid-rows': String(checked.invalidRows) };
  return { verdict, outputs: { profile, contract: proposed ?? given?.path ?? '', violations, ...counts } };
}

/** `first` if the reference is a champion that is still to come, which does not stop the first run of a loop. */
async function referenceOf(
  inputs: Inputs,
  given: GivenContract | undefined,
  ports: Ports,
): Promise<Reference | 'first' | undefined> {
  const { reference = [] } = inputs;
  const [first] = reference;
  if (first === undefined) return undefined;
  if (reference.length === 1 && isModelReference(first)) {
    const { name, which } = parseModelReference(first, 'reference');
    if (which === CHAMPION) {
      const named = {
        name,
        given: true,
        ifNew: 'leave reference out until its first release',
        models: ports.models,
      };
      if ((await championOf(await openRegistry(inputs, ports), named)) === null) return 'first';
    }
  }
  // It is read as the data are.
  const dialect = given?.dialect;
  const reading = { text: textOptions(inputs, dialect), delimiter: inputs.delimiter, dialect };
  return readReference(reference, ports.files, () => openRegistry(inputs, ports), ports, reading);
}

/** The verdict names bytes, and what was read must have been those. */
function changed(paths: readonly string[]): UserError {
  return new UserError({
    what: 'changed while it was read, so nothing can be said about its bytes',
    where: paths.join(', '),
    fix: 'run the step after the data have been written',
  });
}

/** The statistics are loaded only if there is something to compare. */
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

/** What was counted of whole rows, if it was. */
function countsOf(
  { checks }: Checked,
  sound: Findings | undefined,
): Pick<Profile, 'duplicateRows' | 'keyViolations'> {
  const duplicates = sound?.measures.duplicates;
  const key = checks.find(({ id }) => id === 'table.key')?.observed;
  return {
    ...(typeof duplicates === 'number' ? { duplicateRows: duplicates } : {}),
    ...(typeof key === 'number' ? { keyViolations: key } : {}),
  };
}

function firstCheck({ reference = [] }: Inputs): Check {
  return {
    id: 'reference.missing',
    status: 'warn',
    message: `there is no ${reference.join(', ')} yet, so the distributions were not compared`,
    fix: 'release a first version with deploy-canary, or give the training data as reference',
  };
}

function proposal(path: string): Check {
  return {
    id: 'contract.proposed',
    status: 'warn',
    message: `there is no contract and no reference, so only the form of the data was checked; ${path} proposes a contract`,
    fix: `read the proposal, correct it, put it into the repository, and give it as contract`,
  };
}

function configurationOf(inputs: Inputs, key: readonly string[]) {
  const { data, contract = null, reference = null, margin, samples } = inputs;
  const { label = null, timestamp = null, integrity, disjoint, memory, delimiter, encoding } = inputs;
  const { 'contract-table': table, 'contract-files': named } = inputs;
  return {
    ...{ data, contract, reference, key, margin, samples, 'max-locations': inputs['max-locations'] },
    ...{ label, timestamp, integrity, disjoint, memory, 'max-decompressed': inputs['max-decompressed'] },
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(encoding === undefined ? {} : { encoding }),
    ...(table === undefined ? {} : { 'contract-table': table }),
    ...(named === undefined ? {} : { 'contract-files': named }),
  };
}
