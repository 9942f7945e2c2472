import { commonInputs } from '../../shared/inputs/common.ts';
import {
  flag,
  integer,
  map,
  missingTexts,
  notAllowed,
  share,
  size,
  text,
  textList,
} from '../../shared/inputs/kinds.ts';
import {
  type ActionDefinition,
  defaulted,
  type InputTable,
  type InputValues,
  optional,
  required,
} from '../../shared/inputs/table.ts';
import { INTEGRITY_CHECKS } from '../../shared/integrity/options.ts';
import { dialectInputs } from '../../shared/read/dialect-inputs.ts';

/** `auto`, `off`, or names of integrity checks. */
function integrityChecks() {
  const items = textList(
    `\`auto\`, \`off\`, or checks: ${INTEGRITY_CHECKS.map((name) => `\`${name}\``).join(', ')}`,
  );
  return {
    ...items,
    parse: (value: unknown) => {
      const names = items.parse(value);
      const alone = names.length === 1 && (names[0] === 'auto' || names[0] === 'off');
      if (alone || (names.length > 0 && names.every((name) => INTEGRITY_CHECKS.some((one) => one === name))))
        return names;
      throw notAllowed(`must be auto, off, or a list of: ${INTEGRITY_CHECKS.join(', ')}`);
    },
  };
}

/** Everything about validate-data that users can set; types, parser and documents come from it. */
export const definition = {
  name: 'validate-data',
  title: 'ml-loop: validate data',
  description:
    'Checks tables against a data contract and a reference, and names file, line and field of what is wrong. Proposes a contract if there is none.',
  icon: 'check-square',
  inputs: {
    ...commonInputs('fail'),
    data: required(
      textList('files, with `*` and `**`'),
      'Files of the table, such as `data/*.csv`: CSV, TSV, JSON Lines or Parquet, plain or compressed with gzip or Zstandard. Several files are one table.',
      { gate: 'evidence' },
    ),
    contract: optional(
      text('a path'),
      'The path of the contract: a JSON Schema of one row (draft 2020-12 or draft-07, in JSON or YAML), with rules for the table under `x-ml-loop`. Documents of dbt, Frictionless, Great Expectations and the Open Data Contract Standard are imported.',
      { gate: 'contract' },
    ),
    'contract-table': optional(
      text('a name'),
      'The name of the model, resource or object in an imported contract that describes the data, if there are several.',
      { gate: 'rule' },
    ),
    'contract-files': optional(
      map('a map of names to paths, in YAML'),
      'Files of other tables that an imported contract refers to, by the table’s name, such as `{stations: stations.csv}`. Paths start from the contract’s folder.',
      { gate: 'rule' },
    ),
    reference: optional(
      textList('files, `profile.json` files, or `model:NAME@ALIAS`'),
      'What to compare the distributions with: data files, profiles (several are merged), or a registered model, of which the training profile is taken.',
      { gate: 'file' },
    ),
    key: optional(
      textList('columns'),
      'Columns that together identify a row, such as `id`. They replace the contract’s `x-ml-loop.key`.',
      { gate: 'rule' },
    ),
    margin: defaulted(
      share({ below: true }),
      '0.05',
      'The largest distance between two distributions that does not matter, from 0 (the same) to 1 (nothing in common).',
      { gate: 'rule' },
    ),
    label: optional(
      text('a column'),
      'The column to predict. With it, the action also looks for rows with the same features and different labels, for rare classes, and for features that are nearly the label.',
      { gate: 'rule' },
    ),
    timestamp: optional(
      text('a column'),
      'The column of times. With it, the action also looks for rows out of order, gaps, and times later than now.',
      { gate: 'rule' },
    ),
    integrity: defaulted(
      integrityChecks(),
      'auto',
      'What to do about duplicate rows, mixed types, conflicting labels, leaks and the like (`integrity.…` in docs/checks.md). `auto` warns, `off` does not look for them, and checks that you list fail.',
      { gate: 'rule' },
    ),
    disjoint: defaulted(
      flag(),
      'false',
      '`true`: no row of the data may be in the files of the reference. Use it for training and test data.',
      { gate: 'rule' },
    ),
    ...dialectInputs(),
    'missing-values': optional(
      missingTexts(),
      'Texts that stand for a missing value in CSV and JSON Lines beside the empty field, such as `[unknown, "-999"]`. They hold for the columns of which the contract names none. In columns of numbers and dates, `NA`, `NaN`, `null`, `None`, `N/A`, `-`, `?` and the like are missing in any case.',
      { gate: 'rule' },
    ),
    memory: defaulted(
      size(),
      '16MiB',
      'The memory for keys and rows that are compared with each other. The rest goes into temporary files.',
    ),
    'max-decompressed': defaulted(
      size(),
      '20GiB',
      'The largest size of one file after decompression, so that a small file cannot fill the machine.',
    ),
    'max-locations': defaulted(
      integer({ min: 1, max: 10_000 }),
      '20',
      'The number of places that the verdict lists for each problem. `violations.csv` has the others.',
    ),
  },
  outputs: {
    profile: 'The path of the profile of the data.',
    contract:
      'The path of the contract that is proposed or was imported; empty if a JSON Schema or a reference was given.',
    violations:
      'The path of a CSV file with the places of all checks, up to 100,000 of each; empty if there are none.',
    rows: 'The number of rows.',
    'invalid-rows': 'The number of rows that break a rule, repeat a key, or cannot be read.',
  },
} satisfies ActionDefinition<InputTable>;

export type Inputs = InputValues<typeof definition.inputs>;
