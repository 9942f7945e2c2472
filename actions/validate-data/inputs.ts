import { commonInputs } from '../../shared/inputs/common.ts';
import { flag, integer, list, map, refusal, share, size, text } from '../../shared/inputs/kinds.ts';
import {
  type ActionDefinition,
  defaulted,
  type InputTable,
  optional,
  required,
  type Values,
} from '../../shared/inputs/table.ts';
import { INTEGRITY_CHECKS } from '../../shared/integrity/options.ts';

/** `auto`, `off`, or names of integrity checks. */
function integrityChecks() {
  const items = list(
    `\`auto\`, \`off\`, or checks: ${INTEGRITY_CHECKS.map((name) => `\`${name}\``).join(', ')}`,
  );
  return {
    ...items,
    parse: (value: unknown) => {
      const names = items.parse(value);
      const alone = names.length === 1 && (names[0] === 'auto' || names[0] === 'off');
      if (alone || (names.length > 0 && names.every((name) => INTEGRITY_CHECKS.some((one) => one === name))))
        return names;
      throw refusal(`must be auto, off, or a list of: ${INTEGRITY_CHECKS.join(', ')}`);
    },
  };
}

/** One character, or `tab`, which YAML and shells easily lose. */
function character() {
  const one = text('a character, or `tab`');
  return {
    ...one,
    parse: (value: unknown) => {
      if (value === '\t' || value === 'tab' || value === '\\t') return '\t';
      const given = one.parse(value);
      if (given.length === 1 && given.charCodeAt(0) < 128 && !/["\r\n]/.test(given)) return given;
      throw refusal('must be one ASCII character such as `;`, or `tab`');
    },
  };
}

/** Everything about validate-data that users can set; types, parser and documents come from it. */
export const definition = {
  name: 'validate-data',
  title: 'ml-loop: validate data',
  description:
    'Checks tables against a data contract and a reference, with file, line and field of what is wrong; proposes a contract if there is none.',
  icon: 'check-square',
  inputs: {
    ...commonInputs('fail'),
    data: required(
      list('files, with `*` and `**`'),
      'The table: CSV, TSV, JSON Lines or Parquet, plain, gzip or Zstandard; several files are one table.',
    ),
    contract: optional(
      text('a path'),
      'A JSON Schema of one row (draft 2020-12 or draft-07, in JSON or YAML), with rules for the table under `x-ml-loop`; or dbt, Frictionless, Great Expectations or Open Data Contract Standard, which are imported.',
    ),
    'contract-table': optional(
      text('a name'),
      'Which model, resource or object of an imported contract the data are, if it has several.',
    ),
    'contract-files': optional(
      map('a map of names to paths, in YAML'),
      'Files of the other tables that an imported contract refers to, relative to the contract.',
    ),
    reference: optional(
      list('files, `profile.json` files, or `model:NAME@ALIAS`'),
      'What the distributions are compared with: data files, profiles (several are merged), or a registered model, whose training profile it is then.',
    ),
    key: optional(
      list('columns'),
      'Columns whose values together tell rows apart; in place of the contract’s `x-ml-loop.key`.',
    ),
    margin: defaulted(
      share({ below: true }),
      '0.05',
      'The distance between distributions, from 0 to 1, below which a change does not matter.',
    ),
    label: optional(
      text('a column'),
      'The column that is to be predicted: rows of the same features with another label, rare classes, and features that are nearly the label are told.',
    ),
    timestamp: optional(
      text('a column'),
      'The column of times: rows out of order, gaps, and times later than now are told.',
    ),
    integrity: defaulted(
      integrityChecks(),
      'auto',
      'Looks for duplicate rows, mixed types, conflicting labels, leaks and the like (`integrity.…` in docs/checks.md). `auto` warns about what it finds, `off` does not look, and checks that you list fail.',
    ),
    disjoint: defaulted(
      flag(),
      'false',
      '`true`: no row of the data may be in the reference’s files, as with training and test data.',
    ),
    delimiter: optional(
      character(),
      'What is between the fields of CSV; by default a tab for `.tsv`, else what the header shows most of: comma, semicolon, tab or `|`.',
    ),
    encoding: optional(
      text('an encoding'),
      'Of text files without a byte order mark, such as `windows-1252`, `iso-8859-1` or `utf-16le`; UTF-8 by default.',
    ),
    memory: defaulted(
      size(),
      '16MiB',
      'How much of keys and rows is held to be compared with each other; what goes beyond it is put into temporary files.',
    ),
    'max-decompressed': defaulted(
      size(),
      '20GiB',
      'What one compressed file may become, so that no small file fills the machine.',
    ),
    'max-locations': defaulted(
      integer({ min: 1, max: 10_000 }),
      '20',
      'How many places of each problem the verdict lists; `violations.csv` has the others.',
    ),
  },
  outputs: {
    profile: 'The path of the profile of the data.',
    contract:
      'The path of the contract that is proposed or was imported; empty if a JSON Schema or a reference was given.',
    violations:
      'The path of a CSV file with the places of all checks, up to 100,000 of each; empty if there are none.',
    rows: 'The number of rows.',
    'invalid-rows': 'How many rows break a rule, repeat a key, or cannot be read.',
  },
} satisfies ActionDefinition<InputTable>;

export type Inputs = Values<typeof definition.inputs>;
