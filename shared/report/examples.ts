import type { Location } from '../verdict/verdict.ts';
import { clip, count, formatNumber, lineRuns, runText } from './format.ts';
import { discordantText, type Gain } from './gains.ts';
import { escapeHtml, tableHtml } from './page.ts';

const ROWS = 100;
const RUNS = 200;
const VALUE_CHARACTERS = 200;

/** Does a comparison name rows that the candidate loses? */
export function hasExamples({ check }: Gain): boolean {
  return (check?.locations ?? []).length > 0;
}

/** The rows as a table: one a row with its id if values are shown, otherwise lines by file. HTML. */
export function examplesHtml(gain: Gain): string {
  const locations = gain.check?.locations ?? [];
  const valued = locations.some(({ value }) => value !== undefined);
  const { table, told } = valued ? withValues(locations) : byFile(locations);
  const more = Math.max(locations.length, gain.check?.places ?? 0) - told;
  const words = [`${gain.metric}, against ${gain.baseline}`, discordantText(gain)];
  const note = words.filter((part) => part !== '').join('; ');
  const rest = more === 0 ? '' : `<p class="note">${count(more, 'more row')}.</p>`;
  return `<p class="note">${escapeHtml(note)}</p>${table}${rest}`;
}

interface Told {
  readonly table: string;
  /** How many of the locations are in the table. */
  readonly told: number;
}

function withValues(locations: readonly Location[]): Told {
  const shown = locations.slice(0, ROWS);
  const rows = shown.map(({ file, line, value = '' }) => [
    escapeHtml(file),
    line === undefined ? '' : formatNumber(line),
    `<code>${escapeHtml(clip(value, VALUE_CHARACTERS))}</code>`,
  ]);
  return { table: tableHtml(['file', 'line', 'id'], rows, 'examples'), told: shown.length };
}

function byFile(locations: readonly Location[]): Told {
  const runs = lineRuns(locations).slice(0, RUNS);
  const files = [...new Set(runs.map(({ file }) => file))];
  const rows = files.map((file) => {
    const own = runs.filter((run) => run.file === file);
    return [escapeHtml(file), own.map(runText).join(', ')];
  });
  const lines = runs.map(({ start, end }) => (start === undefined ? 1 : (end ?? start) - start + 1));
  const told = lines.reduce((total, n) => total + n, 0);
  return { table: tableHtml(['file', 'lines'], rows, 'examples'), told };
}
