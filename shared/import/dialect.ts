import { type DocumentMap, isMap } from '../schema/map.ts';
import type { DocumentReader, Path } from './document.ts';
import type { Dialect } from './types.ts';

/** What says nothing about the reading of a delimited file, or is told by its own name. */
const IGNORED = [
  '$schema',
  'csvddfVersion',
  'caseSensitiveHeader',
  'headerJoin',
  'type',
  'name',
  'title',
  'csv',
];
const KNOWN = [
  ...IGNORED,
  'delimiter',
  'quoteChar',
  'doubleQuote',
  'escapeChar',
  'commentChar',
  'lineTerminator',
  'skipInitialSpace',
  'header',
  'headerRows',
  'nullSequence',
];

/** The dialect and the encoding of a resource; also if the members are below `csv`, as one tool writes them. */
export function dialectOf(reading: DocumentReader, resource: DocumentMap, path: Path): Dialect {
  const encoding = reading.text(resource.encoding, [...path, 'encoding']);
  const own = encoding === undefined ? {} : { encoding };
  const at = [...path, 'dialect'];
  if (typeof resource.dialect === 'string') {
    reading.lost('the dialect is in another document', at, 'write it into the resource');
    return own;
  }
  const outer = reading.map(resource.dialect, at);
  const dialect: DocumentMap = { ...outer, ...(isMap(outer.csv) ? outer.csv : {}) };
  for (const key of Object.keys(dialect)) {
    if (!KNOWN.includes(key)) reading.lost(`the dialect's ${key}`, [...at, key]);
  }
  const header = headerOf(reading, dialect, at);
  const text = (key: string): string | undefined => reading.text(dialect[key], [...at, key]);
  const flag = (key: string): boolean | undefined => reading.flag(dialect[key], [...at, key]);
  const members = {
    delimiter: text('delimiter'),
    quote:
      'quoteChar' in dialect && (dialect.quoteChar === null || dialect.quoteChar === '')
        ? null
        : text('quoteChar'),
    doubleQuote: flag('doubleQuote'),
    escape: text('escapeChar'),
    comment: text('commentChar'),
    lineTerminator: text('lineTerminator'),
    skipInitialSpace: flag('skipInitialSpace'),
    ...header,
  };
  if (dialect.nullSequence !== undefined && dialect.nullSequence !== '') {
    reading.lost(`the dialect's nullSequence`, [...at, 'nullSequence'], 'name it in missingValues');
  }
  const said = Object.entries(members).filter(([, value]) => value !== undefined);
  return { ...own, ...(Object.fromEntries(said) as Dialect) };
}

function headerOf(
  reading: DocumentReader,
  dialect: DocumentMap,
  path: Path,
): Pick<Dialect, 'header' | 'headerRow'> {
  const { headerRows } = dialect;
  const flag = reading.flag(dialect.header, [...path, 'header']);
  const header = flag === undefined ? {} : { header: flag };
  if (headerRows === undefined || headerRows === null) return header;
  const [row, ...more] = Array.isArray(headerRows) ? (headerRows as unknown[]) : [0];
  if (row === undefined) return { header: false };
  if (more.length === 0 && Number.isInteger(row) && Number(row) > 0)
    return Number(row) === 1 ? header : { ...header, headerRow: Number(row) };
  reading.lost(`the dialect's headerRows`, [...path, 'headerRows'], 'write the header in one row');
  return header;
}
