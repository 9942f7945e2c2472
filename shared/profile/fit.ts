import { type Categories, listedOnly } from './cells.ts';
import { registersOfTexts } from './different.ts';
import { print } from './print.ts';
import type { ColumnProfile, ProfileErrors } from './profile.ts';

/** Bytes of a column in a file, without its name. */
const MAX_BYTES = 4000;
/** Bytes of a text that is listed. */
const MAX_TEXT = 256;
/** Categories that a profile file lists, most frequent first. */
const MAX_CATEGORIES = 256;
/** Bytes of the most frequent values, which are listed a second time, with all categories. */
const MAX_TOP = 800;
/** Room for figures that grow by a few digits when others leave. */
const SLACK = 80;

/**
 * The column as a file holds it, at a size that does not grow with the data: of many or long categories only the most
 * frequent ones, then fewer frequent values, then wider groups.
 */
export function fitted(column: ColumnProfile, samples: 'hide' | 'show'): ColumnProfile {
  const { cells } = column;
  const fits = bytesOf(column) <= MAX_BYTES;
  if (cells.kind === 'categories') {
    const many = cells.categories.length > MAX_CATEGORIES || cells.categories.some(isLong);
    return fits && !many ? column : fewerCategories(column, cells, samples);
  }
  if (fits) return column;
  for (let most = column.top.length - 1; most >= 0; most--) {
    const fewer = { ...column, top: column.top.slice(0, most) };
    if (bytesOf(fewer) <= MAX_BYTES) return fewer;
  }
  return { ...column, top: [], cells: cells.kind === 'cuts' ? everySecond(cells) : cells };
}

function bytesOf({ name: _name, ...column }: ColumnProfile): number {
  // As in a file, where it is indented by four spaces and followed by a comma.
  return Buffer.byteLength(print({ name: '', ...column }, '    ')) + 6;
}

function isLong(text: string): boolean {
  return text.length > MAX_TEXT || Buffer.byteLength(JSON.stringify(text)) > MAX_TEXT;
}

function fewerCategories(
  { hyperloglog, ...column }: ColumnProfile,
  cells: Categories,
  samples: 'hide' | 'show',
): ColumnProfile {
  const registers =
    samples === 'hide' ? {} : { hyperloglog: hyperloglog ?? registersOfTexts(cells.categories).text };
  const top = column.top.filter(({ value }) => !isLong(String(value)));
  while (Buffer.byteLength(print(top, '')) > MAX_TOP) top.pop();
  const empty = { ...column, top, cells: listedOnly(cells, () => false), ...registers };
  let left = MAX_BYTES - SLACK - bytesOf(empty);
  let places = MAX_CATEGORIES;
  let dropped = 0;
  const kept = listedOnly(cells, (category, count) => {
    const long = isLong(category);
    const size = long || places === 0 ? 0 : Buffer.byteLength(`${JSON.stringify(category)}, ${count}, `);
    if (size > left) places = 0;
    const keep = !long && places > 0;
    if (keep) {
      left -= size;
      places--;
    } else dropped = Math.max(dropped, count);
    return keep;
  });
  const errors: ProfileErrors = {
    ...column.errors,
    unlisted: Math.max(column.errors?.unlisted ?? 0, dropped + (column.errors?.frequency ?? 0)),
  };
  return { ...column, errors, top, cells: kept, ...registers };
}

/** Two groups in one. */
function everySecond({ cuts, counts }: Extract<ColumnProfile['cells'], { kind: 'cuts' }>) {
  return {
    kind: 'cuts' as const,
    cuts: cuts.filter((_cut, i) => i % 2 === 1),
    counts: counts.flatMap((count, i) => (i % 2 === 1 ? [] : [count + (counts[i + 1] ?? 0)])),
  };
}
