import { type DocumentMap, isMap, ownMember } from '../schema/map.ts';
import type { Json } from '../verdict/verdict.ts';
import { Builder } from './builder.ts';
import { DocumentReader, type Path } from './document.ts';
import { conditionText, rowsOfCondition } from './gx-condition.ts';
import { EXPECTATIONS } from './gx-expectations.ts';
import type { RuleGrade } from './numbers.ts';
import { percentText } from './numbers.ts';
import type { ImportedContract, ImportOptions } from './types.ts';

/** What says nothing about the data. */
const SILENT = [
  'result_format',
  'include_config',
  'catch_exceptions',
  'meta',
  'notes',
  'batch_id',
  'id',
  'rendered_content',
  'description',
];

/**
 * A suite of Great Expectations, with the names of 0.x (`expectation_type`) and of 1.x (`type`). Columns that no
 * expectation names may be there.
 *
 * @throws UserError with all that cannot be read.
 */
export function importGreatExpectations(
  document: DocumentMap,
  file: string,
  options: ImportOptions = {},
): ImportedContract {
  const reading = new DocumentReader(file, options);
  const builder = new Builder(reading);
  builder.root('additionalProperties', true);
  if (!Array.isArray(document.expectations)) reading.wrong('expectations is not a list', ['expectations']);
  reading.list(document.expectations, ['expectations']).forEach((entry, index) => {
    carry(builder, entry, ['expectations', String(index)]);
  });
  reading.done();
  const title = document.expectation_suite_name ?? document.name;
  return {
    format: 'great-expectations',
    contract: builder.finish({ title: typeof title === 'string' ? title : undefined }),
    notCarried: reading.notCarried,
  };
}

function carry(builder: Builder, entry: unknown, path: Path): undefined {
  const { reading } = builder;
  const map = reading.map(entry, path);
  const type = map.expectation_type ?? map.type;
  if (typeof type !== 'string') return reading.wrong('an expectation has no type', path);
  const kwargs = reading.map(map.kwargs, [...path, 'kwargs']);
  const lost = (reason: string): undefined => {
    reading.lost(`${type}: ${reason}`, path);
    return undefined;
  };
  const expectation = ownMember(EXPECTATIONS, type);
  if (expectation === undefined) return lost('does not exist in a contract of a file');
  const {
    column,
    mostly,
    row_condition: condition,
    condition_parser: parser,
    severity: inner,
    ...rest
  } = kwargs;
  if (kwargs.windows !== undefined && kwargs.windows !== null)
    return lost('windows over earlier runs: the expectation is not carried over');
  const args = Object.fromEntries(
    Object.entries(rest).filter(
      ([key, value]) => !SILENT.includes(key) && value !== null && value !== undefined && key !== 'windows',
    ),
  );
  const parameter = Object.values({ ...args, mostly }).some(
    (value) => isMap(value) && Object.keys(value).some((key) => key.startsWith('$PARAMETER')),
  );
  if (parameter) return lost('an evaluation parameter: the expectation is not carried over');
  const unknown = Object.keys(args).filter((key) => !expectation.args.includes(key));
  if (unknown.length > 0)
    return lost(`the argument ${unknown.join(', ')} is not known here: the expectation is not carried over`);
  if (expectation.table === undefined && (typeof column !== 'string' || column === ''))
    return reading.wrong(`${type} names no column`, path);
  const share = mostly === undefined || mostly === null ? 1 : Number(mostly);
  if (!(share >= 0 && share <= 1)) return reading.wrong(`${type}: mostly is not a share from 0 to 1`, path);
  if (share < 1 && expectation.mostly !== true) return lost('mostly: the expectation is not carried over');
  const isConditional = condition !== undefined && condition !== null && condition !== '';
  // Only what judges row by row can leave rows out.
  if (isConditional && expectation.mostly !== true) return lost(NOT_OF_ROWS);
  const when = isConditional ? rowsOfCondition(builder, condition, parser) : undefined;
  if (isConditional && when === undefined) return lost(NOT_SIMPLE);
  const severity = map.severity ?? inner;
  const grade: RuleGrade = {
    ...(severity === undefined || severity === null || severity === 'critical'
      ? {}
      : { severity: 'warn' as const }),
    ...(share < 1 ? { tolerance: percentText(1 - share) } : {}),
    ...(when === undefined ? {} : { when }),
  };
  if (
    severity !== undefined &&
    severity !== null &&
    !['critical', 'warning', 'info'].includes(String(severity))
  ) {
    return reading.wrong(`${type}: severity is none of critical, warning, info`, path);
  }
  const name = typeof column === 'string' ? column : '';
  const about = name === '' ? type : `${type} of ${name}`;
  const rows = conditionText(condition) ?? JSON.stringify(condition);
  const what = isConditional ? `${about} where ${rows}` : about;
  const reason = expectation.carry({
    builder,
    reading,
    column: name,
    args: args as Readonly<Record<string, Json>>,
    grade,
    what,
    path,
    share,
  });
  return reason === undefined ? undefined : lost(reason);
}

const NOT_OF_ROWS = 'row_condition of what is not judged row by row: the expectation is not carried over';
const NOT_SIMPLE =
  'its row_condition does more than compare columns with constants: the expectation is not carried over';
