import type { Ports } from '../../shared/ports/ports.ts';
import type { Check, Location } from '../../shared/verdict/verdict.ts';

/** Places of each check that are listed in the file, at most. */
export const LISTED = 100_000;

const HEADER = ['check', 'target', 'file', 'line', 'row_group', 'column', 'value'] as const;

/** What the verdict shows of the checks, and the file with all places. */
export interface ShownChecks {
  readonly checks: readonly Check[];
  /** The path of the CSV file; empty if no check has a place. */
  readonly violations: string;
}

/** Writes the places of all checks as CSV (RFC 4180), and leaves the first few of each in the checks. */
export async function listViolations(
  checks: readonly Check[],
  most: number,
  { files }: Pick<Ports, 'files'>,
): Promise<ShownChecks> {
  const lines = checks.flatMap((check) => (check.locations ?? []).map((location) => lineOf(check, location)));
  const violations =
    lines.length === 0
      ? ''
      : await files.writeReport('violations.csv', `${HEADER.join(',')}\r\n${lines.join('\r\n')}\r\n`);
  return { checks: checks.map((check) => shortened(check, most)), violations };
}

function lineOf({ id, target }: Check, location: Location): string {
  const { file, line, rowGroup, column, value } = location;
  const named = target?.column ?? target?.slice ?? '';
  return [id, named, file, line, rowGroup, column, value].map(field).join(',');
}

/** A field by RFC 4180, which no spreadsheet takes for a formula. */
function field(value: unknown): string {
  if (value === undefined || value === null) return '';
  const text = typeof value === 'string' ? harmless(value) : String(value);
  return /["',;|\s]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Numbers of either sign are not formulas. */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
/**
 * Where a spreadsheet may see a cell begin: at the start, or after what it may take for a separator; then spaces, quotes
 * and what cannot be seen, and a sign that begins a formula, full width too, as some of them read it.
 */
const FORMULA = /(^|[,;|\t\r\n])(?=[\s\p{C}"'`]*[=+\-@＝＋－＠])/gu;

/** With an apostrophe before what would be a formula (OWASP, CSV Injection). A cell that begins with a tab gets it too. */
function harmless(text: string): string {
  if (NUMBER.test(text)) return text;
  return text.replaceAll(FORMULA, "$1'").replace(/^(?=[\t\r])/, "'");
}

function shortened(check: Check, most: number): Check {
  const { locations } = check;
  if (locations === undefined || locations.length <= most) return check;
  return { ...check, locations: locations.slice(0, most), places: check.places ?? locations.length };
}
