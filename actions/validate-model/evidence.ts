import type { Sheets } from '../../shared/model/join.ts';
import { predict } from '../../shared/model/predict.ts';
import { readSheet, type Sheet, withColumns } from '../../shared/model/sheet.ts';
import type { LocalBundle, Ports } from '../../shared/ports/ports.ts';
import { UserError } from '../../shared/problem/problem.ts';
import { modelBundle, modelHere } from '../../shared/registry/origin/model.ts';
import type { ModelVersion, Registry } from '../../shared/registry/registry.ts';
import { bytesIn } from '../../shared/verdict/digest.ts';
import {
  type Baseline,
  type Check,
  type ComparedSubjects,
  type Subject,
  subjectIdentity,
} from '../../shared/verdict/verdict.ts';
import {
  anchorPlace,
  type BaselinePlace,
  declaredBaselines,
  productionPlace,
  shownVersion,
} from './baseline.ts';
import { requireDigest } from './expected.ts';
import type { Inputs } from './inputs.ts';
import { comparisonOf } from './request.ts';

/** What is judged: the files' columns, what their bytes are, and what the evidence itself already shows. */
export interface ModelEvidence {
  readonly sheets: Sheets;
  readonly subjects: readonly Subject[];
  readonly checks: readonly Check[];
  readonly compared: ComparedSubjects;
  /** Candidate and production are the same bytes: of models, or of predictions files. */
  readonly same?: 'model' | 'predictions';
  /** What production's and the anchor's metadata say of their training. */
  readonly trained: Readonly<Partial<Record<'production' | 'anchor', TrainingFacts>>>;
  /** Sizes of the models' files in bytes. */
  readonly sizeBytes: Readonly<Partial<Record<Role, number>>>;
}

type Role = 'candidate' | 'production' | 'anchor';

/** What is known of a model's training data. */
export interface TrainingFacts {
  /** ISO 8601. */
  readonly until?: string | undefined;
  /** Digests of the training data, as register-model was given them. */
  readonly data?: readonly string[];
}

/** Predictions that the user supplies. */
export async function declaredEvidence(
  inputs: Inputs,
  wanted: readonly string[] | 'all',
  ports: Ports,
): Promise<ModelEvidence> {
  const { candidate = '', production, anchor, model } = inputs;
  const test = inputs['test-data'];
  const paths = {
    candidate,
    ...(production === undefined ? {} : { production }),
    ...(anchor === undefined ? {} : { anchor }),
    ...(test === undefined ? {} : { test }),
  };
  const read = async (role: Role, path: string) => {
    const sheet = await readSheet(ports.files.source(path), wanted);
    return withLosses(sheet, { role, path, data: test ?? path }, inputs, ports);
  };
  const sheets = {
    candidate: await read('candidate', candidate),
    ...(production === undefined ? {} : { production: await read('production', production) }),
    ...(anchor === undefined ? {} : { anchor: await read('anchor', anchor) }),
    ...(test === undefined ? {} : { test: await testSheet(inputs, test, wanted, ports) }),
  };
  const compared = await declaredBaselines(inputs, ports);
  const subjects: Subject[] = [];
  const bundle = model === undefined ? undefined : await modelBundle(model, 'model', ports);
  if (model !== undefined && bundle !== undefined) {
    requireDigest(inputs, bundle.digest);
    subjects.push({ role: 'candidate', name: model.join(', '), digest: bundle.digest });
  }
  const digests: Record<string, string> = {};
  for (const [role, path] of Object.entries(paths)) {
    const { digest, files, stored } = await ports.files.bundle([path]);
    digests[role] = files[0]?.sha256 ?? digest;
    const rows = sheets[role as keyof typeof sheets]?.n;
    subjects.push({
      role: role === 'test' ? 'data' : 'predictions',
      name: path,
      ...subjectIdentity({ digest, stored }),
      ...(rows === undefined ? {} : { rows }),
    });
  }
  return {
    sheets,
    subjects,
    checks: bindingChecks(inputs),
    compared,
    trained: {},
    sizeBytes: bundle === undefined ? {} : { candidate: bytesIn(bundle.files) },
    ...(digests.candidate === digests.production ? { same: 'predictions' as const } : {}),
  };
}

/** The predictions with the numbers that the user's metric command makes of them. */
async function withLosses(
  sheet: Sheet,
  { role, path, data }: { readonly role: Role; readonly path: string; readonly data: string },
  inputs: Inputs,
  ports: Ports,
): Promise<Sheet> {
  const { 'metric-command': command, id } = inputs;
  if (command === undefined) return sheet;
  const out = `${await ports.files.temporary()}/losses.csv`;
  const { files } = ports;
  const paths = { predictions: await files.local(path), data: await files.local(data), out };
  await predict(
    { input: 'metric-command', command, paths, timeoutMs: inputs['predict-timeout'], role },
    ports,
  );
  const name = `${role} losses.csv`;
  const losses = await readSheet({ name, open: () => ports.files.source(out).open() }, 'all');
  if (!losses.columns.includes(id)) {
    throw new UserError({
      what: `did not write the column ${JSON.stringify(id)}, by which its numbers are joined`,
      where: `input metric-command, on the ${role} model`,
      fix: 'write the id of each row next to its numbers',
    });
  }
  return withColumns(sheet, losses, id);
}

function bindingChecks(inputs: Inputs): Check[] {
  if (!inputs['require-bound']) return [];
  return [
    {
      id: 'evidence.binding',
      status: 'fail',
      observed: 'declared',
      expected: 'bound',
      message: 'the predictions were supplied, so it is not shown which model made them',
      fix: 'give predict, model and test-data, so that the action makes the predictions itself',
    },
  ];
}

/** Test data is read whole if its features are written to the judged rows. */
function testSheet(
  inputs: Inputs,
  path: string,
  wanted: readonly string[] | 'all',
  ports: Ports,
): Promise<Sheet> {
  return readSheet(ports.files.source(path), inputs['judged-rows'] > 0 ? 'all' : wanted);
}

/** A model on this machine. */
interface LocalModel {
  readonly name: string;
  /** For `{model}`. */
  readonly path: string;
  readonly bundle: LocalBundle;
  /** The model's identity: of a registered version that of the registry. */
  readonly digest: string;
  readonly training: TrainingFacts;
}

const OTHERS = ['production', 'anchor'] as const;

/** Predictions that the action makes itself: the user's command on all models, hashed before and after. */
export async function boundEvidence(
  inputs: Inputs,
  wanted: readonly string[] | 'all',
  ports: Ports,
): Promise<ModelEvidence> {
  const [given = ''] = inputs.model ?? [];
  const test = inputs['test-data'] ?? '';
  const candidate = await namedModel(given, 'model', ports);
  requireDigest(inputs, candidate.digest);
  const production = await modelAt(
    await productionPlace(inputs, ports),
    'production-model',
    candidate,
    ports,
  );
  // Known only now, and before the command has run.
  if (production !== undefined) comparisonOf(inputs);
  const anchor = await modelAt(await anchorPlace(inputs, ports), 'anchor', candidate, ports);
  const models = { candidate, production, anchor };
  const data = await ports.files.bundle([test]);
  const local = await ports.files.local(test);
  const folder = await ports.files.temporary();
  // Read between the two looks at its bytes.
  const tested = await testSheet(inputs, test, wanted, ports);
  const runs = new Map<string, Sheet>();
  const runOn = async (role: Role, model: LocalModel): Promise<Sheet> => {
    // The same bytes need no second run.
    const known = runs.get(model.bundle.digest);
    if (known !== undefined) return known;
    const out = `${folder}/${role}.csv`;
    const paths = { model: model.path, data: local, out };
    await predict(
      { input: 'predict', command: inputs.predict ?? [], paths, timeoutMs: inputs['predict-timeout'], role },
      ports,
    );
    // Temporary paths tell the reader nothing.
    const open = () => ports.files.source(out).open();
    const made = await readSheet({ name: `${role} predictions.csv`, open }, wanted);
    const sheet = await withLosses(made, { role, path: out, data: test }, inputs, ports);
    runs.set(model.bundle.digest, sheet);
    return sheet;
  };
  const predicted = await runOn('candidate', candidate);
  const same = production?.bundle.digest === candidate.bundle.digest;
  const other = production === undefined || same ? undefined : await runOn('production', production);
  const anchored = anchor === undefined ? undefined : await runOn('anchor', anchor);
  const changed = await changedSince(models, { path: test, digest: data.digest }, ports);
  const present = (['candidate', ...OTHERS] as const).flatMap((role) => {
    const model = models[role];
    return model === undefined ? [] : [{ role, model }];
  });
  return {
    sheets: {
      candidate: predicted,
      test: tested,
      ...(other === undefined ? {} : { production: other }),
      ...(anchored === undefined ? {} : { anchor: anchored }),
    },
    subjects: [
      ...present.map(({ role, model }) => ({ role, name: model.name, digest: model.digest })),
      { role: 'data', name: test, ...subjectIdentity(data), rows: tested.n },
    ],
    checks: [changedCheck(changed)],
    compared: { binding: 'bound', production: baselineOf(production), anchor: baselineOf(anchor) },
    trained: { production: production?.training ?? {}, anchor: anchor?.training ?? {} },
    sizeBytes: Object.fromEntries(present.map(({ role, model }) => [role, bytesIn(model.bundle.files)])),
    ...(same ? { same: 'model' as const } : {}),
  };
}

function baselineOf(model: LocalModel | undefined): Baseline | null {
  return model === undefined ? null : { name: model.name, digest: model.digest };
}

/** What predict has changed of the models and the test data. */
async function changedSince(
  models: Readonly<Record<Role, LocalModel | undefined>>,
  data: { readonly path: string; readonly digest: string },
  ports: Ports,
): Promise<string[]> {
  const watched = [
    ...(['candidate', ...OTHERS] as const).flatMap((role) => {
      const model = models[role];
      return model === undefined
        ? []
        : [{ what: `the ${role} model`, path: model.path, digest: model.bundle.digest }];
    }),
    { what: 'the test data', ...data },
  ];
  const changed: string[] = [];
  for (const { what, path, digest } of watched) {
    if ((await digestNow(path, ports)) !== digest) changed.push(what);
  }
  return changed;
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
    message: `predict changed ${changed.join(' and ')}, so it is not certain that the predictions are theirs`,
    fix: 'let predict write only to {out}',
  };
}

/** The model that an input names: by its path, or by a reference, from which it is fetched. */
async function namedModel(name: string, input: string, ports: Ports): Promise<LocalModel> {
  const { path, bundle } = await modelHere(name, input, ports);
  return { name, path, bundle, digest: bundle.digest, training: {} };
}

/** The model of a path, or of a version of the registry. */
async function modelAt(
  place: BaselinePlace | null,
  input: 'production-model' | 'anchor',
  candidate: LocalModel,
  ports: Ports,
): Promise<LocalModel | undefined> {
  if (place === null) return undefined;
  if (place.kind === 'path') return namedModel(place.path, input, ports);
  const { version, registry } = place;
  const folder = await ports.files.temporary();
  await registry.fetch(version, folder);
  const [file] = version.files;
  // A model of one file was given as a file, not as a folder, if the candidate is.
  const isFile =
    version.files.length === 1 &&
    candidate.bundle.files.length === 1 &&
    candidate.path.endsWith(candidate.bundle.files[0]?.path ?? '/');
  const path = isFile && file !== undefined ? `${folder}/${file.path}` : folder;
  return {
    name: shownVersion(version),
    path,
    bundle: await ports.files.bundle([path]),
    digest: version.digest,
    training: await trainingOf(registry, version),
  };
}

/**
 * What the version says of its training: metadata `trained-until` and `training-data` (digests with commas or spaces
 * between), and the digest in its training profile.
 */
async function trainingOf(registry: Registry, version: ModelVersion): Promise<TrainingFacts> {
  const until = version.metadata['trained-until'];
  const data = (version.metadata['training-data'] ?? '').split(/[\s,]+/).filter((digest) => digest !== '');
  if (version.evidence.includes('profile.json')) {
    const { parseProfile } = await import('../../shared/profile/file.ts');
    const text = await registry.readEvidence(version, 'profile.json');
    const { digest } = parseProfile(text, `${version.name}@${version.version}/profile.json`);
    if (digest !== undefined) data.push(digest);
  }
  return { ...(until === undefined ? {} : { until }), ...(data.length === 0 ? {} : { data }) };
}
