import type { Contract } from '../contract/contract.ts';
import { plainJudge } from '../contract/plain.ts';

/** Can the scanner of bytes judge this contract? Otherwise rows are read as objects. */
export function isScannable(contract: Contract | undefined): boolean {
  return contract === undefined || plainJudge(contract.schema) !== undefined;
}
