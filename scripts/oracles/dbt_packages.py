"""Writes test/fixtures/conformance/dbt-packages.json: what tests of dbt_utils and dbt_expectations say of a small table.

Each test is the query that its macro renders to (of dbt_utils and dbt_expectations, as their repositories have it), whose rows are its failures.

    python3 -m venv /tmp/oracle && /tmp/oracle/bin/pip install duckdb==1.5.6
    /tmp/oracle/bin/python scripts/oracles/dbt_packages.py > test/fixtures/conformance/dbt-packages.json
"""

import json
import pathlib
import tempfile

import duckdb

TABLE = """id,s,n,f,b,dup,day,a,c,blank,one
1,placed,1,0.5,true,a,2024-01-01,1,2,x,k
2,shipped,,1.5,false,a,2024-01-02,2,1,,k
3,placed,3,2.0,true,b,2024-01-03,3,3,y,k
4,returned,3,-1,false,,2024-01-04,,5,"  ",k
5,placed,,10,true,,2024-01-05,5,,z,k
6,Placed,6,0,false,c,2024-01-06,6,7,w,k
"""
PARENTS = """code,name
a,first
b,second
"""


def literal(value, quoted):
    return f"'{value}'" if quoted else str(value)


def within(expression, args):
    """The shape of dbt_expectations' ranges: unknown is no failure."""
    equal = "" if args.get("strictly") else "="
    parts = ["1=1"]
    if "min_value" in args:
        parts.append(f"{expression} >{equal} {args['min_value']}")
    if "max_value" in args:
        parts.append(f"{expression} <{equal} {args['max_value']}")
    return f"({' and '.join(parts)})"


def expected(expression):
    return f"select * from (select {expression} as expression from t) where not (expression = true)"


def in_set(column, args, distinct=""):
    rows = " union all ".join(f"select {literal(one, args.get('quote_values', True))} as v" for one in args["value_set"])
    return f"select m.v from (select {distinct} {column} as v from t) m left join ({rows}) s on m.v = s.v where s.v is null"


def not_in_set(column, args):
    rows = ", ".join(literal(one, args.get("quote_values", True)) for one in args["value_set"])
    return f"select * from t where {column} in ({rows})"


def contains(column, args):
    rows = " union all ".join(f"select {literal(one, args.get('quote_values', True))} as v" for one in args["value_set"])
    return f"select s.v from ({rows}) s left join (select distinct {column} as v from t) m on m.v = s.v where m.v is null"


def listed(column, patterns, args, template):
    return expected((" and " if args.get("match_on") == "all" else " or ").join(template.format(column, one) for one in patterns))


def compound(columns, args):
    word = "or" if args.get("ignore_row_if") == "any_value_is_missing" else "and"
    ignored = f" {word} ".join(f"{one} is null" for one in columns)
    return f"select {', '.join(columns)} from t where not ({ignored}) group by all having count(*) > 1"


def apart(columns, args):
    word = "or" if args.get("ignore_row_if") == "any_value_is_missing" else "and"
    ignored = f" {word} ".join(f"{one} is null" for one in columns)
    values = " union all ".join(f"select i, md5({one}::varchar) as v from kept" for one in columns)
    kept = f"select row_number() over () as i, * from t where not ({ignored})"
    return f"with kept as ({kept}) select i from ({values}) group by i having count(distinct v) < {len(columns)}"


def rising(column, args):
    operator = ">" if args.get("strictly", True) else ">="
    lag = f"lag({column}) over (order by {column})"
    return f"select * from (select {column} as v, {lag} as before from t) where before is not null and not (v {operator} before)"


def ranged(column, args):
    equal = "=" if args.get("inclusive", True) else ""
    parts = [f"not {column} >{equal} {args['min_value']}"] if "min_value" in args else []
    parts += [f"not {column} <{equal} {args['max_value']}"] if "max_value" in args else []
    return f"select * from t where 1 = 2 or {' or '.join(parts)}"


def share(column, args):
    value = f"sum(case when {column} is null then 0 else 1 end) / cast(count(*) as numeric(28, 6))"
    return f"select * from (select {value} as p from t) where p < {args['at_least']} or p > {args.get('at_most', 1)}"


MATCH, NO_MATCH = "regexp_matches({}, '{}')", "not regexp_matches({}, '{}')"
LIKE, NOT_LIKE = "{} like '{}'", "{} not like '{}'"
RENDERED = {
    "dbt_utils.accepted_range": ranged,
    "dbt_utils.not_null_proportion": share,
    "dbt_utils.at_least_one": lambda c, a: f"select * from (select count({c}) as n from t) where n = 0",
    "dbt_utils.not_constant": lambda c, a: f"select * from (select count(distinct {c}) as n from t) where n = 1",
    "dbt_utils.not_empty_string": lambda c, a: f"select * from t where {f'trim({c})' if a.get('trim_whitespace', True) else c} = ''",
    "dbt_utils.expression_is_true": lambda c, a: f"select * from t where not ({c or ''} {a['expression']})",
    "dbt_utils.not_accepted_values": lambda c, a: not_in_set(c, {"value_set": a["values"], "quote_values": a.get("quote", True)}),
    "dbt_utils.unique_combination_of_columns": lambda c, a: f"select 1 from t group by {', '.join(a['combination_of_columns'])} having count(*) > 1",
    "dbt_utils.relationships_where": lambda c, a: f"select * from t left join p on t.{c} = p.code where t.{c} is not null and p.code is null",
    "expect_column_values_to_be_between": lambda c, a: expected(within(c, a)),
    "expect_column_values_to_be_in_set": in_set,
    "expect_column_values_to_not_be_in_set": not_in_set,
    "expect_column_distinct_values_to_be_in_set": lambda c, a: in_set(c, a, "distinct"),
    "expect_column_distinct_values_to_contain_set": contains,
    "expect_column_distinct_values_to_equal_set": lambda c, a: f"{in_set(c, a)} union all {contains(c, a)}",
    "expect_column_values_to_not_be_null": lambda c, a: f"select * from t where not ({c} is not null)",
    "expect_column_values_to_be_null": lambda c, a: f"select * from t where not ({c} is null)",
    "expect_column_values_to_be_unique": lambda c, a: compound([c], a),
    "expect_column_values_to_match_regex": lambda c, a: expected(MATCH.format(c, a["regex"])),
    "expect_column_values_to_not_match_regex": lambda c, a: expected(NO_MATCH.format(c, a["regex"])),
    "expect_column_values_to_match_regex_list": lambda c, a: listed(c, a["regex_list"], a, MATCH),
    "expect_column_values_to_not_match_regex_list": lambda c, a: listed(c, a["regex_list"], a, NO_MATCH),
    "expect_column_values_to_match_like_pattern": lambda c, a: expected(LIKE.format(c, a["like_pattern"])),
    "expect_column_values_to_not_match_like_pattern_list": lambda c, a: listed(c, a["like_pattern_list"], a, NOT_LIKE),
    "expect_column_value_lengths_to_be_between": lambda c, a: expected(within(f"length({c})", a)),
    "expect_column_value_lengths_to_equal": lambda c, a: expected(f"length({c}) = {a['value']}"),
    "expect_column_values_to_be_increasing": rising,
    "expect_table_row_count_to_be_between": lambda c, a: expected(within("count(*)", a)),
    "expect_table_row_count_to_equal": lambda c, a: expected(f"count(*) = {a['value']}"),
    "expect_column_mean_to_be_between": lambda c, a: expected(within(f"avg({c})", a)),
    "expect_column_median_to_be_between": lambda c, a: expected(within(f"quantile_cont({c}, 0.5)", a)),
    "expect_column_quantile_values_to_be_between": lambda c, a: expected(within(f"quantile_cont({c}, {a['quantile']})", a)),
    "expect_column_stdev_to_be_between": lambda c, a: expected(within(f"stddev_samp({c})", a)),
    "expect_column_sum_to_be_between": lambda c, a: expected(within(f"sum({c})", a)),
    "expect_column_min_to_be_between": lambda c, a: expected(within(f"min({c})", a)),
    "expect_column_max_to_be_between": lambda c, a: expected(within(f"max({c})", a)),
    "expect_column_unique_value_count_to_be_between": lambda c, a: expected(within(f"count(distinct {c})", a)),
    "expect_column_proportion_of_unique_values_to_be_between": lambda c, a: expected(within(f"count(distinct {c})/count({c})", a)),
    "expect_column_distinct_count_to_equal": lambda c, a: expected(f"count(distinct {c}) = {a['value']}"),
    "expect_column_distinct_count_to_be_greater_than": lambda c, a: expected(f"count(distinct {c}) > {a['value']}"),
    "expect_column_distinct_count_to_be_less_than": lambda c, a: expected(f"count(distinct {c}) < {a['value']}"),
    "expect_compound_columns_to_be_unique": lambda c, a: compound(a["column_list"], a),
    "expect_select_column_values_to_be_unique_within_record": lambda c, a: apart(a["column_list"], a),
    "expect_column_pair_values_A_to_be_greater_than_B": lambda c, a: expected(f"{a['column_A']} >{'=' if a.get('or_equal') else ''} {a['column_B']}"),
    "expect_column_pair_values_to_be_equal": lambda c, a: expected(f"{a['column_A']} = {a['column_B']}"),
    "expect_column_pair_values_to_be_in_set": lambda c, a: expected(" or ".join(f"({a['column_A']} = {x} and {a['column_B']} = {y})" for x, y in a["value_pairs_set"])),
}

VALUES, ALL = ["placed", "shipped", "returned"], ["placed", "shipped", "returned", "Placed"]
PAIR = {"column_A": "a", "column_B": "c"}
LIMITS = [{"min_value": 0}, {"max_value": 3}, {"min_value": 1, "max_value": 6}, {"min_value": 1, "strictly": True},
          {"max_value": 6, "strictly": True}, {"min_value": 2, "max_value": 5}]


def each(name, column, *args):
    return [(name, column, one) for one in args]


CASES = [
    *each("dbt_utils.accepted_range", "n", {"min_value": 1}, {"min_value": 2}, {"max_value": 6}, {"max_value": 5}, {"min_value": 1, "inclusive": False}, {"min_value": 0, "max_value": 7, "inclusive": False}),
    *each("dbt_utils.accepted_range", "day", {"min_value": "'2024-01-01'"}, {"max_value": "'2024-01-05'"}),
    *each("dbt_utils.accepted_range", "a", {"min_value": "c"}),
    *each("dbt_utils.not_null_proportion", "n", {"at_least": 0.6}, {"at_least": 0.7}, {"at_least": 0.5, "at_most": 0.6}, {"at_least": 0, "at_most": 0.7}),
    *each("dbt_utils.not_null_proportion", "id", {"at_least": 1}), *each("dbt_utils.not_null_proportion", "dup", {"at_least": 1}),
    *each("dbt_utils.at_least_one", "n", {}), *each("dbt_utils.at_least_one", "one", {}),
    *each("dbt_utils.not_constant", "n", {}), *each("dbt_utils.not_constant", "one", {}), *each("dbt_utils.not_constant", "b", {}),
    *each("dbt_utils.not_empty_string", "s", {}), *each("dbt_utils.not_empty_string", "blank", {}, {"trim_whitespace": False}),
    *each("dbt_utils.expression_is_true", "n", {"expression": "> 0"}, {"expression": ">= 3"}, {"expression": "is not null"}, {"expression": "between 1 and 6"}, {"expression": "in (1, 3, 6)"}, {"expression": "in (1, 3)"}, {"expression": "!= 3"}),
    *each("dbt_utils.expression_is_true", "s", {"expression": "in ('placed', 'shipped', 'returned', 'Placed')"}, {"expression": "= 'placed'"}, {"expression": "like '%e%'"}, {"expression": "not in ('x')"}),
    *each("dbt_utils.expression_is_true", None, {"expression": "a >= c"}, {"expression": "id > 0"}, {"expression": "id > 1 and f < 20"}, {"expression": "length(s) >= 6"}, {"expression": "length(s) > 6"}, {"expression": "a + c = id"}, {"expression": "id > 0 or f > 0"}, {"expression": "a * 2 > c"}),
    *each("dbt_utils.not_accepted_values", "s", {"values": ["x"]}, {"values": ["placed"]}), *each("dbt_utils.not_accepted_values", "n", {"values": [3], "quote": False}, {"values": [4], "quote": False}),
    *each("dbt_utils.unique_combination_of_columns", None, {"combination_of_columns": ["id", "s"]}, {"combination_of_columns": ["s", "b"]}, {"combination_of_columns": ["dup", "n"]}),
    *each("dbt_utils.relationships_where", "dup", {"to": "ref('parents')", "field": "code"}, {"to": "ref('parents')", "field": "code", "from_condition": "1=1"}),
    *[("expect_column_values_to_be_between", "n", one) for one in LIMITS], *each("expect_column_values_to_be_between", "f", {"min_value": -1, "max_value": 10}, {"min_value": -0.5}),
    *each("expect_column_values_to_be_in_set", "s", {"value_set": ALL}, {"value_set": VALUES}), *each("expect_column_values_to_be_in_set", "dup", {"value_set": ["a", "b", "c"]}),
    *each("expect_column_values_to_be_in_set", "n", {"value_set": [1, 3, 6], "quote_values": False}), *each("expect_column_values_to_be_in_set", "id", {"value_set": [1, 2, 3, 4, 5, 6], "quote_values": False}, {"value_set": [1, 2], "quote_values": False}),
    *each("expect_column_values_to_not_be_in_set", "s", {"value_set": ["x"]}, {"value_set": ["placed"]}), *each("expect_column_values_to_not_be_in_set", "dup", {"value_set": ["x"]}),
    *each("expect_column_distinct_values_to_be_in_set", "s", {"value_set": [*ALL, "x"]}, {"value_set": VALUES}), *each("expect_column_distinct_values_to_be_in_set", "dup", {"value_set": ["a", "b", "c"]}),
    *each("expect_column_distinct_values_to_contain_set", "s", {"value_set": VALUES}, {"value_set": ["x"]}), *each("expect_column_distinct_values_to_contain_set", "dup", {"value_set": ["a"]}),
    *each("expect_column_distinct_values_to_equal_set", "s", {"value_set": ALL}, {"value_set": VALUES}, {"value_set": [*ALL, "x"]}), *each("expect_column_distinct_values_to_equal_set", "dup", {"value_set": ["a", "b", "c"]}),
    *[(f"expect_column_values_to_{test}", column, {}) for test in ["not_be_null", "be_null", "be_unique"] for column in ["id", "n", "dup"]],
    *each("expect_column_values_to_match_regex", "s", {"regex": "^[A-Za-z]+$"}, {"regex": "^[a-z]+$"}, {"regex": "e"}), *each("expect_column_values_to_match_regex", "dup", {"regex": "^[abc]$"}, {"regex": "a"}),
    *each("expect_column_values_to_not_match_regex", "s", {"regex": "[0-9]"}, {"regex": "^p"}),
    *each("expect_column_values_to_match_regex_list", "s", {"regex_list": ["^[a-z]", "^P"]}, {"regex_list": ["^p", "^s"]}, {"regex_list": ["e", "d$"], "match_on": "all"}, {"regex_list": ["e", "^p"], "match_on": "all"}),
    *each("expect_column_values_to_not_match_regex_list", "s", {"regex_list": ["^p", "^s"]}, {"regex_list": ["e", "d$"]}, {"regex_list": ["^p", "^s"], "match_on": "all"}, {"regex_list": ["x", "y"], "match_on": "all"}),
    *each("expect_column_values_to_match_like_pattern", "s", {"like_pattern": "%e%"}, {"like_pattern": "p%"}, {"like_pattern": "_____%"}),
    *each("expect_column_values_to_not_match_like_pattern_list", "s", {"like_pattern_list": ["p%", "s%"]}, {"like_pattern_list": ["%e%", "%d"]}, {"like_pattern_list": ["p%", "x%"], "match_on": "all"}),
    *each("expect_column_value_lengths_to_be_between", "s", {"min_value": 6}, {"min_value": 6, "strictly": True}, {"max_value": 8}, {"max_value": 7}), *each("expect_column_value_lengths_to_equal", "dup", {"value": 1}, {"value": 2}),
    *each("expect_column_values_to_be_increasing", "id", {}), *each("expect_column_values_to_be_increasing", "n", {}, {"strictly": False}),
    *[("expect_table_row_count_to_be_between", None, one) for one in LIMITS], *each("expect_table_row_count_to_equal", None, {"value": 6}, {"value": 5}),
    *[(f"expect_column_{kind}_to_be_between", column, one) for kind in ["mean", "median", "stdev", "sum", "min", "max", "unique_value_count"] for column in ["n", "f"] for one in LIMITS],
    *[("expect_column_quantile_values_to_be_between", "n", {"quantile": q, **one}) for q in [0.25, 0.9] for one in LIMITS],
    *each("expect_column_proportion_of_unique_values_to_be_between", "n", {"min_value": 0.75}, {"min_value": 0.8}, {"max_value": 0.75}, {"max_value": 0.75, "strictly": True}),
    *[(f"expect_column_distinct_count_to_{test}", "n", {"value": value}) for test in ["equal", "be_greater_than", "be_less_than"] for value in [2, 3, 4]],
    *each("expect_compound_columns_to_be_unique", None, {"column_list": ["id", "s"]}, {"column_list": ["s", "b"]}, {"column_list": ["dup", "n"], "ignore_row_if": "any_value_is_missing"}, {"column_list": ["dup", "one"]}, {"column_list": ["dup", "one"], "ignore_row_if": "any_value_is_missing"}),
    *each("expect_select_column_values_to_be_unique_within_record", None, {"column_list": ["a", "c"]}, {"column_list": ["a", "c"], "ignore_row_if": "any_value_is_missing"}, {"column_list": ["id", "s", "one"]}, {"column_list": ["id", "f"], "ignore_row_if": "any_value_is_missing"}),
    *each("expect_column_pair_values_A_to_be_greater_than_B", None, PAIR, {**PAIR, "or_equal": True}, {"column_A": "id", "column_B": "f"}, {"column_A": "c", "column_B": "f"}),
    *each("expect_column_pair_values_to_be_equal", None, PAIR, {"column_A": "id", "column_B": "a"}),
    *each("expect_column_pair_values_to_be_in_set", None, {**PAIR, "value_pairs_set": [[1, 2], [2, 1], [3, 3], [5, 9], [6, 7], [9, 5]]}, {**PAIR, "value_pairs_set": [[1, 2], [2, 1], [3, 3], [6, 7]]},
          {"column_A": "one", "column_B": "b", "value_pairs_set": [["'k'", True], ["'k'", False]]}, {"column_A": "one", "column_B": "b", "value_pairs_set": [["'k'", True]]}),
]


def main():
    with tempfile.TemporaryDirectory() as folder:
        connection = duckdb.connect()
        for name, text in [("t", TABLE), ("p", PARENTS)]:
            (pathlib.Path(folder) / f"{name}.csv").write_text(text)
            connection.execute(f"create table {name} as from read_csv('{folder}/{name}.csv', header=true, nullstr='')")
        cases = []
        for name, column, args in CASES:
            failures = connection.execute(f"select count(*) from ({RENDERED[name](column, args)})").fetchone()[0]
            full = name if name.startswith("dbt_utils.") else f"dbt_expectations.{name}"
            cases.append({"verdict": "fail" if failures > 0 else "pass", "column": column, "test": {full: args} if args else full})
        print(json.dumps({"duckdb": duckdb.__version__, "table": TABLE, "parents": PARENTS, "cases": cases}, indent=1))


if __name__ == "__main__":
    main()
