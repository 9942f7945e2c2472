import type { Json, JsonObject } from '../verdict/verdict.ts';
import { clip, count, formatEstimate, formatNumber, oneLine } from './format.ts';
import { isJsonObject, leaves } from './json.ts';
import { escapeHtml, tableHtml } from './page.ts';

/** Rows of one table; the verdict file has the rest. */
const ROWS = 500;
const CELL_CHARACTERS = 200;
/** Figures of a column that stand side by side. */
const ABREAST = 6;
/** Measures of these are set beside one another. */
const ROLES: readonly string[] = ['candidate', 'production', 'anchor', 'current', 'reference'];
/** Drawn, not told. */
const DRAWN: readonly string[] = ['histogram', 'categories'];

/** Tables of `measures` as HTML: roles side by side, one row a column, and whatever else there is. */
export function measureTables(measures: JsonObject): string {
  const entries = Object.entries(measures);
  const roles = entries.filter(
    (entry): entry is [string, JsonObject] => ROLES.includes(entry[0]) && isJsonObject(entry[1]),
  );
  const scalars = Object.fromEntries(entries.filter(([, value]) => !isJsonObject(value) && !isTable(value)));
  const parts = [
    roles.length === 0 ? '' : rolesTable(roles),
    Object.keys(scalars).length === 0 ? '' : pairsTable(scalars),
  ];
  for (const [name, value] of entries) {
    if (name === 'columns' && isJsonObject(value)) parts.push(columnsTable(value));
    else if (!roles.some(([role]) => role === name)) parts.push(otherTable(name, value));
  }
  return parts.filter((part) => part !== '').join('\n');
}

/** Names and values as two columns. */
export function pairsTable(value: JsonObject): string {
  return limited(leaves(value), (rows) =>
    tableHtml(
      [],
      rows.map(([path, leaf]) => [escapeHtml(path), cell(leaf)]),
      'pairs',
    ),
  );
}

function rolesTable(roles: readonly [string, JsonObject][]): string {
  const values = roles.map(([, value]) => new Map(foldIntervals(value)));
  const paths = [...new Set(values.flatMap((map) => [...map.keys()]))];
  return limited(paths, (rows) =>
    tableHtml(
      ['', ...roles.map(([role]) => escapeHtml(role))],
      rows.map((path) => [escapeHtml(path), ...values.map((map) => map.get(path) ?? '')]),
      'measures',
    ),
  );
}

function columnsTable(columns: JsonObject): string {
  const values = Object.entries(columns).flatMap(([column, value]) =>
    isJsonObject(value) ? [[column, new Map(foldIntervals(value))] as const] : [],
  );
  const header = [...new Set(values.flatMap(([, map]) => [...map.keys()]))];
  if (values.length === 0 || header.length === 0) return '';
  const table = limited(values, (rows) =>
    tableHtml(
      ['column', ...header.map((path) => escapeHtml(path.replaceAll('.', ' ')))],
      rows.map(([column, map]) => [escapeHtml(column), ...header.map((path) => map.get(path) ?? '')]),
      // So many do not stand side by side on any page.
      header.length > ABREAST ? 'measures stacked' : 'measures',
    ),
  );
  return details(count(values.length, 'column'), table);
}

function otherTable(name: string, value: Json): string {
  if (isJsonObject(value)) {
    const rows = foldIntervals(value);
    const lists = Object.entries(value).filter(([, child]) => isTable(child));
    const flat = rows.filter(([path]) => !lists.some(([key]) => key === path));
    const body = [
      flat.length === 0
        ? ''
        : limited(flat, (shown) =>
            tableHtml(
              [],
              shown.map(([path, text]) => [escapeHtml(path), text]),
              'measures',
            ),
          ),
      ...lists.map(
        ([key, child]) => `<h3>${escapeHtml(key)}</h3>${recordsTable(child as readonly JsonObject[])}`,
      ),
    ].join('');
    return body === '' ? '' : details(escapeHtml(name), body);
  }
  if (isTable(value)) return details(escapeHtml(name), recordsTable(value));
  return '';
}

function recordsTable(records: readonly JsonObject[]): string {
  const header = [...new Set(records.flatMap((record) => Object.keys(record)))];
  return limited(records, (rows) =>
    tableHtml(
      header.map(escapeHtml),
      rows.map((record) => header.map((key) => (record[key] === undefined ? '' : cell(record[key])))),
      'measures',
    ),
  );
}

/** Leaves as cells; a measure with `_lower` and `_upper` beside it has them in its own cell. */
function foldIntervals(value: JsonObject): [path: string, html: string][] {
  const all = leaves(value).filter(
    ([path, leaf]) => !isTable(leaf) || !DRAWN.includes(path.split('.').at(-1) ?? ''),
  );
  const kept = all.filter(([path]) => !DRAWN.some((name) => `.${path}.`.includes(`.${name}.`)));
  const map = new Map(kept);
  return kept.flatMap(([path, leaf]): [string, string][] => {
    const base = path.replace(/_(lower|upper)$/, '');
    if (base !== path && typeof map.get(base) === 'number') return [];
    const [low, high] = [map.get(`${path}_lower`), map.get(`${path}_upper`)];
    if (typeof leaf !== 'number' || (low === undefined && high === undefined)) return [[path, cell(leaf)]];
    return [[path, escapeHtml(formatEstimate(leaf, [bound(low), bound(high)]))]];
  });
}

function bound(value: Json | undefined): number | null {
  return typeof value === 'number' ? value : null;
}

function cell(value: Json): string {
  return escapeHtml(clip(oneLine(value), CELL_CHARACTERS));
}

function isTable(value: Json): value is readonly JsonObject[] {
  return Array.isArray(value) && value.length > 0 && value.every((entry: Json) => isJsonObject(entry));
}

function limited<T>(rows: readonly T[], table: (rows: readonly T[]) => string): string {
  const more = rows.length - ROWS;
  const note = more > 0 ? `<p class="note">${formatNumber(more)} more in the verdict file.</p>` : '';
  return table(rows.slice(0, ROWS)) + note;
}

/** `title` and `body` are HTML. */
export function details(title: string, body: string): string {
  return `<details><summary>${title}</summary>${body}</details>`;
}
