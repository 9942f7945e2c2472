/** Data at addresses: what reads them is loaded with the first one. */

import { isAddress } from '../ports/address.ts';
import type { ByteSource, Files, LocalBundle } from '../ports/ports.ts';
import { MissingFile, type Problem, UserError } from '../problem/problem.ts';
import type { DataPorts } from '../remote/store.ts';
import type { RemoteFiles } from './remote-files.ts';

export class AddressedFiles {
  readonly #ports: DataPorts | undefined;
  readonly #temporary: () => Promise<string>;
  #loaded: Promise<RemoteFiles> | undefined;

  constructor(ports: DataPorts | undefined, temporary: () => Promise<string>) {
    this.#ports = ports;
    this.#temporary = temporary;
  }

  /** None if nothing matches, which is told to `problems`. */
  async glob(pattern: string, problems: Problem[]): Promise<readonly string[]> {
    try {
      return await (await this.#files(pattern)).glob(pattern);
    } catch (error) {
      if (!(error instanceof MissingFile)) throw error;
      problems.push(...error.problems);
      return [];
    }
  }

  async exists(address: string): Promise<boolean> {
    return (await this.#files(address)).exists(address);
  }

  async local(address: string): Promise<string> {
    return (await this.#files(address)).local(address);
  }

  source(address: string): ByteSource {
    const loaded = () => this.#files(address).then((files) => files.source(address));
    return {
      name: address,
      open: async function* () {
        yield* (await loaded()).open();
      },
      size: async () => (await (await loaded()).size?.()) ?? 0,
      slice: async (start, end) => (await (await loaded()).slice?.(start, end)) ?? new Uint8Array(),
    };
  }

  /** @throws UserError if only some of them are addresses. */
  async bundle(...[paths, hash]: Parameters<Files['bundle']>): Promise<LocalBundle> {
    const [first = ''] = paths.filter(isAddress);
    if (paths.every(isAddress)) return (await this.#files(first)).bundle(paths, hash);
    throw new UserError({
      what: 'cannot be one table with files on this machine',
      where: first,
      fix: 'name files of one place only',
    });
  }

  #files(address: string): Promise<RemoteFiles> {
    const ports = this.#ports;
    if (ports === undefined)
      throw new UserError({ what: 'is an address, and only files are read here', where: address });
    this.#loaded ??= import('./remote-files.ts').then(
      ({ RemoteFiles }) => new RemoteFiles({ ports, temporary: this.#temporary }),
    );
    return this.#loaded;
  }
}
