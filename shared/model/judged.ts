import type { JudgedRows } from './predictions.ts';

/**
 * Judged rows as CSV, for a replay: the id under its own name, the features, and the candidate's `prediction`.
 *
 * @param features columns of the test data.
 */
export function judgedCsv(
  judged: JudgedRows,
  { id, features }: { readonly id: string; readonly features: readonly string[] },
  rows: number,
): string {
  const columns = features.map((name) => judged.feature(name));
  const lines = [[id, ...features, 'prediction']];
  for (let i = 0; i < Math.min(rows, judged.n); i += 1) {
    const cells = columns.map((column) => column[i] ?? '');
    lines.push([judged.id(i), ...cells, judged.prediction(i)]);
  }
  return `${lines.map((line) => line.map(quoted).join(',')).join('\n')}\n`;
}

/** A field by RFC 4180. */
function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
