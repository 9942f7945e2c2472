import type { Fault } from './oci-registry.ts';

/** The fault of a request, by its number from 1; undefined if it has none. */
export type FaultAt = (number: number) => Fault | undefined;

const NONE: FaultAt = () => undefined;

interface Space {
  readonly server: { readonly requests: readonly unknown[] };
  start(options: { readonly fault: FaultAt }): Promise<void>;
}

/** Faults of what one piece of work asks of a test's server; everything else is answered. */
export function useFaults(space: Space) {
  let faultAt = NONE;
  let before = 0;
  return {
    /** Starts another server in its place. */
    async start(): Promise<void> {
      faultAt = NONE;
      await space.start({ fault: (number) => faultAt(number - before) });
      before = 0;
    },
    async during<T>(faults: FaultAt, work: () => Promise<T>): Promise<T> {
      before = space.server.requests.length;
      faultAt = faults;
      try {
        return await work();
      } finally {
        faultAt = NONE;
      }
    },
    /** How many requests it makes. */
    async requestsOf(work: () => Promise<unknown>): Promise<number> {
      const start = space.server.requests.length;
      await work();
      return space.server.requests.length - start;
    },
  };
}

/** The request is done, and nothing comes back from then on. */
export function killedAt(at: number): FaultAt {
  return (number) => (number < at ? undefined : number === at ? 'lost' : 'cut');
}
