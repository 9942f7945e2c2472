import { isMap } from '../schema/map.ts';
import type { Json } from '../verdict/verdict.ts';
import { lengthKeywords } from './bounds.ts';
import {
  addKeywords,
  type ExpectationCall,
  type ExpectationMap,
  LIMIT_ARGS,
  limitsOf,
  NO_NUMBERS,
  type NotCarriedReason,
} from './gx-call.ts';
import { absent, like, portable } from './regex.ts';
import { strptime } from './times.ts';

/** Of the texts of a column: lengths, patterns, dates and JSON. */
export const TEXT_EXPECTATIONS: ExpectationMap = {
  expect_column_value_lengths_to_be_between: {
    args: LIMIT_ARGS,
    mostly: true,
    carry: (call) => expectLengths(call),
  },
  expect_column_value_lengths_to_equal: {
    args: ['value'],
    mostly: true,
    carry: (call) =>
      expectLengths(call, { min: call.args.value, max: call.args.value, strictMin: false, strictMax: false }),
  },
  expect_column_values_to_match_regex: {
    args: ['regex'],
    mostly: true,
    carry: (call) => expectPatterns(call, 'regex', false),
  },
  expect_column_values_to_not_match_regex: {
    args: ['regex'],
    mostly: true,
    carry: (call) => expectPatterns(call, 'regex', true),
  },
  expect_column_values_to_match_regex_list: {
    args: ['regex_list', 'match_on'],
    mostly: true,
    carry: (call) => expectPatterns(call, 'regex_list', false),
  },
  expect_column_values_to_not_match_regex_list: {
    args: ['regex_list'],
    mostly: true,
    carry: (call) => expectPatterns(call, 'regex_list', true),
  },
  expect_column_values_to_match_like_pattern: {
    args: ['like_pattern'],
    mostly: true,
    carry: (call) => expectPatterns(call, 'like_pattern', false),
  },
  expect_column_values_to_not_match_like_pattern: {
    args: ['like_pattern'],
    mostly: true,
    carry: (call) => expectPatterns(call, 'like_pattern', true),
  },
  expect_column_values_to_match_like_pattern_list: {
    args: ['like_pattern_list', 'match_on'],
    mostly: true,
    carry: (call) => expectPatterns(call, 'like_pattern_list', false),
  },
  expect_column_values_to_not_match_like_pattern_list: {
    args: ['like_pattern_list'],
    mostly: true,
    carry: (call) => expectPatterns(call, 'like_pattern_list', true),
  },
  expect_column_values_to_match_strftime_format: { args: ['strftime_format'], mostly: true, carry: strftime },
  expect_column_values_to_match_json_schema: { args: ['json_schema'], mostly: true, carry: jsonSchema },
};

function expectLengths(call: ExpectationCall, limits = limitsOf(call.args)): NotCarriedReason {
  const rule = lengthKeywords(limits);
  return rule === undefined ? NO_NUMBERS : addKeywords(call, rule);
}

function expectPatterns(call: ExpectationCall, key: string, negated: boolean): NotCarriedReason {
  const list = [call.args[key]].flat();
  const translate = key.startsWith('like') ? like : (text: string) => portable(text, 'python');
  const found = list.map((text) => (typeof text === 'string' ? translate(text) : undefined));
  const known = found.filter((one) => one !== undefined);
  if (known.length === 0 || known.length < found.length) return 'its pattern cannot be read here';
  const parts = (negated ? known.map(absent) : known).map((pattern) => ({ pattern }));
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return addKeywords(call, only);
  const any = (call.args.match_on ?? 'any') === 'any' && !negated;
  return addKeywords(call, any ? { anyOf: parts } : { allOf: parts });
}

function strftime(call: ExpectationCall): NotCarriedReason {
  const format = call.args.strftime_format;
  const pattern = typeof format === 'string' ? strptime(format) : undefined;
  return pattern === undefined
    ? `the format ${JSON.stringify(format)} has a directive that is not known here`
    : addKeywords(call, { pattern });
}

function jsonSchema(call: ExpectationCall): NotCarriedReason {
  const schema = call.args.json_schema;
  if (!isMap(schema) || (schema.type !== 'object' && schema.type !== 'array'))
    return 'its schema is of no object or array';
  const { $schema, $id: _, ...rest } = schema;
  const foreign = typeof $schema === 'string' && !/(2020-12|2019-09|draft-0[67])/.test($schema);
  if (foreign || JSON.stringify(rest).includes('"$ref"'))
    return 'its schema refers to definitions or is of another draft';
  call.builder.column(call.column).hint([schema.type]);
  return addKeywords(call, { anyOf: [{ type: 'null' }, rest as Json] });
}
