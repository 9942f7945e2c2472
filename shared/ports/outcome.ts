import type { Verdict } from '../verdict/verdict.ts';
import type { Ports } from './ports.ts';

/** What an action's `run` returns: its verdict, and its outputs beside the common ones. */
export interface Outcome {
  readonly verdict: Verdict;
  readonly outputs: Readonly<Record<string, string>>;
  /** What is done with the verdict, as it will be written, before it is; its outputs come beside the others. */
  readonly seal?: (verdict: Verdict) => Promise<Readonly<Record<string, string>>>;
}

/** An action: typed inputs and ports in, a verdict out. */
export type ActionRun<I> = (inputs: I, ports: Ports) => Promise<Outcome>;
