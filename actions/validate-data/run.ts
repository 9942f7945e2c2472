import type { FeatureResult } from '../../shared/compare/features.ts';
import { type Reference, readReference } from '../../shared/compare/reference.ts';
import type { JudgedTable } from '../../shared/contract/checked.ts';
import type { Contract } from '../../shared/contract/contract.ts';
import { gradedById } from '../../shared/contract/grade.ts';
import { inferContract } from '../../shared/contract/infer.ts';
import { missingTextChecks } from '../../shared/contract/missing-texts.ts';
import { modelName } from '../../shared/inputs/common.ts';
import type { IntegrityFindings } from '../../shared/integrity/options.ts';
import type { Outcome } from '../../shared/ports/outcome.ts';
import type { LocalBundle, Ports } from '../../shared/ports/ports.ts';
import { grouped } from '../../shared/problem/numbers.ts';
import { UserError } from '../../shared/problem/problem.ts';
import { printProfile } from '../../shared/profile/file.ts';
import { profileMeasures } from '../../shared/profile/measures.ts';
import type { Profile } from '../../shared/profile/profile.ts';
import type { ProfiledRows } from '../../shared/profile/profiler.ts';
import type { DetectedForm } from '../../shared/read/detect.ts';
import { saidDialect } from '../../shared/read/dialect-inputs.ts';
import { dataFiles } from '../../shared/read/lake.ts';
import { isParquet } from '../../shared/read/names.ts';
import { CHAMPION, championOf } from '../../shared/registry/champion.ts';
import { openRegistry } from '../../shared/registry/open.ts';
import { isModelReference, parseModelReference } from '../../shared/registry/reference.ts';
import type { Check, Subject } from '../../shared/verdict/verdict.ts';
import { subjectIdentity, verdictOf } from '../../shared/verdict/verdict.ts';
import { type GivenContract, givenContract } from './contract.ts';
import type { Inputs } from './inputs.ts';
import { detectedForm, dialectChecks, partitionCheck, readOnce, snapshotCheck } from './read.ts';
import { type DataFindings, type DataRequest, textOptions } from './request.ts';
import { listViolations } from './violations.ts';

/** Checks a table against a contract and a reference; without either it proposes a contract. */
export async function run(inputs: Inputs, ports: Ports): Promise<Outcome> {
  const request = await parse(inputs, ports);
  const findings = await read(request, ports);
  const judgement = await judge(request, findings, ports);
  return report(request, findings, judgement, ports);
}

interface Request extends DataRequest {
  readonly paths: readonly string[];
  /** What is told of tables with a log of their files. */
  readonly tables: readonly string[];
  readonly key: readonly string[];
  /** Of the files as they are before they are read. */
  readonly bundle: Pick<LocalBundle, 'digest' | 'stored'>;
  readonly detected: DetectedForm | undefined;
  /** Is the reference a champion that is still to come? */
  readonly isFirst: boolean;
}

async function parse(inputs: Inputs, ports: Ports): Promise<Request> {
  const { paths, tables } = await dataFiles(inputs.data, ports.files);
  const given = await givenContract(inputs, ports);
  const reference = await referenceOf(inputs, given, ports);
  const bundle = await ports.files.bundle(paths);
  const detected = await detectedForm(paths, inputs, given, ports);
  return {
    ...{ inputs, paths, tables, given, bundle, detected, isFirst: reference === 'first' },
    reference: reference === 'first' ? undefined : reference,
    dialect: {
      ...(given?.dialect ?? detected?.dialect),
      ...given?.contract.table.missing,
      ...saidDialect(inputs),
    },
    key: inputs.key !== undefined && inputs.key.length > 0 ? inputs.key : (given?.contract.table.key ?? []),
  };
}

async function read(request: Request, ports: Ports): Promise<DataFindings> {
  const { paths, bundle } = request;
  const findings = await readOnce(paths, request, ports);
  if ((await ports.files.bundle(paths)).digest !== bundle.digest) throw changed(paths);
  return findings;
}

interface Judgement {
  readonly checks: readonly Check[];
  readonly drift: FeatureResult | undefined;
  /** The path of the proposed contract. */
  readonly proposed: string | undefined;
}

async function judge(request: Request, findings: DataFindings, ports: Ports): Promise<Judgement> {
  const { inputs, paths, tables, given, reference, detected, isFirst, key } = request;
  const { checked, profiled, integrity } = findings;
  const contract = given?.contract;
  const drift = reference && (await compareWith(reference, profiled, inputs, contract, key));
  const proposed =
    contract === undefined && reference === undefined && profiled.profile.rows > 0
      ? await ports.files.writeReport(
          'contract.yml',
          inferContract(profiled.profile, { ...profiled, typed: paths.some(isParquet) }),
        )
      : undefined;
  const checks = [
    ...(given?.checks ?? []),
    ...(detected === undefined ? [] : dialectChecks(detected)),
    ...snapshotCheck(tables),
    ...partitionCheck(paths),
    ...checked.checks,
    ...missingTextChecks(profiled.missing),
    ...(integrity?.checks ?? []),
    ...(drift?.checks ?? []),
    ...(isFirst ? [firstCheck(inputs)] : []),
    ...(proposed === undefined ? [] : [proposal(proposed)]),
  ];
  const grades = contract?.table.checks ?? new Map();
  return { checks: checks.map((check) => gradedById(check, grades, checked.rows)), drift, proposed };
}

async function report(
  request: Request,
  findings: DataFindings,
  { checks: judged, drift, proposed }: Judgement,
  ports: Ports,
): Promise<Outcome> {
  const { inputs, paths, given, reference, key, bundle } = request;
  const { checked, profiled, integrity } = findings;
  const { files } = ports;
  const { digest } = bundle;
  const profile = await files.writeReport(
    'profile.json',
    printProfile({ ...profiled.profile, ...countsOf(checked, integrity), digest }, inputs.samples),
  );
  const placed = paths.some(isParquet)
    ? await (await import('./row-groups.ts')).inRowGroups(judged, files)
    : judged;
  const { checks, violations } = await listViolations(placed, inputs['max-locations'], ports);
  const data: Subject = {
    role: 'data',
    name: inputs.data.join(', '),
    ...subjectIdentity(bundle),
    rows: checked.rows,
  };
  const verdict = verdictOf({
    action: 'validate-data',
    name: modelName(inputs, ports.runner),
    subjects: reference === undefined ? [data] : [data, reference.subject],
    checks,
    measures: {
      ...profileMeasures(profiled.profile, reference?.profile, drift?.measures ?? {}, inputs.samples),
      ...(integrity === undefined ? {} : { integrity: integrity.measures }),
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
  profiled: ProfiledRows,
  { margin, samples }: Inputs,
  contract: Contract | undefined,
  key: readonly string[],
) {
  const { distributionChecks } = await import('./distributions.ts');
  return distributionChecks(reference.profile, profiled, { contract, key, margin, samples });
}

/** What was counted of whole rows, if it was. */
function countsOf(
  { checks }: JudgedTable,
  sound: IntegrityFindings | undefined,
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
