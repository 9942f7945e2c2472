import type { JudgedTable } from '../contract/checked.ts';
import { type Contract, NO_TABLE_RULES } from '../contract/contract.ts';
import type { FaultChecks } from '../contract/faults.ts';
import type { Headers } from '../contract/headers.ts';
import type { Presence } from '../contract/presence.ts';
import type { TableFacts } from '../contract/row-term.ts';
import type { RowTerms } from '../contract/row-terms.ts';
import { coverageChecks, keywordChecks, ruleChecks } from '../contract/rules.ts';
import { rowCountChecks } from '../contract/table-checks.ts';
import type { TallyOptions } from '../contract/tally.ts';
import type { Profile } from '../profile/profile.ts';
import type { Check } from '../verdict/verdict.ts';
import { type BrokenRule, joinedTallies } from './broken-rules.ts';
import type { TableScan } from './table-scan.ts';

/** What was found beside the scan. */
export interface ScanFindings extends TallyOptions {
  readonly contract?: Contract | undefined;
  readonly faults: FaultChecks;
  readonly headers: Headers;
  readonly presence: Presence | undefined;
  readonly keyChecks: (facts: TableFacts) => readonly Check[];
  readonly terms: RowTerms | undefined;
  readonly profile: Profile;
}

/** The checks of a table whose rows have been read. */
export function checkedOf(scan: TableScan, findings: ScanFindings): JudgedTable {
  const { contract, faults, keyChecks, terms, profile } = findings;
  const facts = { columns: new Set(scan.columns.keys()), rows: scan.rows, profile };
  const rows = scan.rows + faults.rows;
  terms?.end(scan.brokenRows);
  return {
    checks: [
      ...faults.checks(scan.rows),
      ...contractChecks(scan, findings, facts),
      ...rowCountChecks(contract?.table ?? NO_TABLE_RULES, rows),
      // Without a row no rule holds.
      ...(scan.rows === 0 ? [] : keyChecks(facts)),
      ...(terms?.checks(facts) ?? []),
    ],
    rows,
    invalidRows: scan.brokenRows.size + faults.rows,
  };
}

function contractChecks(scan: TableScan, findings: ScanFindings, { columns, rows }: TableFacts): Check[] {
  const { contract, maxLocations, samples, headers, presence } = findings;
  // A contract says itself which columns a file may lack.
  if (contract === undefined || presence === undefined) return headers.checks();
  const tallies = joinedTallies(brokenRules(scan, contract), { maxLocations, samples });
  const seen = presence.checks((rule, column) => tallies.of(rule, column).length > 0, maxLocations);
  const valued = new Set(
    [...scan.columns.values()].filter(({ rows: own, nulls }) => own > nulls).map(({ name }) => name),
  );
  const judged = rows === 0 ? new Set<string>() : columns;
  return [
    ...seen,
    ...ruleChecks(contract, { tallies, columns: judged, valued, samples, rows }),
    ...keywordChecks(contract),
    ...coverageChecks(contract, judged),
  ];
}

/** In the contract's order of columns, which decides among rules that the same row broke first. */
function brokenRules(scan: TableScan, contract: Contract): BrokenRule[] {
  const required = Array.isArray(contract.schema.required) ? contract.schema.required.map(String) : [];
  const properties = Object.keys((contract.schema.properties ?? {}) as object);
  const { columns, missing } = scan;
  const broken = [...new Set([...properties, ...required, ...columns.keys()])].flatMap((name) => [
    ...(columns.get(name)?.broken ?? []),
    ...missing.filter(({ tally }) => tally.column === name),
  ]);
  // Unknown members come last, in the order of the record.
  const isUnknown = ({ tally }: BrokenRule) => tally.rule === 'column.unknown';
  const unknown = [...columns.values()].flatMap((column) => column.broken.filter(isUnknown));
  return [...broken.filter((rule) => !isUnknown(rule)), ...scan.brokenAcross, ...unknown];
}
