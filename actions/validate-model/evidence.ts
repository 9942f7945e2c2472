import { modelName } from '../../shared/inputs/common.ts';
import type { Sheets } from '../../shared/model/join.ts';
import { predict } from '../../shared/model/predict.ts';
import { readSheet, type Sheet } from '../../shared/model/sheet.ts';
import type { LocalBundle, Ports } from '../../shared/ports/ports.ts';
import { UserError } from '../../shared/problem/problem.ts';
import { isModelReference, parseModelReference, resolveModel } from '../../shared/registry/reference.ts';
import type { Check, Subject } from '../../shared/verdict/verdict.ts';
import type { Inputs } from './inputs.ts';
import { comparisonOf } from './request.ts';

/** What is judged: the files' columns, what their bytes are, and what the evidence itself already shows. */
export interface Evidence {
  readonly sheets: Sheets;
  readonly subjects: readonly Subject[];
  readonly checks: readonly Check[];
  readonly binding: 'bound' | 'declared';
  /** Candidate and production are the same bytes: of models, or of predictions files. */
  readonly same?: 'model' | 'predictions';
  /** `trained-until` of production's metadata. */
  readonly productionTrainedUntil?: string;
}

/** Predictions that the user supplies. */
export async function declaredEvidence(
  inputs: Inputs,
  wanted: readonly string[],
  ports: Ports,
): Promise<Evidence> {
  const { candidate = '', production, model } = inputs;
  const test = inputs['test-data'];
  const paths = {
    candidate,
    ...(production === undefined ? {} : { production }),
    ...(test === undefined ? {} : { test }),
  };
  const sheets = {
    candidate: await readSheet(ports.files.source(candidate), wanted),
    ...(production === undefined
      ? {}
      : { production: await readSheet(ports.files.source(production), wanted) }),
    ...(test === undefined ? {} : { test: await testSheet(inputs, test, wanted, ports) }),
  };
  const subjects: Subject[] = [];
  if (model !== undefined) {
    subjects.push({
      role: 'candidate',
      name: model.join(', '),
      digest: (await ports.files.bundle(model)).digest,
    });
  }
  const digests: Record<string, string> = {};
  for (const [role, path] of Object.entries(paths)) {
    const { digest, files } = await ports.files.bundle([path]);
    digests[role] = files[0]?.sha256 ?? digest;
    const rows = sheets[role as keyof typeof sheets]?.n;
    subjects.push({
      role: role === 'test' ? 'data' : 'predictions',
      name: path,
      digest,
      ...(rows === undefined ? {} : { rows }),
    });
  }
  return {
    sheets,
    subjects,
    checks: bindingChecks(inputs),
    binding: 'declared',
    ...(digests.candidate === digests.production ? { same: 'predictions' as const } : {}),
  };
}

function bindingChecks(inputs: Inputs): Check[] {
  if (!inputs['require-bound']) return [];
  return [
    {
      id: 'evidence.binding',
      status: 'fail',
      observed: 'declared',
      expected: 'bound',
      message: 'the predictions were supplied, so that nothing shows which model made them',
      mend: 'let the action make them: give predict, model and test-data',
    },
  ];
}

/** Test data is read whole where its features are written to the judged rows. */
function testSheet(inputs: Inputs, path: string, wanted: readonly string[], ports: Ports): Promise<Sheet> {
  return readSheet(ports.files.source(path), inputs['judged-rows'] > 0 ? 'all' : wanted);
}

/** A model on this machine. */
interface LocalModel {
  readonly name: string;
  /** For `{model}`. */
  readonly path: string;
  readonly bundle: LocalBundle;
  readonly trainedUntil?: string;
}

/** Predictions that the action makes itself: the user's command on both models, hashed before and after. */
export async function boundEvidence(
  inputs: Inputs,
  wanted: readonly string[],
  ports: Ports,
): Promise<Evidence> {
  const [path = ''] = inputs.model ?? [];
  const test = inputs['test-data'] ?? '';
  const candidate: LocalModel = { name: path, path, bundle: await ports.files.bundle([path]) };
  const production = await productionModel(inputs, candidate, ports);
  // Known only now, and before the command has run.
  if (production !== undefined) comparisonOf(inputs);
  const data = await ports.files.bundle([test]);
  const same = production?.bundle.digest === candidate.bundle.digest;
  const folder = await ports.files.temporary();
  // Read between the two looks at its bytes.
  const tested = await testSheet(inputs, test, wanted, ports);
  const runOn = async (role: 'candidate' | 'production', model: LocalModel): Promise<Sheet> => {
    const out = `${folder}/${role}.csv`;
    await predict(
      {
        command: inputs.predict ?? [],
        paths: { model: model.path, data: test, out },
        timeoutMs: inputs['predict-timeout'],
        role,
      },
      ports,
    );
    // Temporary paths tell the reader nothing.
    return readSheet({ name: `${role} predictions.csv`, open: () => ports.files.source(out).open() }, wanted);
  };
  const predicted = await runOn('candidate', candidate);
  const other = production === undefined || same ? undefined : await runOn('production', production);
  const watched = [
    ['the candidate model', candidate.path, candidate.bundle.digest],
    ...(production === undefined
      ? []
      : [['the production model', production.path, production.bundle.digest] as const]),
    ['the test data', test, data.digest],
  ] as const;
  const changed: string[] = [];
  for (const [what, path, digest] of watched)
    if ((await digestNow(path, ports)) !== digest) changed.push(what);
  return {
    sheets: { candidate: predicted, test: tested, ...(other === undefined ? {} : { production: other }) },
    subjects: [
      { role: 'candidate', name: candidate.name, digest: candidate.bundle.digest },
      ...(production === undefined
        ? []
        : [{ role: 'production' as const, name: production.name, digest: production.bundle.digest }]),
      { role: 'data', name: test, digest: data.digest, rows: tested.n },
    ],
    checks: [changedCheck(changed)],
    binding: 'bound',
    ...(same ? { same: 'model' as const } : {}),
    ...(production?.trainedUntil === undefined ? {} : { productionTrainedUntil: production.trainedUntil }),
  };
}

async function digestNow(path: string, ports: Ports): Promise<string | undefined> {
  try {
    return (await ports.files.bundle([path])).digest;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

function changedCheck(changed: readonly string[]): Check {
  const common = { id: 'model.changed', observed: changed, expected: [] };
  if (changed.length === 0) {
    return {
      ...common,
      status: 'pass',
      message: 'models and test data were the same before and after predict',
    };
  }
  return {
    ...common,
    status: 'fail',
    message: `predict changed ${changed.join(' and ')}, so that the predictions cannot be said to be theirs`,
    mend: 'let predict write nowhere but to {out}',
  };
}

/** A path, or a version of the registry; undefined where there is no champion yet. */
async function productionModel(
  inputs: Inputs,
  candidate: LocalModel,
  ports: Ports,
): Promise<LocalModel | undefined> {
  const given = inputs['production-model'];
  if (given !== undefined && !isModelReference(given)) {
    return { name: given, path: given, bundle: await ports.files.bundle([given]) };
  }
  if (given === undefined && inputs.registry === undefined) return undefined;
  const reference = parseModelReference(given ?? `model:${modelName(inputs)}@champion`, 'production-model');
  const { openRegistry } = await import('../../shared/registry/open.ts');
  const registry = await openRegistry(inputs, ports);
  const version = await resolveModel(registry, reference);
  const name = `model:${reference.name}@${reference.which}`;
  if (version === null) {
    if (reference.which === 'champion') return undefined;
    throw new UserError({
      what: `there is no ${name}`,
      where: 'input production-model',
      mend: 'name a version or an alias that the registry has',
    });
  }
  const folder = await ports.files.temporary();
  await registry.fetch(version, folder);
  const [file] = version.files;
  // A model of one file was given as a file, not as a folder, where the candidate is.
  const isFile =
    version.files.length === 1 &&
    candidate.bundle.files.length === 1 &&
    candidate.path.endsWith(candidate.bundle.files[0]?.path ?? '/');
  const path = isFile && file !== undefined ? `${folder}/${file.path}` : folder;
  const trainedUntil = version.metadata['trained-until'];
  return {
    name: `model:${version.name}@${version.version}`,
    path,
    bundle: await ports.files.bundle([path]),
    ...(trainedUntil === undefined ? {} : { trainedUntil }),
  };
}
