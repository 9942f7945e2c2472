"""Writes test/fixtures/conformance/dbt.json: what `dbt test` says of a small table by each generic test of dbt's own.

    python3 -m venv /tmp/oracle && /tmp/oracle/bin/pip install dbt-core==1.10.23 dbt-duckdb==1.9.6
    /tmp/oracle/bin/python scripts/oracles/dbt_tests.py > test/fixtures/conformance/dbt.json
"""

import json
import os
import pathlib
import sys
import tempfile

os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"

from dbt.cli.main import dbtRunner
from dbt.version import __version__

TABLE = """id,s,n,f,b,dup,day,mixed Case,country
1,placed,1,0.5,true,a,2024-01-01,x,fr
2,shipped,,1.5,false,a,2024-01-02,y,de
3,placed,3,2.0,true,b,2024-01-03,,fr
4,returned,3,-1,false,,2024-01-04,z,xx
5,placed,,10,true,,2024-01-05,z,
6,Placed,6,0,false,c,2024-01-06,w,de
"""
PARENTS = """code,name
fr,France
de,Germany
it,Italy
"""


def on(column, test):
    return {"column": column, "test": test}


def configured(name, column, flat=(), **config):
    """The three places that dbt reads a test's configuration from give one verdict."""
    return [on(column, {name: {**dict(flat), "config": config}}), on(column, {name: {**dict(flat), **config}})]


VALUES = ["placed", "shipped", "returned"]
WHERE = [
    "id > 5", "id >= 2 and id < 5", "s = 'placed'", "s <> 'placed'", "s != 'placed'", "s in ('placed', 'returned')", "s not in ('placed')",
    "dup is null", "dup is not null", "dup IS NOT NULL AND id < 3", "day > '2024-01-03'", "day >= date '2024-01-05'", "day = '2024-01-05'::date", "f > 1.5",
    "b = true", "b", "not b", "id between 2 and 4", "id = 2 or id = 3", "5 < id", "\"mixed Case\" = 'z'", "country <> 'xx'", "dup not in ('a')", "(id > 5)",
    "id > 1 and (s = 'placed')", "id % 2 = 0", "lower(s) = 'placed'", "s like 'p%'", "id = '2'", "n > id", "id = 1 and s = 'a' or id = 2", "id > 0 -- all", "1=1",
]
TO = {"to": "ref('parents')", "field": "code"}

CASES = [
    on("id", "not_null"), on("n", "not_null"), on("dup", "not_null"), on("mixed Case", "not_null"), on("id", "unique"),
    on("n", "unique"), on("dup", "unique"), on("s", "unique"), on("day", "unique"),
    on("n", {"not_null": {"severity": "warn"}}), on("id", {"not_null": {"severity": "WARN"}}),
    *configured("not_null", "n", severity="warn"),
    *configured("not_null", "n", warn_if=">1", error_if=">2"), *configured("not_null", "n", warn_if=">1", error_if=">1"),
    *configured("not_null", "n", warn_if=">2", error_if=">2"), *configured("not_null", "n", error_if=">=2"),
    *configured("not_null", "n", error_if=">= 3"), *configured("not_null", "n", error_if=">10"),
    *configured("not_null", "n", warn_if=">10", error_if=">10"), *configured("not_null", "n", warn_if=">10"),
    *configured("not_null", "n", severity="warn", warn_if=">1"), *configured("not_null", "n", severity="warn", warn_if=">2"),
    *configured("not_null", "n", severity="warn", error_if=">1"), *configured("not_null", "n", error_if="!=0"),
    *configured("not_null", "n", error_if="=2"), *configured("not_null", "n", error_if="<3"),
    *configured("not_null", "n", limit=1), *configured("not_null", "n", limit=1, error_if=">1"),
    *configured("not_null", "n", where="id > 5"), *configured("not_null", "n", where="id > 1"),
    *configured("not_null", "n", enabled=False), *configured("not_null", "n", fail_calc="count(*)"),
    *configured("not_null", "n", fail_calc="count(*) - 2"), *configured("not_null", "n", store_failures=False),
    *configured("unique", "dup", severity="warn"), *configured("unique", "dup", error_if=">1"),
    *configured("not_null", "n", tags=["a"], meta={"owner": "b"}),
    on("s", {"accepted_values": {"values": [*VALUES, "Placed"]}}), on("s", {"accepted_values": {"values": VALUES}}),
    on("s", {"accepted_values": {"arguments": {"values": VALUES}}}),
    on("s", {"accepted_values": {"arguments": {"values": [*VALUES, "Placed"]}, "config": {"severity": "warn"}}}),
    on("s", {"accepted_values": {"arguments": {"values": VALUES}, "config": {"severity": "warn"}}}),
    on("s", {"test_name": "accepted_values", "values": VALUES, "name": "one_of_three"}),
    on("s", {"name": "named", "test_name": "accepted_values", "arguments": {"values": [*VALUES, "Placed"]}}),
    on("id", {"accepted_values": {"values": [1, 2, 3, 4, 5, 6], "quote": False}}),
    on("id", {"accepted_values": {"values": [1, 2, 3, 4, 5], "quote": False}}),
    on("id", {"accepted_values": {"values": ["1", "2", "3", "4", "5", "6"]}}), on("id", {"accepted_values": {"values": [1, 2, 3]}}),
    on("n", {"accepted_values": {"values": [1, 3, 6], "quote": False}}), on("n", {"accepted_values": {"values": [1, 3], "quote": False}}),
    on("b", {"accepted_values": {"values": [True, False], "quote": False}}), on("b", {"accepted_values": {"values": [True], "quote": False}}),
    on("f", {"accepted_values": {"values": [0.5, 1.5, 2, -1, 10, 0], "quote": False}}),
    on("f", {"accepted_values": {"values": [0.5, 1.5], "quote": False}}),
    on("dup", {"accepted_values": {"values": ["a", "b", "c"]}}), on("day", {"accepted_values": {"values": ["2024-01-01"]}}),
    on("country", {"relationships": TO}), on("country", {"relationships": {"arguments": TO}}),
    on("country", {"relationships": {**TO, "config": {"severity": "warn"}}}),
    on("country", {"relationships": {**TO, "config": {"error_if": ">1", "warn_if": ">1"}}}),
    on("country", {"relationships": {**TO, "config": {"where": "country <> 'xx'"}}}),
    on("dup", {"relationships": TO}),
    # Of some of the rows.
    *[on(column, {name: {**args, "config": {"where": where}}}) for where in WHERE
      for column, name, args in (("n", "not_null", {}), ("s", "accepted_values", {"values": ["placed"]}))],
    on("n", {"not_null": {"config": {"where": "id > 1", "error_if": ">1"}}}), on("n", {"not_null": {"config": {"where": "id > 1", "error_if": ">2", "warn_if": ">1"}}}),
    on("n", {"not_null": {"config": {"where": "id > 1", "severity": "warn"}}}), on("n", {"not_null": {"config": {"where": "id > 5", "severity": "warn"}}}),
    on("dup", {"unique": {"config": {"where": "id > 2"}}}), on("country", {"relationships": {**TO, "config": {"where": "id < 3"}}}),
    # Of the whole model: the column is an argument.
    on(None, {"unique": {"column_name": "id"}}), on(None, {"unique": {"column_name": "s"}}), on(None, {"not_null": {"column_name": "n"}}),
    on(None, {"unique": {"column_name": "(id || s)"}}), on(None, {"unique": {"arguments": {"column_name": "dup"}}}),
]


def quoted(column):
    return {"name": column, **({"quote": True} if not column.replace("_", "").isalnum() else {})}


def schema(case, name):
    """A schema.yml (JSON is YAML) of one test."""
    tests = {"data_tests": [case["test"]]}
    if case["column"] is None:
        model = {"name": name, **tests}
    else:
        model = {"name": name, "columns": [{**quoted(case["column"]), **tests}]}
    return {"version": 2, "models": [model]}


def main():
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "models").mkdir()
        (root / "table.csv").write_text(TABLE)
        (root / "parents.csv").write_text(PARENTS)
        (root / "dbt_project.yml").write_text(json.dumps({"name": "p", "version": "1.0", "profile": "p", "config-version": 2}))
        (root / "profiles.yml").write_text(json.dumps({"p": {"target": "d", "outputs": {"d": {"type": "duckdb", "path": str(root / "d.db")}}}}))
        read = "select * from read_csv('{}', header=true)"
        (root / "models" / "parents.sql").write_text(read.format(root / "parents.csv"))
        for index, case in enumerate(CASES):
            (root / "models" / f"m{index}.sql").write_text(read.format(root / "table.csv"))
            (root / "models" / f"m{index}.yml").write_text(json.dumps(schema(case, f"m{index}")))
        at = ["--project-dir", folder, "--profiles-dir", folder, "--quiet"]
        out, sys.stdout = sys.stdout, sys.stderr
        dbtRunner().invoke(["run", *at])
        dbtRunner().invoke(["test", *at])
        sys.stdout = out
        nodes = json.loads((root / "target" / "manifest.json").read_text())["nodes"]
        results = json.loads((root / "target" / "run_results.json").read_text())["results"]
        verdicts = {nodes[one["unique_id"]]["attached_node"].split(".")[-1]: one["status"] for one in results}
        cases = []
        for index, case in enumerate(CASES):
            verdict = verdicts.get(f"m{index}", "none")
            cases.append({"verdict": verdict, "schema": schema(case, "m")})
        print(json.dumps({"dbt": __version__, "table": TABLE, "parents": PARENTS, "cases": cases}, indent=1))


if __name__ == "__main__":
    main()
