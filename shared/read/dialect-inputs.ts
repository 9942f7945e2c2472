/** The inputs that say how delimited files are written, for each action that reads data. */
import { type InputKind, integer, notAllowed, oneOf, text } from '../inputs/kinds.ts';
import { type InputValues, optional } from '../inputs/table.ts';
import { type Dialect, THOUSANDS, type Thousands } from './dialect.ts';

/** One character, or a word for one that YAML and shells easily lose. */
function character() {
  const one = text('a character, `tab` or `space`');
  return {
    ...one,
    parse: (value: unknown) => {
      if (value === '\t' || value === 'tab' || value === '\\t') return '\t';
      if (value === ' ' || value === 'space') return ' ';
      const given = one.parse(value);
      if (given.length === 1 && given.charCodeAt(0) < 128 && !/["\r\n]/.test(given)) return given;
      throw notAllowed('must be one ASCII character such as `;`, or `tab` or `space`');
    },
  };
}

/** The number of a record, or `none`. */
function headerRow(): InputKind<number | 'none'> {
  const row = integer({ min: 1 });
  return {
    label: 'a number from 1, or `none`',
    schema: { anyOf: [row.schema, { const: 'none' }] },
    parse: (value) => (value === 'none' ? 'none' : row.parse(value)),
  };
}

/** What stands between thousands; a space by its name, too. */
function thousands(): InputKind<Thousands> {
  const one = oneOf([...THOUSANDS, 'space']);
  return {
    ...one,
    parse: (value) => {
      const given = value === ' ' ? 'space' : one.parse(value);
      return given === 'space' ? ' ' : given;
    },
  };
}

/** @param from the action from whose section of `ml-loop.yml` they are taken by default. */
export function dialectInputs(from?: string) {
  const own = { gate: 'evidence', ...(from === undefined ? {} : { from }) } as const;
  return {
    delimiter: optional(
      character(),
      'The character between the fields of CSV, such as `;`. By default what `sep=` in the first line says, a tab for `.tsv`, else the most frequent one of comma, semicolon, tab and `|` in the header.',
      own,
    ),
    'header-row': optional(
      headerRow(),
      'Which record of CSV is the header, from 1; those before it are passed over. `none`: there is no header, and the columns are called `c1`, `c2` and so on. By default the first record after comments, if it is not a title.',
      own,
    ),
    'index-column': optional(
      text('a column'),
      'The name of the first column of CSV, if the header leaves it out, as pandas and R do for an index. `index` by default.',
      own,
    ),
    decimal: optional(
      oneOf([',', '.']),
      'The character before the decimals of numbers in CSV. By default what the first 1,000 rows show.',
      own,
    ),
    thousands: optional(
      thousands(),
      'The character between the thousands of numbers in CSV. By default what the first 1,000 rows show; with `decimal: ","` a point.',
      own,
    ),
    encoding: optional(
      text('an encoding'),
      'The encoding of text files without a byte order mark, such as `windows-1252`, `iso-8859-1` or `utf-16le`. UTF-8 by default.',
      own,
    ),
  };
}

export type DialectInputs = InputValues<ReturnType<typeof dialectInputs>>;

/** What the inputs say of how delimited files are written, except their encoding. */
export function saidDialect(
  inputs: Omit<DialectInputs, 'encoding'> & { readonly 'missing-values'?: readonly string[] | undefined },
): Dialect {
  const { delimiter, decimal, thousands } = inputs;
  const headerRow = inputs['header-row'];
  const indexColumn = inputs['index-column'];
  const missing = inputs['missing-values'];
  return {
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(headerRow === undefined ? {} : headerRow === 'none' ? { header: false } : { headerRow }),
    ...(indexColumn === undefined ? {} : { indexColumn }),
    ...(decimal === undefined ? {} : { decimal }),
    ...(thousands === undefined ? {} : { thousands }),
    ...(missing === undefined ? {} : { missingElsewhere: missing }),
  };
}
