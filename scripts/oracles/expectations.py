"""Writes test/fixtures/conformance/expectations.json: what Great Expectations says of small files by each core expectation.

    python3 -m venv /tmp/oracle && /tmp/oracle/bin/pip install great_expectations==1.5.0
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
}


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


def main():
    context = gx.get_context(mode="ephemeral")
    asset = context.data_sources.add_pandas("p").add_dataframe_asset("a")
    definition = asset.add_batch_definition_whole_dataframe("w")
    frames = {name: pd.read_csv(io.StringIO(text)) for name, text in FILES.items()}
    found = []
    for case in CASES:
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
    print(json.dumps({"great_expectations": gx.__version__, "files": FILES, "cases": found}, ensure_ascii=False, indent=1))


main()
