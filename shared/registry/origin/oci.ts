/** Models in container registries: artifacts whose layers are files, so that a layer's digest is a file's SHA-256. */

import { inParallel } from '../../problem/parallel.ts';
import { type Problem, UserError } from '../../problem/problem.ts';
import type { OciAddress } from '../oci/address.ts';
import { type Descriptor, type ManifestText, readImageManifest } from '../oci/manifests.ts';
import { FILEPATH, TITLE } from '../oci/model.ts';
import { Repository } from '../oci/repository.ts';
import { Requests } from '../oci/requests.ts';
import type { OciReference } from './reference.ts';
import { type ModelStore, refusePaths, type StoredFile, type StorePorts } from './store.ts';

/** A folder that oras has packed. */
const UNPACK = 'io.deis.oras.content.unpack';
/** Layers of tools that pack files: ModelPack's and KitOps's. */
const PACKED = /^application\/vnd\.(?:cncf\.model|kitops\.modelkit)\..*tar/;

export function ociStore(reference: OciReference, where: string, ports: StorePorts): ModelStore {
  return new Artifact(reference, where, ports);
}

class Artifact implements ModelStore {
  readonly #address: OciAddress;
  readonly #reference: OciReference;
  readonly #where: string;
  readonly #repository: Repository;

  constructor(reference: OciReference, where: string, ports: StorePorts) {
    const { http, logins, clock, log, runner } = ports;
    this.#address = reference.address;
    this.#reference = reference;
    this.#where = where;
    const requests = new Requests(this.#address, { http, logins, clock, log, containers: runner.containers });
    this.#repository = new Repository(this.#address.path, requests);
  }

  get pinned(): string {
    return `oci://${this.#repository.shown(this.#reference.digest)}`;
  }

  async list(): Promise<readonly StoredFile[]> {
    const manifest = await this.#manifest();
    const { layers } = readImageManifest(manifest, this.pinned);
    const problems = layers.flatMap((layer) => this.#problemOf(layer));
    if (problems.length > 0) throw new UserError(problems);
    refusePaths(
      layers.map((layer) => pathOf(layer) ?? ''),
      this.pinned,
    );
    // The same bytes under two names are one blob.
    await inParallel([...new Map(layers.map((layer) => [layer.digest, layer])).values()], async (layer) => {
      const found = await this.#repository.findBlob(layer.digest);
      const { size = layer.size } = found ?? {};
      if (found !== null && size === layer.size) return;
      throw new UserError({
        what:
          found === null
            ? `its layer ${pathOf(layer)} is not in the registry any more`
            : `its layer ${pathOf(layer)} has ${size} bytes, not ${layer.size} as its manifest says`,
        where: this.pinned,
        fix: 'push the artifact again',
      });
    });
    return layers.map((layer) => ({
      path: pathOf(layer) ?? '',
      size: layer.size,
      sha256: layer.digest.slice('sha256:'.length),
    }));
  }

  bytes({ path, size, sha256 }: StoredFile): AsyncIterable<Uint8Array> {
    return this.#repository.readBlob({ digest: `sha256:${sha256}`, size, where: `${this.pinned} ${path}` });
  }

  /** @throws UserError for a tag, which moves, with the digest that it names now; and for anything but one artifact. */
  async #manifest(): Promise<ManifestText> {
    const { digest, tag } = this.#reference;
    const found = await this.#repository.manifest(digest ?? (tag === '' ? 'latest' : tag));
    const where = `oci://${this.#repository.shown(digest ?? tag)}`;
    if (found === null) {
      throw new UserError({
        what: 'there is no such artifact',
        where,
        fix: 'check the address and the digest; if the registry needs a login, use docker/login-action before this step',
      });
    }
    if (digest === undefined) {
      throw new UserError({
        what: tag === '' ? 'names no digest' : `names the tag ${tag}, which may move`,
        where: this.#where,
        fix: `write oci://${this.#repository.shown(found.digest)}, which it names now`,
      });
    }
    if (isIndex(found)) {
      throw new UserError({
        what: 'is an index of several artifacts, not one',
        where,
        fix: 'name the digest of one of them (`crane manifest` shows them)',
      });
    }
    return found;
  }

  #problemOf(layer: Descriptor): Problem[] {
    const { mediaType, annotations = {} } = layer;
    const path = pathOf(layer);
    const common = { where: this.pinned };
    if (path === undefined) {
      return [
        {
          ...common,
          what: `a layer (${JSON.stringify(mediaType)}) does not say which file it is, as layers of images do not`,
          fix: 'push the model’s files with `oras push` or `modctl build --raw`, one layer for each, and name that artifact; or fetch the image, and name the path of its files',
        },
      ];
    }
    if (annotations[UNPACK] !== 'true' && !PACKED.test(mediaType)) return [];
    return [
      {
        ...common,
        what: `the layer ${JSON.stringify(path)} is an archive, of whose files the registry has no SHA-256`,
        fix: 'push the files themselves (with `oras push` each file by its path, with `modctl build` the option --raw), and name that artifact; or fetch the model, and name its path',
      },
    ];
  }
}

function pathOf({ annotations = {} }: Descriptor): string | undefined {
  return annotations[FILEPATH] ?? annotations[TITLE];
}

function isIndex({ text }: ManifestText): boolean {
  try {
    return Array.isArray((JSON.parse(text) as { manifests?: unknown } | null)?.manifests);
  } catch {
    return false;
  }
}
