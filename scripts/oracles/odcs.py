"""Writes test/fixtures/conformance/odcs.json: what datacontract-cli says of a small table by each rule of the standard.

    python3 -m venv /tmp/oracle && /tmp/oracle/bin/pip install "datacontract-cli[duckdb]==1.2.8"
    /tmp/oracle/bin/python scripts/oracles/odcs.py > test/fixtures/conformance/odcs.json
"""

import json
import logging
import pathlib
import tempfile
from importlib.metadata import version

from datacontract.data_contract import DataContract

logging.disable(logging.CRITICAL)

TABLE = """id,s,n,f,b,dup,day,ts,code
1,placed,1,0.5,true,a,2024-01-01,2024-01-01 08:00:00,ACC00000001
2,shipped,,1.5,false,a,2024-01-02,2024-01-02 09:30:00,ACC00000002
3,placed,3,2.0,true,b,2024-01-03,2024-01-03 00:00:00,ACC00000003
4,returned,3,-1,false,,2024-01-04,2024-01-04 23:59:59,ACC00000004
5,placed,,10,true,,2024-01-05,2024-01-05 12:00:00,ACC00000005
6,Placed,6,0,false,c,2024-01-06,2024-01-06 12:00:01,ACC00000006
"""
PARENTS = """code,name
a,first
b,second
"""
TYPES = {
    "id": "integer", "s": "string", "n": "integer", "f": "number", "b": "boolean", "dup": "string", "day": "date",
    "ts": "timestamp", "code": "string",
}
DAY, TIME = {"format": "yyyy-MM-dd"}, {"format": "yyyy-MM-dd HH:mm:ss"}


def options(column, version="v3.1.0", **given):
    return {"column": column, "members": {"logicalTypeOptions": given}, "version": version}


def flag(column, **members):
    return {"column": column, "members": members, "version": "v3.1.0"}


def rule(column, metric, version="v3.1.0", **members):
    """A quality rule of a column, or of the object where there is none."""
    return {"column": column, "members": {"quality": [{"metric": metric, **members}]}, "version": version}


def valid(values, **members):
    return rule("s", "invalidValues", arguments={"validValues": values}, **members)


FOUR, THREE = ["placed", "shipped", "returned", "Placed"], ["placed", "shipped", "returned"]

CASES = [
    # Nulls, of which n and dup have two of six.
    flag("id", required=True), flag("n", required=True), flag("n", required=False), flag("dup", required=True),
    flag("id", unique=True), flag("n", unique=True), flag("dup", unique=True), flag("s", unique=True), flag("day", unique=True),
    flag("id", primaryKey=True, primaryKeyPosition=1), flag("n", primaryKey=True), flag("s", primaryKey=True),
    flag("id", primaryKey=True, primaryKeyPosition=-1), flag("id", primaryKey=False, primaryKeyPosition=-1),
    # Options of logical types, as 3.1 writes them.
    options("s", minLength=6), options("s", minLength=7), options("s", maxLength=8), options("s", maxLength=7),
    options("s", minLength=0, maxLength=100), options("s", pattern="^[a-z]+$"), options("s", pattern="^[A-Za-z]+$"),
    options("s", pattern="e"), options("s", pattern="x"), options("code", minLength=11, maxLength=11, pattern="ACC[0-9]{8}"),
    options("code", pattern="ACC[0-9]{9}"), options("id", minimum=1), options("id", minimum=2), options("id", maximum=6),
    options("id", maximum=5), options("id", exclusiveMinimum=0), options("id", exclusiveMinimum=1),
    options("id", exclusiveMaximum=7), options("id", exclusiveMaximum=6), options("n", minimum=1, maximum=6),
    options("n", minimum=3), options("f", minimum=-1, maximum=10), options("f", exclusiveMinimum=-1),
    options("f", exclusiveMinimum=-1.5, exclusiveMaximum=10.5), options("f", minimum=-5, exclusiveMinimum=-1),
    options("id", minimum=0, exclusiveMaximum=6.5),
    options("day", **DAY, minimum="2024-01-01"), options("day", **DAY, minimum="2024-01-02"),
    options("day", **DAY, maximum="2024-01-06"), options("day", **DAY, maximum="2024-01-05"),
    options("day", **DAY, exclusiveMinimum="2023-12-31"), options("day", **DAY, exclusiveMinimum="2024-01-01"),
    options("day", **DAY, exclusiveMaximum="2024-01-06"), options("day", **DAY, exclusiveMaximum="2024-01-07"),
    options("day", **DAY, minimum="2023-01-01", exclusiveMinimum="2024-01-01"),
    options("day", minimum="2024-01-02"), options("day", minimum="2023-12-31"),
    options("day", "v3.0.2", minimum="2024-01-02"), options("day", "v3.0.2", maximum="2024-01-06"),
    options("day", "v3.0.2", maximum="2024-01-05"), options("day", "v3.0.2", exclusiveMinimum="2024-01-01"),
    options("ts", **TIME, minimum="2024-01-01 08:00:00"), options("ts", **TIME, minimum="2024-01-01 08:00:01"),
    options("ts", **TIME, maximum="2024-01-06 12:00:01"), options("ts", **TIME, maximum="2024-01-06 12:00:00"),
    options("ts", **TIME, exclusiveMinimum="2024-01-01 08:00:00"), options("ts", **TIME, exclusiveMaximum="2024-01-06 12:00:02"),
    options("ts", minimum="2024-01-01"), options("ts", minimum="2024-01-02"), options("ts", maximum="2024-01-06"),
    options("ts", maximum="2024-01-07"), options("ts", exclusiveMaximum="2024-01-07"), options("ts", exclusiveMaximum="2024-01-06"),
    # Enumerations of 3.2.
    {**flag("s", enum=[{"value": value} for value in FOUR]), "version": "v3.2.0"},
    {**flag("s", enum=[{"value": value, "label": value} for value in THREE]), "version": "v3.2.0"},
    {**flag("n", enum=[{"value": 1}, {"value": 3}, {"value": 6}]), "version": "v3.2.0"},
    {**flag("n", enum=[{"value": 1}, {"value": 3}]), "version": "v3.2.0"},
    # Metrics, and every operator.
    *[rule("n", "nullValues", **one) for one in [
        {"mustBe": 0}, {"mustBe": 2}, {"mustBe": 3}, {"mustNotBe": 0}, {"mustNotBe": 2}, {"mustBeGreaterThan": 1},
        {"mustBeGreaterThan": 2}, {"mustBeGreaterOrEqualTo": 2}, {"mustBeGreaterOrEqualTo": 3}, {"mustBeLessThan": 3},
        {"mustBeLessThan": 2}, {"mustBeLessOrEqualTo": 2}, {"mustBeLessOrEqualTo": 1}, {"mustBeBetween": [1, 3]},
        {"mustBeBetween": [3, 5]}, {"mustNotBeBetween": [0, 1]}, {"mustNotBeBetween": [0, 5]}, {"mustNotBeBetween": [1, 3]},
        {"mustBe": 0, "unit": "percent"}, {"mustBeLessThan": 33, "unit": "percent"}, {"mustBeLessThan": 34, "unit": "percent"},
        {"mustBeLessOrEqualTo": 33.3, "unit": "percent"}, {"mustBeGreaterThan": 33, "unit": "percent"},
        {"mustBeBetween": [30, 40], "unit": "percent"}, {"mustBeBetween": [0, 30], "unit": "percent"},
        {"mustBe": 0, "severity": "warning"}, {"mustBe": 0, "severity": "error"}, {"mustBe": 0, "severity": "info"},
        {"mustBe": 0, "dimension": "completeness", "unit": "rows", "businessImpact": "operational", "name": "full"},
    ]],
    rule("id", "nullValues", mustBe=0), rule("id", "nullValues", mustBeLessThan=1, unit="percent"),
    *[valid(values, **one) for values, one in [
        (FOUR, {"mustBe": 0}), (THREE, {"mustBe": 0}), (THREE, {"mustBeLessThan": 2}), (THREE, {"mustBeLessThan": 1}),
        (THREE, {"mustBeLessOrEqualTo": 1}), (["placed"], {"mustBeLessOrEqualTo": 2}), (["placed"], {"mustBeLessOrEqualTo": 3}),
        (THREE, {"mustBeLessThan": 17, "unit": "percent"}), (THREE, {"mustBeLessThan": 16, "unit": "percent"}),
        (THREE, {"mustBe": 0, "severity": "warning"}), (THREE, {"mustBeBetween": [0, 1]}), (THREE, {"mustBeGreaterThan": 0}),
    ]],
    rule("n", "invalidValues", arguments={"validValues": [1, 3, 6]}, mustBe=0),
    rule("n", "invalidValues", arguments={"validValues": [1, 3]}, mustBe=0),
    rule("n", "invalidValues", arguments={"validValues": [1, 3, None]}, mustBe=0),
    rule("dup", "invalidValues", arguments={"validValues": ["a", "b", "c"]}, mustBe=0),
    rule("s", "invalidValues", arguments={"pattern": "^[a-z]+$"}, mustBe=0),
    rule("s", "invalidValues", arguments={"pattern": "^[a-z]+$"}, mustBeLessThan=2),
    rule("s", "invalidValues", arguments={"pattern": "^[A-Za-z]+$"}, mustBe=0),
    rule("s", "invalidValues", arguments={"pattern": "^[a-z]+$", "validValues": FOUR}, mustBe=0),
    rule("s", "invalidValues", arguments={"pattern": "^p", "validValues": THREE}, mustBeLessOrEqualTo=3),
    rule("dup", "missingValues", arguments={"missingValues": [None, "", "N/A"]}, mustBe=0),
    rule("dup", "missingValues", arguments={"missingValues": [None, "c"]}, mustBeLessOrEqualTo=3),
    rule("dup", "missingValues", arguments={"missingValues": [None, "c"]}, mustBeLessOrEqualTo=2),
    rule("dup", "missingValues", arguments={"missingValues": [None, "c"]}, mustBeLessOrEqualTo=50, unit="percent"),
    rule("s", "missingValues", arguments={"missingValues": ["placed"]}, mustBeLessThan=3),
    rule("s", "missingValues", arguments={"missingValues": ["N/A", "n/a"]}, mustBe=0),
    rule("n", "missingValues", arguments={"missingValues": [3]}, mustBe=0),
    rule("dup", "missingValues", mustBe=0), rule("dup", "missingValues", mustBe=2),
    rule("id", "duplicateValues", mustBe=0), rule("dup", "duplicateValues", mustBe=0), rule("n", "duplicateValues", mustBe=0),
    rule("dup", "duplicateValues", mustBeLessThan=2), rule("dup", "duplicateValues", mustBeLessThan=10),
    rule("s", "duplicateValues", mustBeLessOrEqualTo=3), rule("s", "duplicateValues", mustBe=0, severity="warning"),
    *[rule(None, "rowCount", **one) for one in [
        {"mustBe": 6}, {"mustBe": 5}, {"mustNotBe": 0}, {"mustNotBe": 6}, {"mustBeGreaterThan": 5}, {"mustBeGreaterThan": 6},
        {"mustBeGreaterOrEqualTo": 6}, {"mustBeLessThan": 6}, {"mustBeLessThan": 7}, {"mustBeLessOrEqualTo": 6},
        {"mustBeBetween": [5, 7]}, {"mustBeBetween": [7, 9]}, {"mustNotBeBetween": [0, 5]}, {"mustNotBeBetween": [0, 10]},
        {"mustBeBetween": [1, 3], "severity": "warning"},
    ]],
    # The text calls this > and <, its table ∈: the closed interval of the tool and of the table is taken.
    rule(None, "rowCount", mustBeBetween=[6, 7]), rule(None, "rowCount", mustBeBetween=[5, 6]),
    rule(None, "duplicateValues", arguments={"properties": ["id", "s"]}, mustBe=0),
    rule(None, "duplicateValues", arguments={"properties": ["b", "s"]}, mustBe=0),
    rule(None, "duplicateValues", arguments={"properties": ["dup", "n"]}, mustBe=0),
    rule(None, "duplicateValues", arguments={"properties": ["b", "s"]}, mustBeLessOrEqualTo=3),
    # Foreign keys of 3.1.
    flag("dup", relationships=[{"to": "parents.code"}]),
    flag("dup", relationships=[{"type": "foreignKey", "to": "parents.code"}]),
    flag("s", relationships=[{"to": "parents.code"}]),
    {"column": None, "members": {"relationships": [{"from": "t.dup", "to": "parents.code"}]}, "version": "v3.1.0"},
    {"column": None, "members": {"relationships": [{"from": ["t.dup"], "to": ["parents.code"]}]}, "version": "v3.1.0"},
]


def document(case):
    """A contract of the table, in which one property or the object has the members of the case."""
    plain = [{"name": name, "logicalType": kind} for name, kind in TYPES.items()]
    properties = [{**one, **(case["members"] if one["name"] == case["column"] else {})} for one in plain]
    own = case["members"] if case["column"] is None else {}
    parents = {"name": "parents", "properties": [{"name": name, "logicalType": "string"} for name in ["code", "name"]]}
    return {
        "apiVersion": case["version"], "kind": "DataContract", "id": "c", "name": "c", "version": "1.0.0", "status": "active",
        "schema": [{"name": "t", "properties": properties, **own}, *([parents] if "relationships" in case["members"] else [])],
    }


def main():
    cases = []
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "t.csv").write_text(TABLE)
        (pathlib.Path(folder) / "parents.csv").write_text(PARENTS)
        server = {"server": "local", "type": "local", "path": f"{folder}/{{model}}.csv", "format": "csv", "delimiter": ","}
        for case in CASES:
            contract = document(case)
            run = DataContract(data_contract_str=json.dumps({**contract, "servers": [server]}), server="local").test()
            broken = any("Error evaluating" in (one.reason or "") for one in run.checks or [])
            cases.append({"verdict": "error" if broken else run.result.value, **case})
        result = {"datacontract-cli": version("datacontract-cli"), "table": TABLE, "parents": PARENTS, "types": TYPES}
        print(json.dumps({**result, "cases": cases}, indent=1))


if __name__ == "__main__":
    main()
