import { lengthKeywords } from './bounds.ts';
import { type DbtTestMap, keywords, TEST_LIMITS, type TestCall } from './dbt-call.ts';
import { absent, like, portable } from './regex.ts';

const REGEX = ['is_raw', 'flags', 'match_on'];
const python = (text: string): string | undefined => portable(text, 'python');

/** Of the texts of a column: lengths and patterns. */
export const TEXT_TESTS: DbtTestMap = {
  not_empty_string: {
    ofRows: true,
    args: ['trim_whitespace'],
    carry: (call) => {
      keywords(call, call.args.trim_whitespace === false ? { minLength: 1 } : { pattern: '[^ \\t\\n\\r]' });
      return undefined;
    },
  },
  expect_column_value_lengths_to_be_between: {
    ofRows: true,
    args: TEST_LIMITS,
    carry: (call) => lengths(call, call.args.min_value, call.args.max_value, call.args.strictly === true),
  },
  expect_column_value_lengths_to_equal: {
    ofRows: true,
    args: ['value'],
    carry: (call) => lengths(call, call.args.value, call.args.value, false),
  },
  expect_column_values_to_match_regex: {
    ofRows: true,
    args: ['regex', ...REGEX],
    carry: (call) => patterns(call, 'regex', false, python),
  },
  expect_column_values_to_not_match_regex: {
    ofRows: true,
    args: ['regex', ...REGEX],
    carry: (call) => patterns(call, 'regex', true, python),
  },
  expect_column_values_to_match_regex_list: {
    ofRows: true,
    args: ['regex_list', ...REGEX],
    carry: (call) => patterns(call, 'regex_list', false, python),
  },
  expect_column_values_to_not_match_regex_list: {
    ofRows: true,
    args: ['regex_list', ...REGEX],
    carry: (call) => patterns(call, 'regex_list', true, python),
  },
  expect_column_values_to_match_like_pattern: {
    ofRows: true,
    args: ['like_pattern'],
    carry: (call) => patterns(call, 'like_pattern', false, like),
  },
  expect_column_values_to_not_match_like_pattern: {
    ofRows: true,
    args: ['like_pattern'],
    carry: (call) => patterns(call, 'like_pattern', true, like),
  },
  expect_column_values_to_match_like_pattern_list: {
    ofRows: true,
    args: ['like_pattern_list', 'match_on'],
    carry: (call) => patterns(call, 'like_pattern_list', false, like),
  },
  expect_column_values_to_not_match_like_pattern_list: {
    ofRows: true,
    args: ['like_pattern_list', 'match_on'],
    carry: (call) => patterns(call, 'like_pattern_list', true, like),
  },
};

function lengths(call: TestCall, min: unknown, max: unknown, strict: boolean): string | undefined {
  const rule = lengthKeywords({ min, max, strictMin: strict, strictMax: strict });
  if (rule === undefined) return 'its limits are not numbers';
  keywords(call, rule);
  return undefined;
}

function patterns(
  call: TestCall,
  key: string,
  negated: boolean,
  translate: (text: string) => string | undefined,
): string | undefined {
  const list = [call.args[key]].flat();
  const flags = call.args.flags;
  if (flags !== undefined && flags !== null && flags !== '') return `the flags ${JSON.stringify(flags)}`;
  const found = list.map((text) => (typeof text === 'string' ? translate(text) : undefined));
  const known = found.filter((one) => one !== undefined);
  if (known.length === 0 || known.length < found.length) return 'its pattern cannot be read here';
  const parts = negated ? known.map(absent) : known;
  const any = (call.args.match_on ?? 'any') === 'any';
  // One of several is enough for `any`, also of those that may not match: the packages join them by `or`.
  const joined = parts.map((pattern) => ({ pattern }));
  const [only] = parts;
  keywords(
    call,
    parts.length === 1 ? { pattern: only as string } : any ? { anyOf: joined } : { allOf: joined },
  );
  return undefined;
}
