/** Reading and writing the rows: CSV without quotes, as the bike-sharing system writes it, gzipped or not. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** The columns that hold text; every other column holds numbers. */
const TEXT = new Set(['dteday']);

export function readText(path) {
  const bytes = readFileSync(path);
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** Reads CSV text into one object a row. An empty cell is `null`. */
export function parseRows(text, name = 'data') {
  const [header, ...lines] = text.trimEnd().split(/\r?\n/);
  const columns = header.split(',');
  return lines.map((line, index) => {
    const cells = line.split(',');
    if (cells.length !== columns.length) {
      throw new Error(
        `${name}:${index + 2}: ${cells.length} cells, but the header has ${columns.length} columns`,
      );
    }
    return Object.fromEntries(columns.map((column, at) => [column, cellValue(column, cells[at])]));
  });
}

function cellValue(column, cell) {
  if (cell === '') return null;
  return TEXT.has(column) ? cell : Number(cell);
}

/** All rows of the files, in the order of time. */
export function readRows(paths) {
  const rows = paths.flatMap((path) => parseRows(readText(path), path));
  return rows.sort((a, b) => a.dteday.localeCompare(b.dteday) || a.hr - b.hr);
}

/** The time that a row is about, such as 2011-03-05T13:00:00Z. */
export function timeOf(row) {
  return `${row.dteday}T${String(row.hr).padStart(2, '0')}:00:00Z`;
}

/** Is it a day such as 2011-03-05? */
export function isDay(value) {
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value));
}

const DAY = 24 * 60 * 60 * 1000;

/** Whole days from one day to another, each written as 2011-03-05. */
export function daysBetween(from, to) {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY);
}

/** The day that is so many days later. */
export function addDays(day, days) {
  return new Date(Date.parse(day) + days * DAY).toISOString().slice(0, 10);
}
