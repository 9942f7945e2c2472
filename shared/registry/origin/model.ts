/** What an input says a model is: files here, or a reference to where they are. The one way from either to a bundle. */
import type { Files, LocalBundle } from '../../ports/ports.ts';
import { UserError } from '../../problem/problem.ts';
import type { ModelOrigin } from '../registry.ts';
import { isReference } from './reference.ts';
import type { StorePorts } from './store.ts';

export { isReference } from './reference.ts';

export interface ModelBundle extends LocalBundle {
  /** Only if the files are elsewhere: `source` then reads them from there. */
  readonly origin?: ModelOrigin;
}

type ModelPorts = StorePorts & { readonly files: Pick<Files, 'bundle'> };

/**
 * The files of a model with their identity. Files here are hashed; of a reference the store is asked, and what it cannot
 * prove is read and hashed.
 *
 * @param given paths, or one reference. @param input its name, for errors. @param hash of files here, as `Files.bundle`.
 * @throws UserError for what is missing, cannot be read, or has no place in a registry.
 */
export async function modelBundle(
  given: readonly string[],
  input: string,
  ports: ModelPorts,
  hash?: Parameters<Files['bundle']>[1],
): Promise<ModelBundle> {
  const [reference] = given.filter(isReference);
  if (reference === undefined) return ports.files.bundle(given, hash);
  if (given.length > 1) {
    throw new UserError({
      what: `${reference} cannot be mixed with others`,
      where: `input ${input}`,
      fix: 'name one reference alone, such as a folder that holds all files; or paths only',
    });
  }
  const { referencedModel } = await import('./referenced.ts');
  return referencedModel(reference, `input ${input}`, ports);
}

/** A model that a command can read. */
export interface ModelHere {
  readonly path: string;
  readonly bundle: ModelBundle;
}

/**
 * A model with its bytes at a path: its own, or if it was given by reference, a temporary folder that it is fetched into.
 *
 * @throws UserError as `modelBundle`, and if the store gives other bytes.
 */
export async function modelHere(
  given: string,
  input: string,
  ports: StorePorts & { readonly files: Pick<Files, 'bundle' | 'temporary'> },
): Promise<ModelHere> {
  const bundle = await modelBundle([given], input, ports);
  if (bundle.origin === undefined) return { path: given, bundle };
  const { fetchModel } = await import('./referenced.ts');
  const path = await fetchModel(bundle, bundle.origin, await ports.files.temporary(), ports.log);
  return { path, bundle };
}
