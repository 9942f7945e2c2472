import type { Ports } from '../../shared/ports/ports.ts';
import { type DetectedForm, detectFile } from '../../shared/read/detect.ts';
import { saidDialect } from '../../shared/read/dialect-inputs.ts';
import { isDelimited } from '../../shared/read/names.ts';
import { folderPartitions } from '../../shared/read/partitions.ts';
import type { Check } from '../../shared/verdict/verdict.ts';
import type { GivenContract } from './contract.ts';
import type { Inputs } from './inputs.ts';
import { integrityOptions, referencePaths, verifyReference } from './integrity.ts';
import { type DataFindings, type DataRequest, textOptions } from './request.ts';
import { LISTED } from './violations.ts';

/** How the first of the files is written, if it is delimited text and no imported contract says it. */
export async function detectedForm(
  paths: readonly string[],
  inputs: Inputs,
  given: GivenContract | undefined,
  { files }: Pick<Ports, 'files'>,
): Promise<DetectedForm | undefined> {
  const [first] = paths;
  if (first === undefined || !isDelimited(first) || given?.dialect !== undefined) return undefined;
  const found = await detectFile(files.source(first), textOptions(inputs), saidDialect(inputs));
  return found.signs.length === 0 && found.doubt === undefined ? undefined : found;
}

/** Which files of tables with a log are read. */
export function snapshotCheck(tables: readonly string[]): Check[] {
  return tables.length === 0 ? [] : [{ id: 'file.snapshot', status: 'pass', message: tables.join('; ') }];
}

/** If only some files lie in folders named `key=value`, or with other keys, these are not columns; that is told. */
export function partitionCheck(paths: readonly string[]): Check[] {
  if (folderPartitions(paths) !== undefined) return [];
  const keys = new Set((folderPartitions(paths, true) ?? []).flatMap((partition) => [...partition.keys()]));
  if (keys.size === 0) return [];
  return [
    {
      id: 'file.partitions',
      status: 'warn',
      observed: [...keys].sort(),
      message: `not all files lie in folders with the same keys, so ${[...keys].sort().join(', ')} are not columns`,
      fix: 'give files of one layout, such as y=2026/m=01/a.csv, or leave the others out',
    },
  ];
}

/** What was detected, so that no one takes it for said. */
export function dialectChecks({ dialect: { encoding }, signs, doubt }: DetectedForm): Check[] {
  const inputs = signs.flatMap(({ input }) => (input === undefined ? [] : [input]));
  const fix = `set ${inputs.join(', ')}`;
  const read: Check = {
    id: 'file.dialect',
    // What a few rows look like is not known for sure of all.
    status: inputs.length === 0 ? 'pass' : 'warn',
    message: `the files are read ${signs.map(({ text }) => text).join(', ')}, because their beginning looks like that`,
    ...(inputs.length === 0 ? {} : { fix: encoding === undefined ? fix : `save them as UTF-8, or ${fix}` }),
  };
  return [
    ...(signs.length === 0 ? [] : [read]),
    ...(doubt === undefined
      ? []
      : [
          {
            id: 'file.numbers',
            status: doubt.open ? ('fail' as const) : ('warn' as const),
            message: doubt.message,
            fix: doubt.fix,
          },
        ]),
  ];
}

/** Contract, structure, profile and integrity from one pass over the files. */
export async function readOnce(
  paths: readonly string[],
  request: DataRequest,
  ports: Ports,
): Promise<DataFindings> {
  const sources = paths.map((path) => ports.files.source(path));
  const { inputs, given, reference, dialect } = request;
  const { key, samples, memory, delimiter } = inputs;
  const options = integrityOptions(inputs, given?.contract, reference, ports);
  const others = options === undefined ? [] : await referencePaths(inputs, reference, ports);
  const { scanTables } = await import('../../shared/scan/scan.ts');
  const scanned = await scanTables(sources, {
    contract: given?.contract,
    key,
    reference: reference?.profile,
    now: ports.clock.now(),
    open: (path) => ports.files.source(path),
    ...{ maxLocations: LISTED, samples, memory },
    ...{ delimiter, dialect },
    text: textOptions(inputs, dialect),
    spill: await ports.spill(),
    threads: ports.threads,
    integrity: options,
    ...(others.length === 0 ? {} : { referenceRows: others.map((path) => ports.files.source(path)) }),
  });
  await verifyReference(others, reference, ports);
  const { profiled, checked, integrity: facts } = scanned;
  if (options === undefined || facts === undefined) return { profiled, checked, integrity: undefined };
  const { integrityFindings } = await import('../../shared/integrity/findings.ts');
  return {
    profiled,
    checked,
    integrity: await integrityFindings(facts, options, profiled.profile, reference?.profile),
  };
}
