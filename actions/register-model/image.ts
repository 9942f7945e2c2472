import type { LocalBundle, Ports } from '../../shared/ports/ports.ts';
import { UserError } from '../../shared/problem/problem.ts';
import { IMAGE_FILE, isImageFile } from '../../shared/registry/attachments.ts';
import type { ImageRequest } from '../../shared/registry/image/image.ts';
import type { ImageRecord } from '../../shared/registry/image/record.ts';
import { repositoryOfModel } from '../../shared/registry/open.ts';
import type { Attachment, ModelVersion, Registry } from '../../shared/registry/registry.ts';
import { attachedVerdicts } from '../../shared/registry/verdicts.ts';
import type { Check, Subject } from '../../shared/verdict/verdict.ts';
import type { Inputs } from './inputs.ts';

/** The image of a version, in what a run says of it. */
export interface PackagedImage {
  readonly check: Check;
  readonly subject: Subject;
  /** `HOST/PATH@sha256:…`. */
  readonly output: string;
}

/** A container image that is about to be made. */
export interface Packaging {
  /** @returns what is to be attached to the version, if it is not yet. */
  package(version: ModelVersion): Promise<readonly Attachment[]>;
  /** Undefined before that. */
  made(): PackagedImage | undefined;
}

interface Packing {
  readonly inputs: Pick<Inputs, 'registry'> & { readonly name: string };
  readonly registry: Registry;
  readonly ports: Ports;
}

/**
 * Stores all of the image that does not depend on the version, so that what can fail has failed before there is a version.
 *
 * @throws UserError if the base is not an image, the target is the model's own place, or a registry refuses.
 */
export async function packagingOf(
  request: ImageRequest,
  bundle: LocalBundle,
  { inputs, registry, ports }: Packing,
): Promise<Packaging> {
  const kept = await repositoryOfModel(inputs, inputs.name, ports.runner);
  if (kept === `${request.target.host}/${request.target.repository}`) {
    throw new UserError({
      what: `${request.target.name} is where the registry keeps the model itself, whose tags are its versions`,
      where: 'input image',
      fix: `give the image a name of its own: target: ${request.target.name}-server`,
    });
  }
  const [{ prepareImage }, { printRecord }] = await Promise.all([
    import('../../shared/registry/image/image.ts'),
    import('../../shared/registry/image/record.ts'),
  ]);
  const prepared = await prepareImage(request, bundle, imagePorts(ports));
  let made: PackagedImage | undefined;
  return {
    async package(version) {
      const { record, created } = await prepared.publish(version, await sourceLabels(version, registry));
      const isPinned = request.base === 'scratch' || request.base.digest !== undefined;
      made = packaged(record, { created, isPinned, leftOut: prepared.leftOut });
      const content = printRecord(record);
      for (const name of version.evidence.filter(isImageFile))
        if ((await registry.readEvidence(version, name)) === content) return [];
      return [{ name: IMAGE_FILE, content }];
    },
    made: () => made,
  };
}

/** What the client of a container registry needs. */
export function imagePorts({ http, logins, clock, log, runner }: Ports) {
  return { http, logins, clock, log, containers: runner.containers };
}

/** Where the version was judged, as its first verdict says: a later run of the same bytes must not make another image. */
async function sourceLabels(version: ModelVersion, registry: Registry): Promise<Record<string, string>> {
  const { verdicts } = await attachedVerdicts(version, registry);
  const { repository, commit } =
    verdicts.find(({ verdict }) => verdict.source !== undefined)?.verdict.source ?? {};
  return {
    ...(repository === undefined ? {} : { 'org.opencontainers.image.source': repository }),
    ...(commit === undefined ? {} : { 'org.opencontainers.image.revision': commit }),
  };
}

function packaged(
  record: Omit<ImageRecord, 'schema'>,
  {
    created,
    isPinned,
    leftOut,
  }: { readonly created: boolean; readonly isPinned: boolean; readonly leftOut: readonly string[] },
): PackagedImage {
  const { name, digest, base, path, platforms } = record;
  const on = base === null ? 'scratch' : `${base.name}@${base.digest}`;
  const unpinned =
    base === null || isPinned
      ? []
      : [
          `${base.name} names this digest today; pin it in the input image, so that the next version is put on the same base`,
        ];
  const without = leftOut.length === 0 ? [] : [`the base’s images for ${leftOut.join(', ')} are left out`];
  const message = [
    `${name}@${digest} ${created ? 'was made' : 'was there already'}: the model in ${path} on ${on}, for ${platforms.join(', ')}`,
    ...unpinned,
    ...without,
  ].join('; ');
  return {
    check: { id: 'register.image', status: 'pass', observed: digest, message },
    subject: { role: 'image', name, digest },
    output: `${name.replace(/:[^/:]+$/, '')}@${digest}`,
  };
}
