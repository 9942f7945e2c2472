import type { OciStore } from './oci-store.ts';
import { sha256 } from './oci-store.ts';

type Json = Record<string, unknown>;

const OCI = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
};
const DOCKER = {
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  index: 'application/vnd.docker.distribution.manifest.list.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
};

export interface BaseParts {
  readonly docker?: boolean;
  /** Changes to the manifest and to the configuration. */
  readonly manifest?: Json;
  readonly config?: Json;
  readonly os?: string;
  readonly architecture?: string;
}

/** Puts container images into a registry's store, as other tools have pushed them; by hand, so that they may be wrong. */
export class BaseImages {
  readonly #store: OciStore;
  readonly #name: string;

  constructor(store: OciStore, name = 'lib/base') {
    this.#store = store;
    this.#name = name;
  }

  /** An image of two layers; its descriptor. */
  image(
    tag: string,
    { docker = false, manifest, config, os = 'linux', architecture = 'amd64' }: BaseParts = {},
  ) {
    const types = docker ? DOCKER : OCI;
    const layers = [`first of ${architecture}`, 'second'].map((text) => this.blob(types.layer, text));
    const configuration = {
      architecture,
      os,
      created: '2025-01-01T00:00:00Z',
      config: {
        Env: ['PATH=/bin'],
        Cmd: ['sh'],
        Labels: {
          'org.opencontainers.image.version': '9',
          'org.opencontainers.image.revision': 'abc',
          vendor: 'x',
        },
      },
      rootfs: { type: 'layers', diff_ids: layers.map((_, at) => sha256(`unpacked ${at}`)) },
      history: [{ created_by: 'a' }, { created_by: 'nothing', empty_layer: true }, { created_by: 'b' }],
      ...config,
    };
    const written = {
      schemaVersion: 2,
      mediaType: types.manifest,
      config: this.blob(types.config, JSON.stringify(configuration)),
      layers,
      ...manifest,
    };
    return { ...this.put(tag, types.manifest, written), platform: { os, architecture } };
  }

  index(
    tag: string,
    manifests: readonly object[],
    { docker = false, ...parts }: Json & { docker?: boolean } = {},
  ) {
    const type = docker ? DOCKER.index : OCI.index;
    return this.put(tag, type, { schemaVersion: 2, mediaType: type, manifests, ...parts });
  }

  blob(mediaType: string, content: string) {
    const bytes = Buffer.from(content);
    this.#store.repo(this.#name).blobs.set(sha256(bytes), bytes);
    return { mediaType, digest: sha256(bytes), size: bytes.length };
  }

  put(tag: string, mediaType: string, content: object) {
    const text = JSON.stringify(content);
    const repo = this.#store.repo(this.#name);
    repo.manifests.set(sha256(text), { text, type: mediaType });
    repo.tags.set(tag, sha256(text));
    return { mediaType, digest: sha256(text), size: Buffer.byteLength(text) };
  }
}
