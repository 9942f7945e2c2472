import { isLoopback } from '../../ports/loopback.ts';
import { UserError } from '../../problem/problem.ts';

/** Where models are kept: each has a repository of its own below `path`. */
export interface OciAddress {
  /** `HOST[:PORT]`. */
  readonly host: string;
  readonly path: string;
  /** `https://HOST[:PORT]`; `http` for a registry on this machine only. */
  readonly origin: string;
  /** The input that names it, for errors. */
  readonly input: string;
}

/** A repository of OCI distribution 1.1: parts of small letters and digits, with single separators between them. */
const PART = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
export const REPOSITORY = new RegExp(`^${PART}(?:/${PART})*$`);
export const LONGEST_REPOSITORY = 255;

/**
 * `oci://HOST[:PORT]/PATH`; capitals of PATH become small, since registries know none.
 *
 * @param where it was read from.
 * @throws UserError if it is anything else; a login in it is refused, and not repeated.
 */
export function parseOciAddress(text: string, where = 'input registry'): OciAddress {
  const [, host = '', rest = ''] =
    /^oci:\/\/((?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?)\/(.+?)\/*$/.exec(text) ?? [];
  const path = rest.toLowerCase();
  if (host === '' || !REPOSITORY.test(path)) {
    const what = text.includes('@') ? 'an address with a login in it' : JSON.stringify(text);
    throw new UserError({
      what: `${what} is not the address of a container registry`,
      where,
      fix: 'write oci://HOST/PATH, such as oci://ghcr.io/OWNER/REPO: parts of letters and digits, with single `.`, `_` or `-` between them; logins are those of docker/login-action',
    });
  }
  return { ...serverAt(host.toLowerCase(), where), path };
}

/** How a registry is reached: by http within this machine alone. @param input the input that names it, for errors. */
export function serverAt(host: string, input: string): OciAddress {
  return { host, path: '', origin: `${isLoopback(host) ? 'http' : 'https'}://${host}`, input };
}

/**
 * The repository of a model, `PATH/NAME` with small letters.
 *
 * @throws UserError for a name that a repository cannot have.
 */
export function repositoryOf({ path }: Pick<OciAddress, 'path'>, name: string): string {
  const repository = `${path}/${name.toLowerCase()}`;
  if (REPOSITORY.test(repository) && repository.length <= LONGEST_REPOSITORY) return repository;
  throw new UserError({
    what: `${JSON.stringify(name)} cannot name a repository of a container registry`,
    where: 'input name',
    fix: 'give the model a name of letters and digits, with single `.`, `_` or `-` between them',
  });
}
