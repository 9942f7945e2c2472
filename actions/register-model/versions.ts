import type { Outcome } from '../../shared/ports/outcome.ts';
import { grouped } from '../../shared/problem/numbers.ts';
import { UserError } from '../../shared/problem/problem.ts';
import { versionBefore } from '../../shared/registry/moves.ts';
import { type ModelReference, requireModel } from '../../shared/registry/reference.ts';
import type { ModelVersion, Registry } from '../../shared/registry/registry.ts';
import { bytesIn } from '../../shared/verdict/digest.ts';
import { isPassing } from '../../shared/verdict/status.ts';
import { type Check, type JsonObject, verdictOf } from '../../shared/verdict/verdict.ts';
import type { OperationTerms } from './asked.ts';
import type { OperationCall } from './call.ts';
import { imageChecks, sizeText, trustIn, wholeChecks } from './whole.ts';

/** Points the alias to a version whose bytes and evidence are whole. */
export async function promote(call: OperationCall, reference: ModelReference): Promise<Outcome> {
  const version = await found(call.registry, reference);
  const checks = await wholeChecks(version, call);
  if (!checks.every(({ status }) => isPassing(status))) return outcomeOf(call, checks, { version });
  return moved(call, version, checks);
}

/** Points the alias to the version that it named before. @throws UserError if there is none. */
export async function rollback(call: OperationCall): Promise<Outcome> {
  const { name, inputs, registry } = call;
  const { alias } = inputs;
  const before = versionBefore((await registry.history(name))[alias] ?? []);
  if (before === null) {
    throw new UserError({
      what: `${alias} of ${name} named no other version before`,
      where: 'input alias',
      fix: 'write operation: promote with the version that it should name; operation: list shows them',
    });
  }
  const version = await found(registry, { name, which: before });
  const checks = await wholeChecks(version, call);
  if (checks.some(({ id, status }) => id === 'register.bytes' && !isPassing(status)))
    return outcomeOf(call, checks, { version });
  return moved(call, version, checks);
}

async function moved(call: OperationCall, version: ModelVersion, checks: readonly Check[]): Promise<Outcome> {
  const { name, inputs, registry } = call;
  const { alias } = inputs;
  const previous = (await registry.aliases(name))[alias] ?? null;
  await registry.setAlias(name, alias, version.version, previous);
  const check: Check = {
    id: 'register.alias',
    status: 'pass',
    observed: version.version,
    expected: version.version,
    message:
      previous === version.version
        ? `${alias} of ${name} names ${version.version} already`
        : `${alias} of ${name} names ${version.version} now; before: ${previous ?? 'nothing'}`,
  };
  return outcomeOf(call, [...checks, check], { version, previous });
}

/** Hashes the bytes of one version or of all again, and looks at their evidence. */
export async function verifyModel(call: OperationCall, reference: ModelReference | null): Promise<Outcome> {
  const { name, registry } = call;
  const trust = await trustIn(call);
  const checksOf = async (version: ModelVersion) => [
    ...(await wholeChecks(version, call, trust)),
    ...(await imageChecks(version, call)),
  ];
  if (reference !== null) {
    const version = await found(registry, reference);
    return outcomeOf(call, await checksOf(version), { version });
  }
  const versions = await registry.versions(name);
  const checks: Check[] = [];
  for (const version of versions) checks.push(...(await checksOf(version)));
  const summary = versions.length === 0 ? `${name} has no version` : undefined;
  return outcomeOf(call, checks, { summary });
}

/** Copies a version's files into a folder, and verifies the copies. */
export async function runFetch(
  call: OperationCall,
  { reference, to }: Extract<OperationTerms, { operation: 'fetch' }>,
): Promise<Outcome> {
  const { registry, ports } = call;
  const version = await found(registry, reference);
  await registry.fetch(version, ports.files.resolve(to));
  const message = `${version.name} ${version.version} is in ${to}: ${sizeText(version)}, hashed after the copy`;
  return outcomeOf(call, [{ id: 'register.fetched', status: 'pass', message }], { version });
}

/** Shows the versions, with the aliases that name them. */
export async function runList(call: OperationCall): Promise<Outcome> {
  const { name, registry, ports } = call;
  const versions = [...(await registry.versions(name))].reverse();
  const named = namesOf(await registry.aliases(name));
  for (const version of versions)
    ports.log.info(
      [
        ...[name, version.version, version.createdAt, sizeText(version), version.digest],
        ...[version.origin?.reference ?? '', named(version)].filter((text) => text !== ''),
      ]
        .join('  ')
        .trimEnd(),
    );
  const check: Check = {
    id: 'register.versions',
    status: 'pass',
    observed: versions.length,
    message:
      versions.length === 0
        ? `${name} has no version yet`
        : `${name} has ${grouped(versions.length)} version${versions.length === 1 ? '' : 's'}: ${versions
            .slice(0, 20)
            .map((version) => `${version.version}${named(version) && ` (${named(version)})`}`)
            .join(', ')}${versions.length > 20 ? ', …' : ''}`,
  };
  return outcomeOf(call, [check], {
    measures: { versions: versions.map(rowOf(named)) },
    summary: check.message,
  });
}

/** The aliases of a version, in words. */
function namesOf(aliases: Readonly<Record<string, string>>) {
  return ({ version }: ModelVersion) =>
    Object.keys(aliases)
      .filter((alias) => aliases[alias] === version)
      .sort()
      .join(', ');
}

/** An entry of `measures.versions`. */
function rowOf(named: (version: ModelVersion) => string) {
  return (version: ModelVersion) => ({
    version: version.version,
    aliases: named(version),
    registered: version.createdAt,
    digest: version.digest,
    bytes: bytesIn(version.files),
    ...(version.origin === undefined ? {} : { origin: version.origin.reference }),
    verdicts: version.evidence.filter((file) => file.startsWith('verdicts/')).length,
  });
}

/** `measures.versions`: all versions of the model, the newest first. */
export async function versionRows(registry: Registry, name: string) {
  const aliases = await registry.aliases(name);
  return [...(await registry.versions(name))].reverse().map(rowOf(namesOf(aliases)));
}

async function found(registry: Registry, reference: ModelReference): Promise<ModelVersion> {
  const { name, which } = reference;
  return requireModel(registry, reference, {
    what: `${name} has no ${which}`,
    where: 'input version',
    fix: 'name a version, an alias or a digest; operation: list shows them',
  });
}

interface Result {
  readonly version?: ModelVersion;
  /** What the alias named before; only if it was moved. */
  readonly previous?: string | null;
  readonly measures?: JsonObject;
  readonly summary?: string | undefined;
}

/** The outcome of an operation on versions that are there. */
export function outcomeOf(
  { name, inputs, ports }: OperationCall,
  checks: readonly Check[],
  { version, previous, measures = {}, summary }: Result,
): Outcome {
  const { operation, alias, registry = 'auto' } = inputs;
  return {
    verdict: verdictOf({
      action: 'register-model',
      name,
      subjects:
        version === undefined
          ? []
          : [{ role: 'model', name: `${name}@${version.version}`, digest: version.digest }],
      checks,
      measures,
      configuration: { operation, version: inputs.version, alias, registry },
      createdAt: ports.clock.now(),
      ...(summary === undefined ? { scope: `for ${name}` } : { summary }),
    }),
    outputs: {
      version: version?.version ?? '',
      digest: version?.digest ?? '',
      uri: version?.uri ?? '',
      created: 'false',
      image: '',
      previous: previous ?? '',
      attestations: '',
    },
  };
}
