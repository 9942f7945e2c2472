/** What a model is put on: an image, or an index of images by platform. */
import type { JsonObject } from '../../verdict/verdict.ts';
import { type Descriptor, INDEX_TYPE, MANIFEST_TYPE } from '../oci/manifests.ts';

export interface Platform extends JsonObject {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** The configuration of an image, whatever else is in it. */
export interface Configuration extends JsonObject {
  readonly os: string;
  readonly architecture: string;
  readonly config?: (JsonObject & { readonly Labels?: Readonly<Record<string, string>> | null }) | null;
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly string[] | null };
  readonly history?: readonly JsonObject[] | null;
}

export interface BaseImage {
  readonly platform: Platform;
  /** Of the manifest: Docker's or OCI's. */
  readonly type: string;
  readonly layers: readonly Descriptor[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly configuration: Configuration;
}

export interface BaseImages {
  /** Null for `scratch`. */
  readonly origin: { readonly name: string; readonly digest: string } | null;
  /** Of the index that holds the images; null if there is one image alone. */
  readonly index: { readonly type: string; readonly annotations: Readonly<Record<string, string>> } | null;
  readonly images: readonly BaseImage[];
  /** The platforms that a layer of files cannot be put on. */
  readonly leftOut: readonly string[];
}

/** Nothing below the model, for the two platforms that servers have. */
export function scratch(): BaseImages {
  const images = ['amd64', 'arm64'].map((architecture) => {
    const platform = { os: 'linux', architecture };
    const configuration = {
      ...platform,
      config: {},
      rootfs: { type: 'layers' as const, diff_ids: [] },
      history: [],
    };
    return { platform, type: MANIFEST_TYPE, layers: [], annotations: {}, configuration };
  });
  return { origin: null, index: { type: INDEX_TYPE, annotations: {} }, images, leftOut: [] };
}

export function shownPlatform(platform: Platform | undefined): string {
  if (platform === undefined) return 'no platform';
  return [platform.os, platform.architecture, platform.variant]
    .filter((part) => part !== undefined)
    .join('/');
}
