"""Writes test/fixtures/conformance/table-schema.json: which cells frictionless-py accepts by which field.

    python3 -m venv /tmp/oracle && /tmp/oracle/bin/pip install frictionless==5.21.0
    /tmp/oracle/bin/python scripts/oracles/table_schema.py > test/fixtures/conformance/table-schema.json
"""

import csv
import json
import os
import sys
import tempfile

from frictionless import Package, Resource, Schema, system
from frictionless import __version__ as VERSION

NUMBERS = ["0", "1", "-1", "+1", "1.0", "1.5", ".5", "1.", "1e3", "1E-2", "1e400", " 1", "1 ", "1 000", "1,5",
           "1,000", "1,000.5", "1.000,5", "0x10", "007", "NaN", "nan", "INF", "-INF", "inf", "Infinity", "", "-",
           "null", "NA", "true", "10%", "$10", "€ 10", "10 EUR", "1_000", "--1", "1e", "12345678901234567890", "½", "١"]
DATES = ["2024-02-29", "2023-02-29", "2024-2-9", "2024-02-29T00:00:00", "20240229", "29/02/2024", "31/04/2024",
         "2024-13-01", "2024", "", "0001-01-01", "10000-01-01", " 2024-02-29", "2024-02-29 "]
TIMES = ["10:00:00", "10:00", "24:00:00", "10:00:60", "10:00:00Z", "10:00:00+01:00", "10:00:00.5", "1:00:00", "",
         "10h00", "100000"]
DATETIMES = ["2024-02-29T10:00:00Z", "2024-02-29T10:00:00", "2024-02-29 10:00:00", "2024-02-29T10:00:00+01:00",
             "2024-02-29T10:00:00.123Z", "2024-02-30T10:00:00Z", "2024-02-29", "2024-02-29T25:00:00Z", "",
             "29/02/2024 10:00", "2024-02-29T10:00Z", "2024-02-29T10:00:00.123456"]
TEXTS = ["a", "A", "ab", "abc", "", " ", "é", "😀", "a b", "1", "true", "null", "NA", "-", "a\nb", 'q"q', "aXb"]
MAILS = ["a@b.org", "a@b", "a b@c.org", "", "@b.org", "a@", "a.b+c@d.example.org"]
URIS = ["http://example.org", "https://example.org/a?b#c", "example.org", "urn:isbn:1", "ftp://a.b/c", "", "http://",
        "http://a b.org", "mailto:a@b.org"]
UUIDS = ["95ecc380-afe9-11e4-9b6c-751b66dd541e", "95ECC380-AFE9-11E4-9B6C-751B66DD541E", "95ecc380", "",
         "95ecc380afe911e49b6c751b66dd541e"]
BINARY = ["YQ==", "YWI=", "YWJj", "a", "YQ", "%%%", ""]
BOOLEANS = ["true", "True", "TRUE", "false", "False", "FALSE", "1", "0", "yes", "no", "t", "T", "tRUE", "", "ja",
            "nein", "null", "Y", "N"]
OBJECTS = ["{}", '{"a":1}', "[]", "[1]", "1", "a", "", '{"a":', "null", '"a"', '{"a":1,"b":2}', '{"a":"x"}']
POINTS = ["1,2", "1, 2", "180,90", "181,0", "0,91", "-180,-90", "1", "1,2,3", "a,b", "", "[1,2]", '{"lon":1,"lat":2}',
          "[181,0]", '{"lon":181,"lat":0}', '{"lat":2}', "1.5,2.5", "1;2", "[1,2,3]", '{"lon":"1","lat":"2"}']
GEO = ['{"type":"Point","coordinates":[1,2]}', '{"type":"Nothing"}', "[]", "", "{}", "a",
       '{"type":"FeatureCollection","features":[]}']
YEARS = ["2024", "1", "0", "99999", "-1", "2024.0", "", "a", "02024", "-2024", "+2024", " 2024"]
MONTHS = ["2024-01", "2024-13", "2024-1", "2024", "202401", "", "2024-01-01", "2024-00"]
DURATIONS = ["P1Y", "P1M", "PT1S", "P1Y2M3DT4H5M6S", "1Y", "P", "", "P1W", "-P1D", "PT0.5S", "PT", "P1Y2D", "P1DT"]


def field(type=None, cells=(), **more):
    """A field named v, and the cells that it is to judge."""
    return {"field": {"name": "v", **({} if type is None else {"type": type}), **more}, "cells": list(cells)}


def constrained(type, cells, **constraints):
    return field(type, cells, constraints=constraints)


CASES = [
    field("string", TEXTS),
    field("string", MAILS, format="email"),
    field("string", URIS, format="uri"),
    field("string", UUIDS, format="uuid"),
    field("string", BINARY, format="binary"),
    field("number", NUMBERS),
    field("number", NUMBERS, decimalChar=","),
    field("number", NUMBERS, groupChar=","),
    field("number", NUMBERS, groupChar=" "),
    field("number", NUMBERS, groupChar=".", decimalChar=","),
    field("number", NUMBERS, bareNumber=False),
    field("integer", NUMBERS),
    field("integer", NUMBERS, bareNumber=False),
    field("integer", NUMBERS, groupChar=","),
    field("boolean", BOOLEANS),
    field("boolean", BOOLEANS, trueValues=["yes", "ja"], falseValues=["no", "nein"]),
    field("boolean", BOOLEANS, trueValues=["1"], falseValues=["0"]),
    field("boolean", BOOLEANS, trueValues=["Y"]),
    field("object", OBJECTS),
    field("array", OBJECTS),
    field("list", ["a,b", "a", "", ",", "1,2"]),
    field("list", ["a;b", "a", ""], delimiter=";"),
    field("date", DATES),
    field("date", DATES, format="any"),
    field("date", DATES, format="%d/%m/%Y"),
    field("time", TIMES),
    field("time", TIMES, format="%H:%M"),
    field("datetime", DATETIMES),
    field("datetime", DATETIMES, format="%d/%m/%Y %H:%M"),
    field("datetime", DATETIMES, format="%Y-%m-%d %H:%M:%S"),
    field("year", YEARS),
    field("yearmonth", MONTHS),
    field("duration", DURATIONS),
    field("geopoint", POINTS),
    field("geopoint", POINTS, format="array"),
    field("geopoint", POINTS, format="object"),
    field("geojson", GEO),
    field("any", TEXTS),
    field(None, TEXTS),
    # Constraints of section "Constraints" on each type that has them.
    constrained("string", TEXTS, required=True),
    constrained("number", NUMBERS, required=True),
    constrained("any", TEXTS, required=True),
    constrained("string", TEXTS, unique=True),
    constrained("string", ["a", "a", "", "", "b", "A"], unique=True),
    constrained("integer", ["1", "1", "", "", "2", "01"], unique=True),
    constrained("number", ["1", "1.0", "2", "2.5"], unique=True),
    constrained("string", TEXTS, minLength=2),
    constrained("string", TEXTS, maxLength=1),
    constrained("string", TEXTS, minLength=1, maxLength=2),
    constrained("array", OBJECTS, minLength=1),
    constrained("object", OBJECTS, minLength=1),
    constrained("object", OBJECTS, maxLength=1),
    constrained("integer", NUMBERS, minimum=1),
    constrained("integer", NUMBERS, minimum="1"),
    constrained("number", NUMBERS, maximum=1),
    constrained("number", NUMBERS, minimum=0, maximum=1),
    constrained("number", NUMBERS, exclusiveMinimum=0),
    constrained("number", NUMBERS, exclusiveMaximum=1),
    constrained("date", DATES, minimum="2024-01-01"),
    constrained("date", DATES, maximum="2024-02-28"),
    constrained("year", YEARS, minimum=2000),
    constrained("year", YEARS, maximum="2024"),
    constrained("yearmonth", MONTHS, minimum="2024-01"),
    constrained("time", TIMES, minimum="10:00:00"),
    constrained("datetime", DATETIMES, minimum="2024-01-01T00:00:00Z"),
    constrained("string", TEXTS, pattern="[a-z]+"),
    constrained("string", TEXTS, pattern="a|b"),
    constrained("string", TEXTS, pattern="^a.*$"),
    constrained("string", TEXTS, pattern="\\w"),
    constrained("string", TEXTS, enum=["a", "b", "1", ""]),
    constrained("integer", NUMBERS, enum=[1, 2]),
    constrained("integer", NUMBERS, enum=["1", "2"]),
    constrained("number", NUMBERS, enum=[1.0, 1.5]),
    constrained("boolean", BOOLEANS, enum=[True]),
    constrained("date", DATES, enum=["2024-02-29"]),
    constrained("year", YEARS, enum=[2024]),
    constrained("string", TEXTS, required=True, enum=["a", "NA"]),
    constrained("object", OBJECTS, jsonSchema={"required": ["a"]}),
    constrained("object", OBJECTS, jsonSchema={"properties": {"a": {"type": "integer"}}}),
    constrained("array", OBJECTS, jsonSchema={"items": {"type": "string"}}),
    # Missing values.
    field("integer", NUMBERS, missingValues=["", "NA", "-"]),
    field("integer", NUMBERS, missingValues=["", "1"]),
    field("number", NUMBERS, missingValues=["", "NaN"]),
    field("string", TEXTS, missingValues=["", "NA", "null"]),
    field("date", DATES, missingValues=["", "2024"]),
    field("boolean", BOOLEANS, missingValues=["", "null"]),
    {**constrained("integer", NUMBERS, required=True), "missingValues": ["", "NA", "-"]},
    {**constrained("string", TEXTS, required=True), "missingValues": ["", "NA", "-"]},
    {**constrained("string", TEXTS, enum=["a", "NA"]), "missingValues": ["", "NA"]},
    {**constrained("integer", NUMBERS, minimum=1), "missingValues": ["", "-", "0"]},
    {**field("integer", NUMBERS), "missingValues": ["-", "NA"]},
    {**field("string", TEXTS), "missingValues": []},
    {**field("number", NUMBERS), "missingValues": []},
    {**field("any", TEXTS), "missingValues": ["", "-"]},
    {**constrained("any", TEXTS, required=True), "missingValues": ["", "-"]},
]


def fields(*types):
    return [{"name": name, "type": type} for name, type in types]


AB = fields(("a", "integer"), ("b", "string"))
TREE = fields(("id", "integer"), ("parent", "integer"))


def package(name, csv, resource, others=None):
    """A data package of one table, and files that it refers to by their names."""
    named = [{"name": key, "path": f"{key}.csv", "schema": {"fields": fields(("k", "string"))}} for key in others or {}]
    document = {"name": "p", "resources": [{"name": "t", "path": "t.csv", **resource}, *named]}
    return {"name": name, "csv": csv, "others": others or {}, "package": document}




def one(name, csv, *types, **schema):
    """A package of a table whose fields are given, with more of its schema or of its resource."""
    resource = schema.pop("resource", {})
    return package(name, csv, {**resource, "schema": {"fields": list(types), **schema}})


def typed(name, type="string", **more):
    return {"name": name, "type": type, **more}


KL = [typed("k", "integer"), typed("l")]
A, B = typed("a", "integer"), typed("b")


def keyed(name, csv, other, fields=("a", "b"), **schema):
    """A foreign key of two columns to another table."""
    reference = {"resource": "o", "fields": ["k", "l"][:len(fields)]}
    case = one(name, csv, A, B, foreignKeys=[{"fields": list(fields), "reference": reference}], **schema)
    case["package"]["resources"].append({"name": "o", "path": "o.csv", "schema": {"fields": KL}})
    return {**case, "others": {"o": other}}


EDGES = [
    keyed("fk of two", "a,b\n1,x\n2,y\n", "k,l\n1,x\n2,y\n"), keyed("fk of two, crossed", "a,b\n1,y\n", "k,l\n1,x\n2,y\n"),
    keyed("fk of two, one null", "a,b\n1,\n,x\n", "k,l\n1,x\n"), keyed("fk of two, both null", "a,b\n,\n", "k,l\n1,x\n"),
    keyed("fk by value", "a,b\n01,x\n", "k,l\n1,x\n", ("a",)), keyed("fk of a missing value", "a,b\nNA,x\n", "k,l\n1,x\n", ("a",), missingValues=["", "NA"]),
    keyed("fk of a text that is missing elsewhere", "a,b\n1,NA\n", "k,l\n1,x\n", missingValues=["", "NA"]),
    one("pk of a missing value", "a,b\nNA,x\n1,y\n", A, B, primaryKey="a", missingValues=["", "NA"]),
    one("pk of two, same", "a,b\n1,x\n1,x\n", A, B, primaryKey=["a", "b"]), one("pk of two, other", "a,b\n1,x\n1,y\n", A, B, primaryKey=["a", "b"]),
    one("pk by value", "a,b\n1,x\n01,y\n", A, B, primaryKey="a"), one("pk of another case", "a,b\n1,x\n2,X\n", A, B, primaryKey="b"),
    one("unique, missing twice", "a,b\nNA,x\nNA,y\n", typed("a", "integer", constraints={"unique": True}), B, missingValues=["", "NA"]),
    one("unique, twice", "a,b\n1,x\n1,y\n", typed("a", "integer", constraints={"unique": True}), B),
    one("required, missing", "a,b\n-,x\n", typed("a", "integer", constraints={"required": True}), B, missingValues=["-"]),
    one("missing of the schema is a text", "a,b\n1,-\n", A, typed("b", constraints={"required": True}), missingValues=["-"]),
    one("an empty text that is not missing", "a,b\n1,\n", A, typed("b", constraints={"required": True}), missingValues=["-"]),
    one("an empty number that is not missing", "a,b\n,x\n", A, B, missingValues=["-"]),
    one("missing of a field", "a,b\nx,x\n", {**A, "missingValues": ["x"]}, B), one("missing of a field, empty", "a,b\n,x\n", {**A, "missingValues": ["x"]}, B),
    one("missing of another field", "a,b\n1,x\nx,1\n", A, {**B, "missingValues": ["x"]}),
    one("all constraints at once", "a,b\n5,abc\n", typed("a", "integer", constraints={"minimum": 1, "maximum": 9, "enum": [5, 6], "unique": True, "required": True}), typed("b", constraints={"minLength": 2, "maxLength": 3, "pattern": "[a-c]+"})),
    *[one(f"one constraint of many: {a},{b}", f"a,b\n{a},{b}\n", typed("a", "integer", constraints={"minimum": 1, "maximum": 9, "enum": [0, 5, 6]}), typed("b", constraints={"minLength": 2, "maxLength": 3, "pattern": "[a-c]+"})) for a, b in ((0, "abc"), (7, "abc"), (5, "a"), (5, "abca"), (5, "abd"))],
    *[one(f"a limit of a date: {d}", f"a\n{d}\n", typed("a", "date", constraints={"minimum": "2024-01-10", "maximum": "2024-02-01"})) for d in ("2024-01-09", "2024-01-10", "2024-02-01", "2024-02-02")],
    *[one(f"a limit of a year: {y}", f"a\n{y}\n", typed("a", "year", constraints={"minimum": "2000"})) for y in ("1999", "2000")],
    *[one(f"a limit of a time: {t}", f"a\n{t}\n", typed("a", "datetime", constraints={"minimum": "2024-01-10T00:00:00Z"})) for t in ("2024-01-10T00:00:00Z", "2024-01-10T00:00:01Z", "2024-01-09T23:00:00Z")],
    *[one(f"numbers of another language: {v}", f"a;b\n{v};x\n", typed("a", "number", decimalChar=",", groupChar="."), B, resource={"dialect": {"delimiter": ";"}}) for v in ("1.234,5", "1,5", "1.5", "x", "1,2,3")],
    *[one(f"numbers with units: {v}", f"a,b\n{v},x\n", typed("a", "number", bareNumber=False), B) for v in ("10%", "EUR 10", "x")],
    *[one(f"words of booleans: {v}", f"a,b\n{v},x\n", typed("a", "boolean", trueValues=["ja"], falseValues=["nein"], constraints={"enum": [True]}), B) for v in ("ja", "nein", "true")],
    one("delimiter of a bar", "a|b\n1|x,y\n", A, B, resource={"dialect": {"delimiter": "|"}}), one("quotes doubled", 'a,b\n1,"x""y"\n', A, typed("b", constraints={"enum": ['x"y']})),
    one("spaces that count", "a,b\n1, x\n", A, typed("b", constraints={"enum": ["x"]})), one("spaces that are skipped", "a,b\n1, x\n", A, typed("b", constraints={"enum": ["x"]}), resource={"dialect": {"skipInitialSpace": True}}),
    one("comments between", "a,b\n1,x\n%z\n2,y\n", A, B, resource={"dialect": {"commentChar": "%"}}), one("CRLF", "a,b\r\n1,x\r\n", A, B, resource={"dialect": {"lineTerminator": "\r\n"}}),
    one("no header, and a key", "1,x\n1,y\n", A, B, primaryKey="a", resource={"dialect": {"header": False}}),
    one("line ends in quotes", 'a,b\n1,"x\ny"\n2,z\n', A, typed("b", constraints={"maxLength": 3})), one("byte order mark", "\ufeffa,b\n1,x\n", A, B),
    one("no rows", "a,b\n", A, B), one("no rows, and what is required", "a,b\n", typed("a", "integer", constraints={"required": True}), B), one("names with spaces", "a ,b\n1,x\n", A, B),
    one("same name twice in the schema", "a,a\n1,2\n", A, A), one("any", "a\nx\n", typed("a", "any")), one("no type", "a\nx\n", {"name": "a"}),
    one("categories", "a\nz\n", typed("a", "string", categories=["x", "y"])), one("list of integers", 'a\n"1,x"\n', typed("a", "list", itemType="integer")),
]
PACKAGES = [
    package('plain','a,b\n1,x\n',{"schema":{"fields":AB}}),
    package('extra column','a,b,c\n1,x,2\n',{"schema":{"fields":AB}}),
    package('missing column','a\n1\n',{"schema":{"fields":AB}}),
    package('swapped','b,a\nx,1\n',{"schema":{"fields":AB}}),
    package('subset2','a,b,c\n1,x,3\n',{"schema":{"fields":AB,"fieldsMatch":"subset"}}),
    package('superset','a\n1\n',{"schema":{"fields":AB,"fieldsMatch":"superset"}}),
    package('pk','a,b\n1,x\n1,y\n',{"schema":{"fields":AB,"primaryKey":"a"}}),
    package('pk list','a,b\n1,x\n1,y\n',{"schema":{"fields":AB,"primaryKey":["a","b"]}}),
    package('pk null','a,b\n,x\n1,y\n',{"schema":{"fields":AB,"primaryKey":["a"]}}),
    package('pk null compound','a,b\n,x\n,x\n',{"schema":{"fields":AB,"primaryKey":["a","b"]}}),
    package('uk','a,b\n1,x\n1,y\n',{"schema":{"fields":AB,"uniqueKeys":[["a"]]}}),
    package('fk self','id,parent\n1,\n2,1\n3,9\n',{"schema":{"fields":TREE,"foreignKeys":[{"fields":"parent","reference":{"resource":"","fields":"id"}}]}}),
    package('fk self ok','id,parent\n1,\n2,1\n',{"schema":{"fields":TREE,"foreignKeys":[{"fields":"parent","reference":{"resource":"","fields":"id"}}]}}),
    package('fk self list','id,parent\n1,\n2,1\n3,9\n',{"schema":{"fields":TREE,"foreignKeys":[{"fields":["parent"],"reference":{"fields":["id"]}}]}}),
    package('fk other','a,b\n1,x\n2,z\n3,\n',{"schema":{"fields":AB,"foreignKeys":[{"fields":["b"],"reference":{"resource":"o","fields":["k"]}}]}},{"o":"k\nx\ny\n"}),
    package('delim','a;b\n1;x,y\n',{"dialect":{"delimiter":";"},"schema":{"fields":AB}}),
    package('csv delim','a;b\n1;x,y\n',{"dialect":{"csv":{"delimiter":";"}},"schema":{"fields":AB}}),
    package('quote',"a,b\n1,'x,y'\n",{"dialect":{"quoteChar":"'"},"schema":{"fields":AB}}),
    package('escape','a,b\n1,"x\\"y"\n',{"dialect":{"escapeChar":"\\","doubleQuote":False},"schema":{"fields":AB}}),
    package('comment','#c\na,b\n#z\n1,x\n',{"dialect":{"commentChar":"#"},"schema":{"fields":AB}}),
    package('skip','a, b\n1, x\n',{"dialect":{"skipInitialSpace":True},"schema":{"fields":AB}}),
    package('noheader','1,x\n2,y\n',{"dialect":{"header":False},"schema":{"fields":AB}}),
    package('noheader bad','1,x\nq,y\n',{"dialect":{"header":False},"schema":{"fields":AB}}),
    package('headerRows2','title,\na,b\n1,x\n',{"dialect":{"headerRows":[2]},"schema":{"fields":AB}}),
    package('commentRows','title,z\na,b\n1,x\n',{"dialect":{"commentRows":[1]},"schema":{"fields":AB}}),
    package('caseheader','A,B\n1,x\n',{"schema":{"fields":AB}}),
    package('caseheader false','A,B\n1,x\n',{"dialect":{"headerCase":False},"schema":{"fields":AB}}),
    package('latin1','a,b\n1,\xe9\n',{"encoding":"iso-8859-1","schema":{"fields":AB}}),
    package('blank row','a,b\n1,x\n\n2,y\n',{"schema":{"fields":AB}}),
    package('ragged','a,b\n1,x,3\n2\n',{"schema":{"fields":AB}}),
    package('dup label','a,a\n1,x\n',{"schema":{"fields":AB}}),
    package('tsv','a\tb\n1\tx\n',{"dialect":{"delimiter":"\t"},"schema":{"fields":AB}}),
    *EDGES,
    package('missing label obj','a,b\nNA,x\n',{"schema":{"fields":AB,"missingValues":["","NA"]}}),
]


def package_verdict(case, folder):
    for resource in case["package"]["resources"]:
        text = case["csv"] if resource["name"] == "t" else case["others"][resource["name"]]
        with open(os.path.join(folder, resource["path"]), "w", newline="", encoding=resource.get("encoding", "utf-8")) as file:
            file.write(text)
    return Package.from_descriptor(case["package"], basepath=folder).validate().valid


def judged(case, folder):
    """The rows, from 0, that have an error; and whether the field was read at all."""
    path = os.path.join(folder, "v.csv")
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_MINIMAL, lineterminator="\n")
        writer.writerow(["id", "v"])
        for index, cell in enumerate(case["cells"]):
            writer.writerow([index, cell])
    descriptor = {"fields": [{"name": "id", "type": "integer"}, case["field"]]}
    if "missingValues" in case:
        descriptor["missingValues"] = case["missingValues"]
    with system.use_context(trusted=True):
        report = Resource(path=path, schema=Schema.from_descriptor(descriptor)).validate(limit_errors=100000)
    errors = [*report.errors, *(error for task in report.tasks for error in task.errors)]
    if any(getattr(error, "row_number", None) is None for error in errors):
        raise ValueError([error.message for error in errors])
    return sorted({error.row_number - 2 for error in errors})


def main():
    cases = []
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            try:
                cases.append({**case, "invalid": judged(case, folder)})
            except Exception as error:  # a descriptor that it refuses
                print("refused:", json.dumps(case["field"]), str(error)[:160], file=sys.stderr)
        packages = []
        for case in PACKAGES:
            try:
                packages.append({**case, "valid": package_verdict(case, folder)})
            except Exception as error:  # a descriptor that it refuses
                print("refused:", case["name"], str(error)[:160], file=sys.stderr)
    lines = lambda found: ",\n".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in found)
    print(f'{{"frictionless": "{VERSION}", "cases": [\n{lines(cases)}\n], "packages": [\n{lines(packages)}\n]}}')


main()
