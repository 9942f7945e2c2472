/** Names of container images, as `docker pull` takes them. */
import { isDigest } from '../../verdict/digest.ts';
import { LONGEST_REPOSITORY, REPOSITORY } from '../oci/address.ts';

export interface ImageReference {
  /** The registry that is asked, `HOST[:PORT]`. */
  readonly host: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
  /** `HOST/PATH`, as people write it. */
  readonly name: string;
}

/** Docker Hub's registry; its images are named `docker.io/…`, or without a host. */
const HUB = { name: 'docker.io', host: 'registry-1.docker.io' };
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/**
 * `[HOST/]PATH[:TAG][@DIGEST]`, with `oci://` before it if you like; without a host it is Docker Hub's. Capitals of the path
 * become small, since registries know none.
 *
 * @returns undefined if it is anything else.
 */
export function parseImage(text: string): ImageReference | undefined {
  const [, rest = '', digest] = /^(?:oci:\/\/)?([^@]+)(?:@(.+))?$/.exec(text.trim()) ?? [];
  const [, full = '', tag] = /^(.+?)(?::([^/:]+))?$/.exec(rest) ?? [];
  const { host, path } = placeOf(full);
  const isRepository = REPOSITORY.test(path) && path.length <= LONGEST_REPOSITORY;
  if (!isRepository || (tag !== undefined && !TAG.test(tag)) || (digest !== undefined && !isDigest(digest)))
    return undefined;
  return {
    host: host === HUB.name ? HUB.host : host,
    repository: path,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
    name: `${host}/${path}`,
  };
}

/** Docker's rule: what is before the first slash is a host if it has a dot or a port, or is localhost. */
function placeOf(full: string): { host: string; path: string } {
  const [, first = '', rest = ''] = /^([^/]+)\/(.+)$/.exec(full) ?? [];
  const isHost =
    /^(localhost|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+|\[[0-9A-Fa-f:]+\])(:\d{1,5})?$|^[A-Za-z0-9-]+:\d{1,5}$/;
  if (isHost.test(first)) {
    const host = first.toLowerCase();
    const isOfHub = host === HUB.name && !rest.includes('/');
    return { host, path: (isOfHub ? `library/${rest}` : rest).toLowerCase() };
  }
  return { host: HUB.name, path: (full.includes('/') ? full : `library/${full}`).toLowerCase() };
}

/** Does the text say which registry it is about? */
export function namesHost(text: string): boolean {
  const bare = text.trim().replace(/^oci:\/\//, '');
  return bare.includes('/') && placeOf(bare).host === bare.split('/')[0]?.toLowerCase();
}

/** With the tag, and the digest if it is part of the name. */
export function shownImage({ name, tag, digest }: Pick<ImageReference, 'name' | 'tag' | 'digest'>): string {
  return `${name}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}
