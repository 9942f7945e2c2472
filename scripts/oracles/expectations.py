"""Writes test/fixtures/conformance/expectations.json: what Great Expectations says of small files by each core expectation.

    python3 -m venv /tmp/oracle && /tmp/oracle/bin/pip install great_expectations==1.24.1 pandas==2.2.3
    /tmp/oracle/bin/python scripts/oracles/expectations.py > test/fixtures/conformance/expectations.json
"""

import io
import json
import os
import sys
import warnings

os.environ["GX_ANALYTICS_ENABLED"] = "false"
warnings.filterwarnings("ignore")

import great_expectations as gx
import pandas as pd
from great_expectations.expectations.row_conditions import Column
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

FILES = {
    "mixed": """i,f,s,u,n,d,b,e,j
1,0.5,a,x1,1,2024-01-01,True,a@b.org,"{""k"":1}"
2,1.5,b,x2,,2024-01-02,False,c@d.org,"{""k"":2}"
2,2.5,a,x3,3,2024-02-29,True,none,"{""k"":""x""}"
3,-1.0,ccc,x4,4,2023-12-31,True,e@f.org,"[1]"
4,10.0,É9,x5,,2024-01-05,False,g@h,"{}"
5,0.0,a b,x6,6,2024-01-06,True,i@j.org,"{""k"":3}"
""",
    "pairs": """a,b,c,t
1,2,3,6
2,2,2,6
3,1,2,6
4,,1,5
,,,
6,7,8,21
""",
    "whole": """k,l,v
1,a,1
1,b,2
2,a,3
2,b,3
""",
    "order": """up,flat,down,gap
1,1,9,1
2,1,7,
3,2,5,2
4,2,1,3
""",
    # Three of ten rows are null in g; b, when and zone have nulls, too.
    "gaps": """id,g,n,b,when,zone,p,q,one
1,x,1,True,2024-01-01 10:00:00,2024-01-01 10:00:00+00:00,1,1,7
2,x,2,False,2024-01-02 10:00:00,2024-01-02 10:00:00+00:00,2,1,7
3,y,2,True,2024-01-03 10:00:00.5,2024-01-03 10:00:00.5+00:00,3,1,7
4,,,,,,,1,7
5,y,3,True,2024-01-04 10:00:00,2024-01-04 10:00:00+00:00,,,7
6,z,40,True,2024-01-05 10:00:00,2024-01-05 10:00:00+00:00,,,7
7,,,,,,7,2,7
8,w,4,False,2024-01-06 10:00:00,2024-01-06 10:00:00+00:00,7,2,7
9,,,,,,1,9,7
10,v,5,True,2024-01-07 10:00:00,2024-01-07 10:00:00+00:00,10,9,7
""",
    "texts": """t,d,s,c
abc,1/2/2024,2024-01-02 03:04:05.123456,]
a.b,01/02/2024,2024-01-02 3:04:05,^
a_b,29/2/2024,2024-01-02 03:04:60,a
ABC,31/12/2023,2024-01-02 03:04:05.1,-
été,3/4/2024,2024-1-2 03:04:05,]
x y,4/4/2024,2024-01-02 03:04:05,b
""",
    "flags": """on,off,i
True,False,1
False,False,2
True,False,3
True,False,4
""",
    "none": """a,b
,
,1
""",
}

# What pandas is told to read as times.
DATES = {"gaps": ["when", "zone"]}


def exp(file, type, **kwargs):
    return {"file": file, "type": type, "kwargs": kwargs}


def col(name, column, **kwargs):
    return exp("mixed", f"expect_column_{name}", column=column, **kwargs)


def val(name, column, **kwargs):
    return col(f"values_to_{name}", column, **kwargs)


def both(make, *limits, **kwargs):
    return [make(**limit, **kwargs) for limit in limits]


CASES = [
    col("to_exist", "i"), col("to_exist", "zz"), col("to_exist", "i", column_index=0), col("to_exist", "i", column_index=3),
    val("not_be_null", "i"), val("not_be_null", "n"), val("not_be_null", "n", mostly=0.6), val("not_be_null", "n", mostly=0.7),
    val("be_null", "i"), val("be_null", "n"), val("be_null", "n", mostly=0.3), val("be_null", "n", mostly=0.4),
    val("be_unique", "u"), val("be_unique", "i"), val("be_unique", "n"), val("be_unique", "i", mostly=0.6),
    val("be_of_type", "i", type_="int64"), val("be_of_type", "f", type_="float64"), val("be_of_type", "i", type_="float64"),
    val("be_of_type", "s", type_="str"), val("be_of_type", "s", type_="int"), val("be_of_type", "b", type_="bool"),
    val("be_in_type_list", "i", type_list=["int64", "float64"]), val("be_in_type_list", "s", type_list=["int64", "float64"]),
    *[val("be_in_set", "s", value_set=s) for s in (["a", "b", "ccc", "É9", "a b"], ["a", "b"], [], ["A"])],
    val("be_in_set", "i", value_set=[1, 2, 3, 4, 5]), val("be_in_set", "i", value_set=[1, 2]), val("be_in_set", "i", value_set=[1.0, 2.0, 3, 4, 5]),
    val("be_in_set", "n", value_set=[1, 3, 4, 6]), val("be_in_set", "b", value_set=[True]), val("be_in_set", "b", value_set=[True, False]),
    val("be_in_set", "s", value_set=["a"], mostly=0.3), val("be_in_set", "s", value_set=["a"], mostly=0.5),
    val("be_in_set", "f", value_set=[0.5, 1.5, 2.5, -1, 10, 0]),
    val("not_be_in_set", "s", value_set=["zz"]), val("not_be_in_set", "s", value_set=["a"]), val("not_be_in_set", "i", value_set=[7]),
    val("not_be_in_set", "i", value_set=[2]), val("not_be_in_set", "n", value_set=[2]), val("not_be_in_set", "s", value_set=[]),
    *[val("be_between", "f", **k) for k in (
        {"min_value": -1, "max_value": 10}, {"min_value": 0}, {"max_value": 10}, {"max_value": 9.9},
        {"min_value": -1, "strict_min": True}, {"max_value": 10, "strict_max": True}, {"min_value": 0, "mostly": 0.8},
        {"min_value": 0, "mostly": 0.9}, {"min_value": -1, "max_value": 10, "strict_min": True, "mostly": 0.8})],
    val("be_between", "n", min_value=1, max_value=6), val("be_between", "n", min_value=2), val("be_between", "i", min_value=1.5),
    val("match_regex", "u", regex="^x\\d$"), val("match_regex", "u", regex="x1"), val("match_regex", "s", regex="^[a-c]+$"),
    val("match_regex", "s", regex="\\w"), val("match_regex", "s", regex="^\\w+$"), val("match_regex", "s", regex="^\\w+$", mostly=0.8),
    val("match_regex", "e", regex="@"), val("match_regex", "e", regex="^[^@]+@[^@]+\\.[a-z]+$"), val("match_regex", "s", regex="(?i)A|B|C|É|9"),
    val("match_regex", "e", regex="(?P<x>[a-z])"), val("match_regex", "s", regex="\\AA?"), val("match_regex", "u", regex="x[1-6]\\Z"),
    val("match_regex", "i", regex="^\\d$"), val("match_regex", "d", regex="^\\d{4}-\\d{2}-\\d{2}$"),
    val("not_match_regex", "u", regex="y"), val("not_match_regex", "u", regex="x1"), val("not_match_regex", "s", regex="^\\W"),
    val("match_regex_list", "s", regex_list=["^a", "^b|c", "É"]), val("match_regex_list", "s", regex_list=["^a", "b"], match_on="any"),
    val("match_regex_list", "u", regex_list=["^x", "\\d$"], match_on="all"), val("match_regex_list", "u", regex_list=["^x", "1"], match_on="all"),
    val("not_match_regex_list", "s", regex_list=["zz", "yy"]), val("not_match_regex_list", "s", regex_list=["zz", "a"]),
    *[col("value_lengths_to_be_between", "s", **k) for k in ({"min_value": 1, "max_value": 3}, {"min_value": 2}, {"max_value": 2},
      {"min_value": 1, "strict_min": True}, {"max_value": 3, "strict_max": True}, {"max_value": 2, "mostly": 0.6}, {"max_value": 2, "mostly": 0.7})],
    col("value_lengths_to_equal", "u", value=2), col("value_lengths_to_equal", "s", value=1), col("value_lengths_to_equal", "s", value=1, mostly=0.5),
    col("distinct_values_to_be_in_set", "s", value_set=["a", "b", "ccc", "É9", "a b", "z"]), col("distinct_values_to_be_in_set", "s", value_set=["a"]),
    col("distinct_values_to_contain_set", "s", value_set=["a", "b"]), col("distinct_values_to_contain_set", "s", value_set=["z"]),
    col("distinct_values_to_contain_set", "i", value_set=[1, 5]), col("distinct_values_to_equal_set", "s", value_set=["a", "b", "ccc", "É9", "a b"]),
    col("distinct_values_to_equal_set", "s", value_set=["a", "b", "ccc", "É9", "a b", "z"]), col("distinct_values_to_equal_set", "i", value_set=[1, 2, 3, 4, 5]),
    col("most_common_value_to_be_in_set", "s", value_set=["a"]), col("most_common_value_to_be_in_set", "s", value_set=["b"]),
    col("most_common_value_to_be_in_set", "i", value_set=[2, 9]), col("most_common_value_to_be_in_set", "i", value_set=[1]),
    col("unique_value_count_to_be_between", "i", min_value=5, max_value=5), col("unique_value_count_to_be_between", "i", min_value=6),
    col("unique_value_count_to_be_between", "n", max_value=4), col("unique_value_count_to_be_between", "i", min_value=5, strict_min=True),
    col("proportion_of_unique_values_to_be_between", "i", min_value=0.8), col("proportion_of_unique_values_to_be_between", "i", min_value=0.9),
    col("proportion_of_unique_values_to_be_between", "n", min_value=1), col("proportion_of_non_null_values_to_be_between", "n", min_value=0.6),
    col("proportion_of_non_null_values_to_be_between", "n", min_value=0.7), col("proportion_of_non_null_values_to_be_between", "n", max_value=0.5),
    *[col(f"{s}_to_be_between", "f", min_value=low, max_value=high) for s, low, high in (
        ("mean", 2, 3), ("mean", 3, 4), ("median", 1, 1), ("median", 1.1, 2), ("stdev", 4, 4.1), ("stdev", 3, 3.8), ("sum", 13.5, 13.5),
        ("sum", 14, 20), ("min", -1, -1), ("min", 0, 1), ("max", 10, 10), ("max", 0, 9))],
    col("mean_to_be_between", "f", min_value=2.25, strict_min=True), col("mean_to_be_between", "n", min_value=3.5, max_value=3.5),
    col("max_to_be_between", "f", max_value=10, strict_max=True), col("sum_to_be_between", "n", min_value=14, max_value=14),
    col("quantile_values_to_be_between", "f", quantile_ranges={"quantiles": [0.0, 0.5, 1.0], "value_ranges": [[-1, -1], [0, 2], [10, 10]]}),
    col("quantile_values_to_be_between", "f", quantile_ranges={"quantiles": [0.5], "value_ranges": [[2, 3]]}),
    col("quantile_values_to_be_between", "i", quantile_ranges={"quantiles": [0.25, 0.75], "value_ranges": [[2, None], [None, 3]]}),
    val("match_strftime_format", "d", strftime_format="%Y-%m-%d"), val("match_strftime_format", "d", strftime_format="%d.%m.%Y"),
    val("match_json_schema", "j", json_schema={"type": "object"}), val("match_json_schema", "j", json_schema={"type": "object"}, mostly=0.8),
    val("be_dateutil_parseable", "d"), val("be_json_parseable", "j"), col("kl_divergence_to_be_less_than", "s", partition_object=None, threshold=None),
    col("value_z_scores_to_be_less_than", "f", threshold=3, double_sided=True),
    val("be_in_set", "s", value_set=["a"], row_condition='i==1', condition_parser="pandas"),
    # Whole tables and several columns.
    *[exp("order", f"expect_column_values_to_be_{way}", column=c, **k) for way in ("increasing", "decreasing")
      for c in ("up", "flat", "down", "gap") for k in ({}, {"strictly": True})],
    *[exp("mixed", "expect_table_row_count_to_equal", value=v) for v in (6, 5)],
    *[exp("mixed", "expect_table_row_count_to_be_between", **k) for k in ({"min_value": 6}, {"max_value": 5}, {"min_value": 1, "max_value": 6})],
    *[exp("mixed", "expect_table_column_count_to_equal", value=v) for v in (9, 8)],
    *[exp("mixed", "expect_table_column_count_to_be_between", **k) for k in ({"min_value": 9}, {"max_value": 8})],
    exp("pairs", "expect_table_columns_to_match_ordered_list", column_list=["a", "b", "c", "t"]),
    exp("pairs", "expect_table_columns_to_match_ordered_list", column_list=["b", "a", "c", "t"]),
    exp("pairs", "expect_table_columns_to_match_ordered_list", column_list=["a", "b", "c"]),
    exp("pairs", "expect_table_columns_to_match_set", column_set=["t", "a", "b", "c"]),
    exp("pairs", "expect_table_columns_to_match_set", column_set=["a", "b"]),
    exp("pairs", "expect_table_columns_to_match_set", column_set=["a", "b"], exact_match=False),
    exp("pairs", "expect_table_columns_to_match_set", column_set=["a", "z"], exact_match=False),
    *[exp("pairs", "expect_column_pair_values_to_be_equal", column_A="a", column_B="b", **k) for k in (
        {}, {"ignore_row_if": "either_value_is_missing"}, {"ignore_row_if": "both_values_are_missing"}, {"ignore_row_if": "neither"}, {"mostly": 0.2, "ignore_row_if": "either_value_is_missing"})],
    *[exp("pairs", "expect_column_pair_values_a_to_be_greater_than_b", column_A="b", column_B="a", **k) for k in (
        {"ignore_row_if": "either_value_is_missing"}, {"or_equal": True, "ignore_row_if": "either_value_is_missing"},
        {"or_equal": True, "mostly": 0.7, "ignore_row_if": "either_value_is_missing"})],
    exp("pairs", "expect_column_pair_values_a_to_be_greater_than_b", column_A="t", column_B="a", ignore_row_if="either_value_is_missing"),
    exp("pairs", "expect_column_pair_values_to_be_in_set", column_A="a", column_B="b", value_pairs_set=[[1, 2], [2, 2], [3, 1], [6, 7]], ignore_row_if="either_value_is_missing"),
    exp("pairs", "expect_column_pair_values_to_be_in_set", column_A="a", column_B="b", value_pairs_set=[[1, 2]], ignore_row_if="either_value_is_missing"),
    exp("pairs", "expect_multicolumn_sum_to_equal", column_list=["a", "b", "c"], sum_total=6, ignore_row_if="any_value_is_missing"),
    exp("whole", "expect_multicolumn_sum_to_equal", column_list=["k", "v"], sum_total=5),
    exp("whole", "expect_compound_columns_to_be_unique", column_list=["k", "l"]),
    exp("whole", "expect_compound_columns_to_be_unique", column_list=["k", "v"]),
    exp("whole", "expect_compound_columns_to_be_unique", column_list=["l", "v"], ignore_row_if="any_value_is_missing"),
    exp("pairs", "expect_select_column_values_to_be_unique_within_record", column_list=["a", "b", "c"], ignore_row_if="any_value_is_missing"),
    exp("whole", "expect_select_column_values_to_be_unique_within_record", column_list=["k", "v"]),
    exp("whole", "expect_select_column_values_to_be_unique_within_record", column_list=["k", "v"], mostly=0.5),
]


def gap(name, column="n", **kwargs):
    return exp("gaps", f"expect_column_{name}", column=column, **kwargs)


def text(name, column="t", **kwargs):
    return exp("texts", f"expect_column_values_to_{name}", column=column, **kwargs)


def rows(condition, name="values_to_be_in_set", column="one", parser="pandas", **kwargs):
    kwargs = kwargs or {"value_set": [8]}
    return gap(name, column, row_condition=condition, condition_parser=parser, **kwargs)


PAIRS = {"column_A": "p", "column_B": "q"}
EDGES = [
    # A share of what is not null.
    *[gap("values_to_be_between", max_value=4, mostly=m) for m in (0.7, 0.71, 0.72, 0.8, 0.85, 0.86, 0, 1)],
    *[gap("values_to_be_in_set", "g", value_set=["x", "y"], mostly=m) for m in (0.4, 0.5, 0.57, 0.58, 0.6)],
    *[gap("values_to_not_be_in_set", "g", value_set=["x"], mostly=m) for m in (0.5, 0.71, 0.72, 0.8)],
    *[gap("values_to_match_regex", "g", regex="[xy]", mostly=m) for m in (0.4, 0.57, 0.58)],
    *[gap("value_lengths_to_equal", "g", value=1, mostly=m) for m in (1, 0.5)],
    *[gap("values_to_be_null", "g", mostly=m) for m in (0.3, 0.29, 0.31, 0)],
    *[gap("values_to_not_be_null", "g", mostly=m) for m in (0.7, 0.69, 0.71, 0)],
    *[gap("values_to_be_unique", "g", mostly=m) for m in (0.4, 0.42, 0.43, 0.5)], gap("values_to_be_unique", "when"), gap("values_to_be_unique", "n"),
    *[exp("none", f"expect_column_{name}", column="a", mostly=m, **k) for m in (1, 0.5) for name, k in (
        ("values_to_be_in_set", {"value_set": [1]}), ("values_to_be_between", {"min_value": 1}), ("values_to_match_regex", {"regex": "x"}),
        ("values_to_not_be_null", {}), ("values_to_be_null", {}))],
    *[exp("none", f"expect_column_{name}", column="a", **k) for name, k in (
        ("mean_to_be_between", {"min_value": 1}), ("min_to_be_between", {"min_value": 1}), ("max_to_be_between", {"max_value": 1}),
        ("sum_to_be_between", {"min_value": 0}), ("unique_value_count_to_be_between", {"max_value": 0}),
        ("unique_value_count_to_be_between", {"min_value": 1}), ("proportion_of_unique_values_to_be_between", {"min_value": 0.5}),
        ("proportion_of_non_null_values_to_be_between", {"max_value": 0}), ("values_to_be_unique", {}), ("values_to_be_increasing", {}),
        ("most_common_value_to_be_in_set", {"value_set": [1]}), ("distinct_values_to_be_in_set", {"value_set": [1]}),
        ("distinct_values_to_contain_set", {"value_set": [1]}), ("distinct_values_to_equal_set", {"value_set": [1]}),
        ("distinct_values_to_equal_set", {"value_set": []}))],
    # Ties: x, y and 2 occur twice; only 2 is alone.
    *[gap("most_common_value_to_be_in_set", c, value_set=s, **k) for c, s in (("g", ["x"]), ("g", ["y", "x"]), ("g", ["z"]), ("n", [2]), ("n", [1]), ("b", [True]), ("b", [False]), ("one", [7]), ("one", ["7"]))
      for k in ({}, {"ties_okay": True}, {"ties_okay": False})],
    # Booleans are numbers, with nulls and without.
    *[exp(f, f"expect_column_{name}_to_be_between", column=c, min_value=low, max_value=high) for f, c in (("flags", "on"), ("flags", "off"), ("gaps", "b")) for name, low, high in (
        ("mean", 0.7, 0.8), ("mean", 0, 0), ("sum", 3, 3), ("sum", 0, 0), ("min", 0, 0), ("max", 1, 1), ("max", 0, 0), ("median", 1, 1), ("stdev", 0, 0.1), ("stdev", 0.4, 0.6))],
    *[exp("flags", f"expect_column_{name}", column="on", **k) for name, k in (("values_to_be_in_set", {"value_set": [1, 0]}), ("values_to_be_in_set", {"value_set": ["True", "False"]}), ("values_to_be_between", {"min_value": 0, "max_value": 1}),
        ("values_to_be_of_type", {"type_": "bool"}), ("values_to_be_of_type", {"type_": "int64"}), ("unique_value_count_to_be_between", {"min_value": 2, "max_value": 2}))],
    # Null in sets.
    *[gap(name, c, value_set=s) for name in ("values_to_be_in_set", "values_to_not_be_in_set", "distinct_values_to_be_in_set", "distinct_values_to_contain_set", "distinct_values_to_equal_set")
      for c, s in (("g", ["x", "y", "z", "w", "v", None]), ("g", ["x", None]), ("g", [None]), ("n", [1, 2, 3, 4, 5, 40, None]), ("n", [1, None]), ("n", ["1", "2", "3", "4", "5", "40"]), ("n", [1.0, 2.0, 3.0, 4.0, 5.0, 40.0]), ("one", ["7"]), ("one", [7.0]))],
    # Figures leave nulls out.
    *[gap(f"{name}_to_be_between", "n", min_value=low, max_value=high) for name, low, high in (("mean", 8.1, 8.2), ("mean", 5, 6), ("median", 3, 3), ("stdev", 14.1, 14.2), ("stdev", 13, 13.2), ("sum", 57, 57), ("min", 1, 1), ("max", 40, 40), ("unique_value_count", 6, 6), ("proportion_of_unique_values", 0.85, 0.86), ("proportion_of_unique_values", 0.6, 0.6), ("proportion_of_non_null_values", 0.7, 0.7), ("proportion_of_non_null_values", 0.71, 1))],
    *[gap("quantile_values_to_be_between", "n", quantile_ranges={"quantiles": [q], "value_ranges": [[low, high]]}) for q, low, high in ((0.5, 3, 3), (0.25, 2, 2), (0.1, 1, 1), (0.9, 5, 5), (0.9, 40, 40), (0.75, 4, 5), (0, 1, 1), (1, 40, 40), (0.4, 2, 2), (0.6, 3, 3), (0.6, 4, 4), (0.95, 40, 40))],
    *[gap(f"{name}_to_be_between", "n", strict_min=True, **k) for name, k in (("min", {"min_value": 1}), ("max", {"min_value": 40}), ("sum", {"min_value": 57}), ("unique_value_count", {"min_value": 6}), ("proportion_of_unique_values", {"min_value": 1}), ("median", {"min_value": 3}))],
    # Limits of times.
    *[gap(f"{name}_to_be_between", c, **k) for c in ("when", "zone") for name in ("min", "max") for k in (
        {"min_value": "2024-01-01", "max_value": "2024-01-08"}, {"min_value": "2024-01-02"}, {"max_value": "2024-01-05"}, {"min_value": "2024-01-01 10:00:00", "max_value": "2024-01-07 10:00:00"},
        {"min_value": "2024-01-01 10:00:00", "strict_min": True}, {"max_value": "2024-01-07 10:00:00", "strict_max": True}, {"min_value": "2024-01-01T10:00:00+00:00"}, {"max_value": "2024-01-07T10:00:00+00:00"})],
    *[gap("values_to_be_between", c, **k) for c in ("when", "zone") for k in (
        {"min_value": "2024-01-01", "max_value": "2024-01-08"}, {"min_value": "2024-01-02"}, {"min_value": "2024-01-02", "mostly": 0.8}, {"min_value": "2024-01-01 10:00:00", "strict_min": True}, {"max_value": "2024-01-07 10:00:00"}, {"max_value": "2024-01-07T10:00:00", "strict_max": True})],
    *[exp("mixed", f"expect_column_{name}_to_be_between", column="d", **k) for name in ("min", "max") for k in ({"min_value": "2023-12-31"}, {"max_value": "2024-01-31"}, {"min_value": "2024-01-01"})],
    *[gap(f"values_to_be_{way}", c, **k) for way in ("increasing", "decreasing") for c in ("when", "zone", "n", "one", "b") for k in ({}, {"strictly": True})],
    gap("values_to_be_of_type", "when", type_="datetime64[ns]"), gap("values_to_be_of_type", "zone", type_="datetime64[ns, UTC]"), gap("values_to_be_of_type", "zone", type_="datetime64[ns]"),
    gap("values_to_be_in_type_list", "zone", type_list=["datetime64[ns]", "datetime64[ns, UTC]"]), gap("values_to_be_of_type", "n", type_="float64"), gap("values_to_be_of_type", "g", type_="str"), gap("values_to_be_of_type", "g", type_="object"),
    gap("values_to_be_of_type", "g", type_="int", mostly=0.5),
    *[gap("values_to_be_in_set", c, value_set=s) for c in ("when", "zone") for s in (["2024-01-01 10:00:00"], ["2024-01-01"])],
    # Some of the rows.
    *[rows(c, **k) for c in ("id < 0", "id == 1", 'g == "x"', 'g != "x"', "g.notnull()", "g.isnull()", "n > 100", "n >= 40", "n < 1", "b == True", "b == False", 'g in ["q"]', 'g in ["x", "y"]', 'g not in ["x"]',
        'g == "x" and n > 5', 'g == "x" and n == 2', 'g == "q" or n == 2', 'g == "q" or n == 77', 'when > "2024-01-07"', 'when > "2024-01-08"', 'when == "2024-01-01 10:00:00"', "n == 2.0", 'n == "2"', "not id > 0", "~(id > 0)", "not g.isnull()",
        'id > 2 and id < 4 and g == "x"', "(id == 1) | (id == 2)", "1 < id < 3", "id + 1 == 2", "id == n", 'g.str.contains("x")', '`g` == "x"', "g == 'x'", "n != 2", "n != 2 and n > 100", "g == g", "b", "not b", "id in (1, 2)", "id.isin([1])", "id.between(1, 2)") for k in ({},)],
    *[gap("values_to_be_in_set", "one", value_set=[8], row_condition=c.dict()) for c in (
        Column("id") < 0, Column("id") == 1, Column("g") != "x", Column("g").is_in(["q"]), Column("g").is_not_in(["x", "y", "z", "w", "v"]), Column("n").is_null(), Column("g").is_not_null(),
        (Column("g") == "x") & (Column("n") > 5), (Column("g") == "q") | (Column("n") == 2))],
    *[rows(c, "values_to_be_null", "g", mostly=m) for c in ("id > 3", "n.isnull()") for m in (1, 0.3, 0.5)],
    *[rows(c, "values_to_not_be_null", "g", mostly=m) for c in ("id > 3", "n.isnull()") for m in (1, 0.5, 0.6)],
    *[rows("id > 3", "values_to_be_in_set", "g", value_set=["y", "z"], mostly=m) for m in (0.5, 0.51, 0.4)],
    *[rows("id > 3", name, "n", min_value=k, max_value=k) for name, k in (("mean_to_be_between", 13), ("max_to_be_between", 40), ("unique_value_count_to_be_between", 4))],
    rows("id > 3", "values_to_be_unique", "g", mostly=1), rows("id < 3", "values_to_be_unique", "g", mostly=1), rows("id < 3", "values_to_be_increasing", "n", strictly=True),
    rows("id < 3", "values_to_be_of_type", "n", type_="int64"),
    *[exp("gaps", "expect_table_row_count_to_equal", value=v, row_condition=c, condition_parser="pandas") for v, c in ((2, "id < 3"), (3, "id < 3"))],
    *[exp("gaps", "expect_column_pair_values_to_be_equal", **PAIRS, row_condition=c, condition_parser="pandas", ignore_row_if="either_value_is_missing") for c in ("id == 1", "id < 3", "id == 4")],
    # Nulls in several columns.
    *[exp("gaps", f"expect_column_pair_values_{name}", **PAIRS, **k) for name in ("to_be_equal", "a_to_be_greater_than_b") for k in (
        {}, {"ignore_row_if": "both_values_are_missing"}, {"ignore_row_if": "either_value_is_missing"}, {"ignore_row_if": "neither"},
        *[{"ignore_row_if": i, "mostly": m} for i in ("both_values_are_missing", "either_value_is_missing", "neither") for m in (0.1, 0.2, 0.6, 0.7)])],
    *[exp("gaps", "expect_column_pair_values_a_to_be_greater_than_b", **PAIRS, or_equal=True, mostly=m, ignore_row_if=i) for i in ("either_value_is_missing", "both_values_are_missing") for m in (0.8, 0.85, 0.86, 0.9)],
    *[exp("gaps", "expect_column_pair_values_to_be_in_set", **PAIRS, value_pairs_set=s, ignore_row_if=i) for i in ("either_value_is_missing", "both_values_are_missing", "neither") for s in (
        [[1, 1], [2, 1], [3, 1], [7, 2], [1, 9], [10, 9]], [[1, 1]], [[1, 1], [2, 1], [3, 1], [7, 2], [1, 9], [10, 9], [None, 1]])],
    *[exp("gaps", "expect_compound_columns_to_be_unique", column_list=l, **k) for l in (["p", "q"], ["id", "g"], ["g", "n"], ["q", "one"]) for k in ({}, *[{"ignore_row_if": i} for i in ("all_values_are_missing", "any_value_is_missing", "never")])],
    *[exp("gaps", "expect_compound_columns_to_be_unique", column_list=["q", "one"], mostly=m, ignore_row_if="any_value_is_missing") for m in (0.1, 0.5)],
    *[exp("gaps", "expect_select_column_values_to_be_unique_within_record", column_list=["p", "q"], **k) for k in ({}, *[{"ignore_row_if": i, "mostly": m} for i in ("all_values_are_missing", "any_value_is_missing", "never") for m in (1, 0.85, 0.8)])],
    *[exp("gaps", "expect_multicolumn_sum_to_equal", column_list=["p", "q"], sum_total=2, **k) for k in ({}, *[{"ignore_row_if": i, "mostly": m} for i in ("all_values_are_missing", "any_value_is_missing", "never") for m in (1, 0.1, 0.5)])],
    # Patterns and formats.
    *[text("match_regex", regex=r, mostly=0.01) for r in ("[]a]", "[^]a]", "é{,1}t", "(?i)abc", "(?:A|B)", "a[.]b", "a{,2}b", "x\\sy", "^\\w+$", "\\Aab", "c\\Z", "(?x) a b c", "(?s)a.b", "[[:alpha:]]", "a\\.b$", "(?P<k>t)", "[\\w]é", "\\u00e9", "é(?#c)t", "a_?b", "(a)(?(1)b|c)", "(?<=a)b", "(?<!a)b", "(?>a)b", "a++b", "\\bx\\b")],
    *[text("match_regex", regex=r) for r in ("^.{3}$", "^[\\w. ]{3}$", "^[a-zA-Zé._ ]+$", "^\\S+$", "", "(?i)[a-zé]")],
    *[text("not_match_regex", regex=r) for r in ("\\d", "b", "^$", "(?i)Q")],
    *[text("match_regex_list", regex_list=l, match_on=m) for m in ("any", "all") for l in (["[a-z]", "[A-Z]"], ["."], [".", "[aA]"], [])],
    *[text("match_strftime_format", "d", strftime_format=f, mostly=m) for f in ("%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%D") for m in (1, 0.5)],
    *[text("match_strftime_format", "s", strftime_format=f, mostly=m) for f in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %X", "%Y-%m-%d%n%H:%M:%S") for m in (1, 0.5, 0.3)],
    *[text("be_in_set", "c", value_set=s) for s in (["]", "^", "a", "-", "b"], ["]"])],
    text("match_regex", "c", regex="[]^a-]", mostly=0.8), text("match_regex", "c", regex="^[]^ab-]$"),
    # Where a column stands, types that are named, and limits that are none.
    *[exp("flags", "expect_column_to_exist", column="i", column_index=n) for n in (2, 1, 0)],
    exp("flags", "expect_column_values_to_be_between", column="i", min_value=None, max_value=4), exp("flags", "expect_column_max_to_be_between", column="i", min_value=None, max_value=None),
    *[exp("flags", "expect_column_values_to_be_of_type", column="i", type_=t) for t in ("int", "int64", "int32", "float", "str", "Int64", "INTEGER", "object")],
    *[exp("flags", "expect_column_values_to_be_in_type_list", column="i", type_list=t) for t in (["int", "str"], ["str"], [])],
    *[exp("flags", "expect_table_column_count_to_be_between", **k) for k in ({"min_value": 3, "strict_min": True}, {"max_value": 3}, {})],
    *[exp("flags", "expect_table_columns_to_match_set", column_set=s, exact_match=e) for s in (["on", "off", "i"], ["on"], ["on", "off", "i", "x"]) for e in (True, False)],
    *[exp("flags", "expect_table_row_count_to_be_between", **k) for k in ({"min_value": 4, "strict_min": True}, {"max_value": 4, "strict_max": True}, {"min_value": 4, "max_value": 4}, {})],
]


def main():
    context = gx.get_context(mode="ephemeral")
    asset = context.data_sources.add_pandas("p").add_dataframe_asset("a")
    definition = asset.add_batch_definition_whole_dataframe("w")
    frames = {name: pd.read_csv(io.StringIO(text), parse_dates=DATES.get(name, False)) for name, text in FILES.items()}
    found = []
    for case in CASES + EDGES:
        batch = definition.get_batch(batch_parameters={"dataframe": frames[case["file"]]})
        try:
            expectation = ExpectationConfiguration(type=case["type"], kwargs=case["kwargs"]).to_domain_obj()
            result = batch.validate(expectation)
            raised = result.exception_info.get("raised_exception", any(
                isinstance(one, dict) and one.get("raised_exception") for one in result.exception_info.values()))
            verdict = "error" if raised else "pass" if result.success else "fail"
            suite = gx.ExpectationSuite(name="s", expectations=[expectation]).to_json_dict()
            found.append({**case, "verdict": verdict, "written": suite["expectations"][0]})
        except Exception as error:  # arguments that this version refuses
            print("refused:", json.dumps(case), str(error).splitlines()[0][:140], file=sys.stderr)
    head = {"great_expectations": gx.__version__, "files": FILES}
    lines = ",\n".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in found)
    print(json.dumps(head, ensure_ascii=False)[:-1] + ', "cases": [\n' + lines + "\n]}")


main()
