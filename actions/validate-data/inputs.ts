import { commonInputs } from '../../shared/inputs/common.ts';
import { integer, list, share, text } from '../../shared/inputs/kinds.ts';
import {
  type ActionDefinition,
  defaulted,
  type InputTable,
  optional,
  required,
  type Values,
} from '../../shared/inputs/table.ts';

/** Everything about validate-data that users can set; types, parser and documents come from it. */
export const definition = {
  name: 'validate-data',
  title: 'ml-loop: validate data',
  description:
    'Checks tables against a data contract and a reference, with file, line and field of what is wrong; proposes a contract where there is none.',
  icon: 'check-square',
  inputs: {
    ...commonInputs('fail'),
    data: required(
      list('files, with `*` and `**`'),
      'The table: CSV, TSV or JSON Lines, plain or gzip; several files are one table.',
    ),
    contract: optional(
      text('a path'),
      'A JSON Schema of one row (draft 2020-12 or draft-07, in JSON or YAML), with rules for the table under `x-ml-loop`.',
    ),
    reference: optional(
      list('files, one `profile.json`, or `model:NAME@ALIAS`'),
      'What the distributions are compared with: data files, a profile, or a registered model, whose training profile it is then.',
    ),
    key: optional(
      list('columns'),
      'Columns whose values together tell rows apart; in place of the contract’s `x-ml-loop.key`.',
    ),
    margin: defaulted(
      share(),
      '0.05',
      'The distance between distributions, from 0 to 1, below which a change does not matter.',
    ),
    'max-locations': defaulted(
      integer({ min: 1, max: 10_000 }),
      '20',
      'How many places of each problem are listed.',
    ),
  },
  outputs: {
    profile: 'The path of the profile of the data.',
    contract: 'The path of the contract that is proposed; empty where a contract or a reference was given.',
    rows: 'The number of rows.',
    'invalid-rows': 'How many rows break a rule, repeat a key, or cannot be read.',
  },
} satisfies ActionDefinition<InputTable>;

export type Inputs = Values<typeof definition.inputs>;
