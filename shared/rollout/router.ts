/** A version that gets traffic. `weight` in per cent of the requests, 0 to 100. */
export type TrafficTarget = {
  readonly weight: number;
  readonly version: string;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
};

/** Who gets the traffic. `stable` is null before the first version is promoted; both null: no one serves. */
export type Weights = {
  readonly stable: TrafficTarget | null;
  readonly canary: TrafficTarget | null;
};

/** Divides the traffic between two versions. */
export interface Router {
  /**
   * The weights that are in force, or null if there are none yet, or if this router cannot tell.
   *
   * @throws UserError if the router cannot be reached, or holds something else.
   */
  read(): Promise<Weights | null>;
  /**
   * Puts the weights in force; the same weights again change nothing.
   *
   * @throws UserError if they could not be put in force; the next run tries again.
   */
  write(weights: Weights): Promise<void>;
}

export function sameWeights(a: Weights | null, b: Weights | null): boolean {
  if (a === null || b === null) return a === b;
  return sameTarget(a.stable, b.stable) && sameTarget(a.canary, b.canary);
}

function sameTarget(a: TrafficTarget | null, b: TrafficTarget | null): boolean {
  if (a === null || b === null) return a === b;
  return a.weight === b.weight && a.version === b.version && a.digest === b.digest;
}

/** `1.0.0 90 %, 1.1.0 10 %`. */
export function weightsText({ stable, canary }: Weights): string {
  const parts = [stable, canary].flatMap((target) =>
    target === null ? [] : [`${target.version} ${target.weight} %`],
  );
  return parts.length === 0 ? 'no version' : parts.join(', ');
}
