import type { Contract, TableRules } from '../contract/contract.ts';
import { plainJudge } from '../contract/plain.ts';
import { partitionsOf } from '../table/partitions.ts';
import { isJson, isTable } from './names.ts';

/** Can the scanner of bytes read these files and judge this contract? Otherwise rows are read as objects. */
export function isScannable(names: readonly string[], contract: Contract | undefined): boolean {
  if (contract !== undefined && (plainJudge(contract.schema) === undefined || !isStrict(contract.table))) {
    return false;
  }
  if (partitionsOf(names) !== undefined) return false;
  const json = names.filter(isJson).length;
  if (json > 0 && json < names.length) return false;
  return names.every(isTable);
}

/** Has the table no rules but a key and a number of rows, and has every rule the default grade? */
function isStrict(table: TableRules): boolean {
  const { unique, foreignKeys, freshness, order, rules, grade, columns } = table;
  const rest = [...unique, ...foreignKeys, ...rules, ...columns];
  const strict = grade.severity === 'error' && grade.tolerance.value === 0;
  return rest.length === 0 && freshness === undefined && !order && strict;
}
