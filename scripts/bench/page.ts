/** The parts of docs/benchmarks.md that `npm run bench` writes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';

const PAGE = 'docs/benchmarks.md';
const END = '<!-- /written -->';

/** Replaces what stands between the markers of the part. */
export function writePart(part: string, text: string): void {
  const page = readFileSync(PAGE, 'utf8');
  const start = `<!-- written by \`npm run bench -- ${part}\` -->`;
  const from = page.indexOf(start);
  const to = page.indexOf(END, from);
  if (from < 0 || to < 0) throw new Error(`${PAGE} has no ${start}`);
  writeFileSync(PAGE, `${page.slice(0, from)}${start}\n\n${text}\n\n${page.slice(to)}`);
  console.log(`\n${text}\n\nwritten into ${PAGE}`);
}

export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const sides = head.map((_, index) => (index === 0 ? '---' : '---:'));
  return [line(head), line(sides), ...rows.map(line)].join('\n');
}

export function machine(): string {
  return `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB of memory`;
}

/** Seconds with three digits. */
export function seconds(value: number): string {
  return `${value >= 100 ? Math.round(value) : Number(value.toPrecision(3))} s`;
}

export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6).toLocaleString('en')} MB`;
}
