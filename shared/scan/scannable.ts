import type { Contract } from '../contract/contract.ts';
import { plainJudge } from '../contract/plain.ts';
import { partitionsOf } from '../table/partitions.ts';
import { isJson, isTable } from './names.ts';

/** Can the scanner of bytes read these files and judge this contract? Otherwise rows are read as objects. */
export function isScannable(names: readonly string[], contract: Contract | undefined): boolean {
  if (contract !== undefined && plainJudge(contract.schema) === undefined) return false;
  if (partitionsOf(names) !== undefined) return false;
  const json = names.filter(isJson).length;
  if (json > 0 && json < names.length) return false;
  return names.every(isTable);
}
