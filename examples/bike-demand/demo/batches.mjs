/**
 * The two years as a weekly delivery, some weeks of it broken on purpose. A broken batch is delivered again, repaired,
 * one week later.
 */
import { addDays, daysBetween } from '../model/rows.mjs';

export const FIRST_DAY = '2011-01-01';

/** What is broken: two of each kind, spread over both years, in weeks from 0. Listed before any validation was run on them. */
export const BROKEN = [
  { week: 12, kind: 'fahrenheit', column: 'temp' },
  { week: 23, kind: 'missing-column', column: 'windspeed' },
  { week: 31, kind: 'nulls', column: 'hum', from: 40, rows: 30 },
  { week: 44, kind: 'duplicated-day', day: 2 },
  { week: 58, kind: 'missing-column', column: 'weathersit' },
  { week: 67, kind: 'fahrenheit', column: 'temp' },
  { week: 79, kind: 'nulls', column: 'temp', from: 100, rows: 12 },
  { week: 93, kind: 'duplicated-day', day: 5 },
];

/** How each kind breaks a table ({header, rows}, rows as arrays of cells). The table given is left as it is. */
const BREAK = {
  /** Normalised by 41 °C in the data; a sensor that reports degrees Fahrenheit instead. */
  fahrenheit: ({ header, rows }, { column }) => {
    const at = header.indexOf(column);
    const fahrenheit = (cell) => ((Number(cell) * 41 * 9) / 5 + 32).toFixed(1);
    return { header, rows: rows.map((cells) => cells.with(at, fahrenheit(cells[at]))) };
  },
  'missing-column': ({ header, rows }, { column }) => {
    const at = header.indexOf(column);
    return { header: header.toSpliced(at, 1), rows: rows.map((cells) => cells.toSpliced(at, 1)) };
  },
  /** A sensor that is silent for some hours. */
  nulls: ({ header, rows }, { column, from, rows: count }) => {
    const at = header.indexOf(column);
    const silent = (index) => index >= from && index < from + count;
    return { header, rows: rows.map((cells, index) => (silent(index) ? cells.with(at, '') : cells)) };
  },
  /** A job that ran twice: one day is in the batch again, at its end. */
  'duplicated-day': ({ header, rows }, { day }) => {
    const at = header.indexOf('dteday');
    const days = [...new Set(rows.map((cells) => cells[at]))];
    return { header, rows: [...rows, ...rows.filter((cells) => cells[at] === days[day])] };
  },
};

/**
 * Cuts the table into weeks from 2011-01-01; the last one may be short.
 * @param text  the whole CSV
 * @returns {{week: number, start: string, end: string, rows: number, csv: string,
 *   broken: null | {kind: string, csv: string}}[]}  `start` and `end` are the first and the last day, `csv` is the good
 *   batch, and `broken` is what is delivered first if the week is listed
 */
export function weeklyBatches(text, list = BROKEN) {
  const [head, ...lines] = text.trimEnd().split(/\r?\n/);
  const header = head.split(',');
  const at = header.indexOf('dteday');
  const weeks = [];
  for (const line of lines) {
    const cells = line.split(',');
    const week = Math.floor(daysBetween(FIRST_DAY, cells[at]) / 7);
    weeks[week] ??= [];
    weeks[week].push(cells);
  }
  return weeks.map((rows, week) => {
    const start = addDays(FIRST_DAY, 7 * week);
    const fault = list.find((entry) => entry.week === week);
    const csv = csvOf({ header, rows });
    const broken = fault && { kind: fault.kind, csv: csvOf(BREAK[fault.kind]({ header, rows }, fault)) };
    return { week, start, end: rows.at(-1)[at], rows: rows.length, csv, broken: broken ?? null };
  });
}

function csvOf({ header, rows }) {
  return `${[header, ...rows].map((cells) => cells.join(',')).join('\n')}\n`;
}

/** Gives every row another row's target, the last column, as a wrong join does. */
export function shuffleTargets(csv) {
  const [header, ...lines] = csv.trimEnd().split('\n');
  const targets = lines.map((line) => line.slice(line.lastIndexOf(',') + 1));
  const shuffled = lines.map((line, index) => {
    const other = targets[(index * 7919 + 13) % targets.length];
    return `${line.slice(0, line.lastIndexOf(','))},${other}`;
  });
  return `${[header, ...shuffled].join('\n')}\n`;
}
