import type { Reference } from '../../shared/compare/reference.ts';
import type { JudgedTable } from '../../shared/contract/checked.ts';
import type { IntegrityFindings } from '../../shared/integrity/options.ts';
import type { ProfiledRows } from '../../shared/profile/profiler.ts';
import type { TextOptions } from '../../shared/read/bytes.ts';
import type { Dialect } from '../../shared/read/dialect.ts';
import type { GivenContract } from './contract.ts';
import type { Inputs } from './inputs.ts';

/** What one pass over the files has found. */
export interface DataFindings {
  readonly checked: JudgedTable;
  readonly profiled: ProfiledRows;
  /** Undefined if `integrity` is `off`. */
  readonly integrity: IntegrityFindings | undefined;
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
