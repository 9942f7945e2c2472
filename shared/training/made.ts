/** What training elsewhere has made: it must be in a place that is allowed, and be what its digests say. */
import { createHash } from 'node:crypto';
import type { FileElsewhere, Files, ReportFile } from '../ports/ports.ts';
import { type Problem, UserError } from '../problem/problem.ts';
import { pathProblem } from '../registry/names.ts';
import { isReference, modelBundle } from '../registry/origin/model.ts';
import type { StorePorts } from '../registry/origin/store.ts';
import type { Check } from '../verdict/verdict.ts';

export interface Made {
  readonly model?: string | undefined;
  readonly digest?: string | undefined;
  readonly profile?: FileElsewhere | undefined;
  readonly predictions?: FileElsewhere | undefined;
}

/** What of it is here, and what was checked. */
export interface TakenModel {
  readonly checks: readonly Check[];
  /** Paths on this machine. */
  readonly profile?: string;
  readonly predictions?: string;
}

type Role = 'profile' | 'predictions';
type MadePorts = StorePorts & { readonly files: Pick<Files, 'bundle' | 'source' | 'writeReport'> };

/**
 * Asks the stores for the model's digest, and fetches profile and predictions.
 *
 * @param from the places that are allowed: prefixes of addresses.
 * @param where who says it: a dispatch's payload, or a command's answer.
 * @throws UserError for places that are not allowed, all at once, and for stores that cannot be read.
 */
export async function takeMade(
  made: Made,
  from: readonly string[],
  where: string,
  ports: MadePorts,
): Promise<TakenModel> {
  const { model, profile, predictions } = made;
  const problems = [
    ...(model === undefined ? [] : misplaced(model, `${where}#/model`, from)),
    ...(profile === undefined ? [] : misplaced(profile.uri, `${where}#/profile/uri`, from)),
    ...(predictions === undefined ? [] : misplaced(predictions.uri, `${where}#/predictions/uri`, from)),
  ];
  if (problems.length > 0) throw new UserError(problems);
  const checks: Check[] = model === undefined ? [] : [await modelCheck(model, made.digest, where, ports)];
  const parts: Partial<Record<Role, string>> = {};
  for (const [role, file] of [
    ['profile', profile],
    ['predictions', predictions],
  ] as const) {
    if (file === undefined) continue;
    const bytes = await bytesOf(file, `${where}#/${role}`, ports);
    const check = fileCheck(role, file, bytes);
    checks.push(check);
    if (check.status === 'pass') parts[role] = await ports.files.writeReport(nameOf(role, file.uri), bytes);
  }
  return { checks, ...parts };
}

function misplaced(uri: string, where: string, from: readonly string[]): Problem[] {
  if (!isReference(uri)) {
    const fault = pathProblem(uri);
    return fault === undefined
      ? []
      : [{ what: `${JSON.stringify(uri)} ${fault}`, where, fix: 'give a path below the working directory' }];
  }
  // An address goes on in its store: `s3://acme/demand` allows `s3://acme/demand/…`, not `s3://acme/demand-of-others`.
  const isAllowed = from.some(
    (prefix) =>
      uri.startsWith(prefix) && (prefix.endsWith('/') || /^($|[/@:])/.test(uri.slice(prefix.length))),
  );
  if (isAllowed && !/\/\.{1,2}(\/|$)/.test(uri)) return [];
  return [
    {
      what: `${JSON.stringify(uri)} is in a place that this repository does not take models from`,
      where,
      fix:
        from.length === 0
          ? 'send the dispatch to the repository of the model; only if it is this one, list the place on the default branch, such as `train: { models-from: [s3://BUCKET/demand/] }` in ml-loop.yml'
          : `send the dispatch to the repository of the model; only if it is this one, add the place to \`models-from\` on the default branch, which has ${from.join(', ')}`,
    },
  ];
}

async function modelCheck(
  model: string,
  digest: string | undefined,
  where: string,
  ports: MadePorts,
): Promise<Check> {
  const bundle = await modelBundle([model], 'model', ports);
  const isSame = bundle.digest === digest;
  return {
    id: 'training.model',
    status: isSame ? 'pass' : 'fail',
    observed: { digest: bundle.digest, files: bundle.files.length },
    ...(digest === undefined ? {} : { expected: { digest } }),
    message: isSame
      ? `${model} has the digest ${digest}`
      : `${model} has the digest ${bundle.digest}, and ${where} says ${digest}`,
    ...(isSame ? {} : { fix: 'find out what changed the model after the training, and train again' }),
  };
}

/** A file in a store must be alone at its address. */
async function bytesOf({ uri }: FileElsewhere, where: string, ports: MadePorts): Promise<Buffer> {
  const bundle = await modelBundle([uri], 'model', ports);
  const [file] = bundle.files;
  if (file === undefined || bundle.files.length > 1) {
    throw new UserError({
      what: `${uri} names ${bundle.files.length} files`,
      where: `${where}/uri`,
      fix: 'name one file, such as s3://BUCKET/demand/42/predictions.csv',
    });
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of bundle.source(file.path).open()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function fileCheck(role: Role, { uri, sha256 }: FileElsewhere, bytes: Buffer): Check {
  const found = createHash('sha256').update(bytes).digest('hex');
  const isSame = found === sha256;
  return {
    id: 'training.files',
    status: isSame ? 'pass' : 'fail',
    observed: { file: role, sha256: found, bytes: bytes.length },
    expected: { sha256 },
    message: isSame
      ? `the ${role} at ${uri} are what was said, by their SHA-256`
      : `the ${role} at ${uri} are not what was said: their SHA-256 is ${found}`,
    ...(isSame ? {} : { fix: 'find out what changed the file after the training, and train again' }),
  };
}

/** The kind of a file goes by its name. */
function nameOf(role: Role, uri: string): ReportFile {
  if (role === 'profile') return `${role}.json`;
  if (/\.parquet$/i.test(uri)) return `${role}.parquet`;
  return /\.(jsonl|ndjson)$/i.test(uri) ? `${role}.jsonl` : `${role}.csv`;
}
