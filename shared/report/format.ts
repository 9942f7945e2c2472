import { grouped } from '../problem/numbers.ts';
import { STATUSES, type Status, severity } from '../verdict/status.ts';
import type { Check, Evidence, Json, Location, Subject } from '../verdict/verdict.ts';

/** The mark that stands beside, never instead of, a status's word. */
export const MARKS: Readonly<Record<Status, string>> = {
  pass: '✅',
  warn: '⚠️',
  inconclusive: '❔',
  fail: '❌',
};

/** Four significant digits, thousands apart: `45 312`, `0.01234`, `−1.2e−7`; whole numbers in full. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return value === Infinity ? '∞' : value === -Infinity ? '−∞' : 'undefined';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e12)) return minus(trim(value.toExponential(3)));
  const text =
    Number.isInteger(value) || size >= 1000 ? Math.round(value).toString() : trim(value.toPrecision(4));
  // Numbers with a fraction are below 1000.
  return minus(size < 10_000 ? text : grouped(Math.round(value)));
}

function trim(text: string): string {
  return text.replace(/(\.\d*?)0+(e|$)/, '$1$2').replace(/\.(e|$)/, '$1');
}

function minus(text: string): string {
  return text.replaceAll('-', '−').replace('e+', 'e');
}

/** `12.5 %` of a share. */
export function percent(share: number): string {
  return `${formatNumber(Math.round(share * 1000) / 10)} %`;
}

/** `1 check`, `2 checks`; the plural is given if it is not the noun with an s. */
export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${formatNumber(n)} ${n === 1 ? noun : plural}`;
}

/** A number and its interval: `0.12 [0.08, 0.16]`; an open side is infinite. */
export function formatEstimate(
  estimate: number | undefined,
  interval?: readonly [number | null, number | null],
): string {
  const parts = estimate === undefined ? [] : [formatNumber(estimate)];
  if (interval !== undefined)
    parts.push(`[${formatNumber(interval[0] ?? -Infinity)}, ${formatNumber(interval[1] ?? Infinity)}]`);
  return parts.join(' ');
}

/** Evidence in lines: estimate and interval; the margin, how many there were and are needed; how it came about. */
export function evidenceLines(evidence: Evidence): string[] {
  const { estimate, interval, margin, threshold, n, needed, binding, level, method } = evidence;
  const lines = [formatEstimate(estimate, interval)];
  const size = [
    margin === undefined ? '' : `margin ${formatNumber(margin)}`,
    threshold === undefined ? '' : `limit ${formatNumber(threshold)}`,
    n === undefined ? '' : `n ${formatNumber(n)}`,
    needed === undefined ? '' : `${formatNumber(needed)} needed`,
  ];
  const how = [
    method ?? '',
    level === undefined ? '' : `level ${formatNumber(level)}`,
    binding === 'declared' ? 'declared evidence' : binding === 'bound' ? 'bound evidence' : '',
  ];
  lines.push(...[size, how].map((parts) => parts.filter((part) => part !== '').join(', ')));
  return lines.filter((line) => line !== '');
}

/** What a check is about, in words: `age`, `slice city=Bern`, `mae`; without a metric that its id ends with. */
export function targetParts(check: Check): string[] {
  const { column, slice, metric } = check.target ?? {};
  const named = metric !== undefined && check.id.endsWith(`.${metric}`);
  const parts = [column, named ? undefined : metric, slice];
  return parts.filter((part): part is string => typeof part === 'string' && part !== '');
}

/** The message without the metric's name in front, which stands beside it wherever a check is shown. */
export function findingText({ target, message }: Check): string {
  const front = `${target?.metric}: `;
  return message.startsWith(front) ? message.slice(front.length) : message;
}

/** `sha256:` and the first twelve digits. */
export function shortDigest(subject: Subject): string {
  return subject.digest.slice(0, 'sha256:'.length + 12);
}

/** `2025-01-31 08:00 UTC`; the text itself if it is not a date. */
export function formatDate(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Cuts a text to a number of characters, and shows that it did. */
export function clip(text: string, length: number): string {
  if (text.length <= length) return text;
  // A cut through a surrogate pair would leave half a character.
  return `${text.slice(0, Math.max(0, length - 1)).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** A value on one line: texts as they are, everything else as JSON. */
export function oneLine(value: Json): string {
  if (typeof value === 'number') return formatNumber(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Checks, most severe first, in their own order within a status. */
export function mostSevereFirst(checks: readonly Check[]): Check[] {
  return [...checks].sort((a, b) => severity(b.status) - severity(a.status));
}

/** How many checks have each status, most severe first, without those that have none: `2 fail, 39 pass`. */
export function tally(checks: readonly { readonly status: Status }[]): string {
  return [...STATUSES]
    .reverse()
    .map((status) => [checks.filter((check) => check.status === status).length, status] as const)
    .filter(([n]) => n > 0)
    .map(([n, status]) => `${formatNumber(n)} ${status}`)
    .join(', ');
}

/** Consecutive lines of one file. */
export interface LineRun {
  readonly file: string;
  /** Absent if a location names the file only. */
  readonly start?: number;
  readonly end?: number;
}

/** Groups locations by file (in the order met) and into runs of consecutive lines, each line once. */
export function lineRuns(locations: readonly Location[]): LineRun[] {
  const files = new Map<string, Set<number>>();
  for (const { file, line } of locations) {
    const lines = files.get(file) ?? new Set<number>();
    files.set(file, line === undefined ? lines : lines.add(line));
  }
  return [...files].flatMap(([file, lines]) => (lines.size === 0 ? [{ file }] : runsOf(file, lines)));
}

function runsOf(file: string, lines: ReadonlySet<number>): LineRun[] {
  const runs: { file: string; start: number; end: number }[] = [];
  for (const line of [...lines].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last !== undefined && line === last.end + 1) last.end = line;
    else runs.push({ file, start: line, end: line });
  }
  return runs;
}

/** `3-7`, or `12` for a single line. */
export function runText(run: LineRun): string {
  if (run.start === undefined) return '';
  return run.end === undefined || run.end === run.start ? `${run.start}` : `${run.start}-${run.end}`;
}

/** One text a file, `data/train.csv:3-7, 12`, with at most `limit` runs in all, and how many places are not in it. */
export function placesText(check: Check, limit: number): { files: string[]; more: number } {
  const locations = check.locations ?? [];
  const runs = lineRuns(locations);
  const shown = runs.slice(0, limit);
  const files = new Map<string, string[]>();
  for (const run of shown) files.set(run.file, [...(files.get(run.file) ?? []), runText(run)]);
  const hidden = locations.filter((place) => !shown.some((run) => covers(run, place))).length;
  return {
    files: [...files].map(([file, texts]) => (texts[0] === '' ? file : `${file}:${texts.join(', ')}`)),
    more: hidden + Math.max(0, (check.places ?? 0) - locations.length),
  };
}

function covers(run: LineRun, place: Location): boolean {
  if (run.file !== place.file) return false;
  if (place.line === undefined || run.start === undefined || run.end === undefined) return true;
  return run.start <= place.line && place.line <= run.end;
}
