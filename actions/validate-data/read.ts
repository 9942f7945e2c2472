import type { Ports } from '../../shared/ports/ports.ts';
import { type DetectedForm, detectFile } from '../../shared/read/detect.ts';
import { isDelimited } from '../../shared/read/names.ts';
import { folderPartitions } from '../../shared/read/partitions.ts';
import type { Check } from '../../shared/verdict/verdict.ts';
import type { GivenContract } from './contract.ts';
import type { Inputs } from './inputs.ts';
import { integrityOptions, referencePaths, verifyReference } from './integrity.ts';
import { type DataFindings, type DataRequest, textOptions } from './request.ts';
import { LISTED } from './violations.ts';

/** How the first of the files is written, if it is delimited text and neither input nor contract says it. */
export async function detectedDialect(
  paths: readonly string[],
  inputs: Inputs,
  given: GivenContract | undefined,
  { files }: Pick<Ports, 'files'>,
): Promise<DetectedForm | undefined> {
  const [first] = paths;
  if (first === undefined || !isDelimited(first) || given?.dialect !== undefined) return undefined;
  const found = await detectFile(files.source(first), textOptions(inputs));
  return Object.keys(found).length === 0 ? undefined : found;
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
export function dialectCheck({ encoding, comments = 0, quote }: DetectedForm): Check {
  const parts = [
    ...(encoding === undefined ? [] : [`in ${encoding}`]),
    ...(comments === 0
      ? []
      : [
          `without ${comments === 1 ? 'the comment line' : `the ${comments} comment lines`} before the header`,
        ]),
    ...(quote === undefined ? [] : ['with fields in single quotes']),
  ];
  return {
    id: 'file.dialect',
    // Another encoding would give other letters, and nothing in the bytes tells.
    status: encoding === undefined ? 'pass' : 'warn',
    message: `the files are read ${parts.join(', ')}, because their beginning looks like that`,
    ...(encoding === undefined ? {} : { fix: `save them as UTF-8, or set encoding: ${encoding}` }),
  };
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
