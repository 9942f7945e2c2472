/** How measured figures are written. */

/** `3.2 ± 0.8 %`: two standard errors; of none or all, the share that 95 % of such runs would stay within. */
export function rate(count: number, runs: number): string {
  const share = count / runs;
  const edge = 1 - 0.05 ** (1 / runs);
  if (count === 0) return `0 (< ${percent(edge)} %)`;
  if (count === runs) return `100 (> ${percent(1 - edge)} %)`;
  return `${percent(share)} ± ${percent(2 * Math.sqrt((share * (1 - share)) / runs))} %`;
}

/** Per cent with one decimal below 99.5, without a trailing zero. */
export function percent(share: number): string {
  return String(Number((100 * share).toFixed(1)));
}

export function grouped(count: number): string {
  return Math.round(count).toLocaleString('en');
}

/** A Markdown table; the first column is text, the others figures. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** What was measured with so many rows, or clusters. */
export interface SizedCell {
  readonly name: string;
  readonly n: number;
  readonly cell: string;
}

/** A table with a row for each name and a column for each size. */
export function bySize(
  label: string,
  cells: readonly SizedCell[],
  heading = (n: number) => `n = ${grouped(n)}`,
): string {
  const sizes = [...new Set(cells.map(({ n }) => n))];
  const names = [...new Set(cells.map(({ name }) => name))];
  const at = (name: string, size: number) =>
    cells.find((cell) => cell.name === name && cell.n === size)?.cell ?? '';
  return table(
    [label, ...sizes.map(heading)],
    names.map((name) => [name, ...sizes.map((size) => at(name, size))]),
  );
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
