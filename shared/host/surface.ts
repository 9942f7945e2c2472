import type { InputLayer } from '../inputs/parse.ts';
import type { InputTable } from '../inputs/table.ts';
import type { Log, Runner } from '../ports/ports.ts';
import type { Annotation } from '../report/annotations.ts';

/** Where an action was started from and where its news goes: a step of a workflow, or a terminal. */
export interface Surface {
  readonly log: Log;
  readonly runner: Runner;
  /** The values given to the step, or as flags. */
  given(table: InputTable): InputLayer;
  mask(secret: string): void;
  annotate(annotation: Annotation): void;
  /** Writes the job summary; `plain` is the same news for a terminal. */
  summarise(markdown: string, plain: string): Promise<void>;
  output(name: string, value: string): void;
  /** Does a terminal show the outputs? */
  readonly printsOutputs?: boolean;
}

/** What a program of ours is started with. */
export interface Start {
  readonly surface: Surface;
  readonly env: NodeJS.ProcessEnv;
  /** The input tables of all actions, for the configuration file; a run without one does not load them. */
  tables(): Promise<Readonly<Record<string, InputTable>>>;
}
