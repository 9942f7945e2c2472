import type { Checked } from '../../shared/contract/checked.ts';
import type { Reference } from '../../shared/drift/reference.ts';
import type { Findings } from '../../shared/integrity/options.ts';
import type { Profiled } from '../../shared/profile/profiler.ts';
import type { TextOptions } from '../../shared/table/bytes.ts';
import type { Dialect } from '../../shared/table/dialect.ts';
import type { GivenContract } from './contract.ts';
import type { Inputs } from './inputs.ts';

/** What one pass over the files has found. */
export interface DataFindings {
  readonly checked: Checked;
  readonly profiled: Profiled;
  /** Undefined if `integrity` is `off`. */
  readonly integrity: Findings | undefined;
}

export interface DataRequest {
  readonly inputs: Inputs;
  readonly given: GivenContract | undefined;
  readonly reference: Reference | undefined;
  /** How the files are written, as an imported contract says it, or as they show it. */
  readonly dialect: Dialect | undefined;
}

/** The inputs that say how files are written, before what an imported contract says. */
export function textOptions(inputs: Inputs, dialect?: Dialect): TextOptions {
  const encoding = inputs.encoding ?? dialect?.encoding;
  return {
    ...(encoding === undefined ? {} : { encoding }),
    limits: { maxDecompressed: inputs['max-decompressed'] },
  };
}
