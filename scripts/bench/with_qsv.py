"""qsv's part of the questions: the rows' rules (`validate`), statistics (`stats`) and most frequent values (`frequency`).

It has no drift and no key, takes dates for texts, and reads no Parquet in this build. ML_LOOP_QSV is its program.
"""
import csv
import os
import subprocess
import sys
import tempfile

from answers import PROBABILITIES, TOP, Question, answer

QSV = os.environ["ML_LOOP_QSV"]
MESSAGES = {
    "is not of type": "column.nulls",
    "than the m": "column.range",
    "is not one of": "column.enum",
    "does not match": "column.pattern",
    "longer than": "column.length",
}


def run(*arguments, exits=(0,)):
    done = subprocess.run([QSV, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode not in exits:
        raise SystemExit(f"{arguments[0]}: {done.stderr}")


def violations_of(question, data):
    run("validate", data, os.path.abspath(sys.argv[2]), exits=(0, 1))
    found = {f"{check} {column}": 0 for column, check, _ in question.rules}
    errors = f"{data}.validation-errors.tsv"
    if os.path.exists(errors):
        for line in csv.DictReader(open(errors), delimiter="\t", quoting=csv.QUOTE_NONE):
            check = next((check for part, check in MESSAGES.items() if part in line["error"]), line["error"])
            found[f"{check} {line['field']}"] += 1
    return found


def columns_of(question, folder, data):
    percentiles = ",".join(str(round(p * 100)) for p in PROBABILITIES)
    run("stats", "--cardinality", "--percentiles", "--infer-boolean", "--round", "9", "--percentile-list", percentiles, "--output", f"{folder}/stats.csv", data)
    run("frequency", "--limit", str(TOP), "--output", f"{folder}/frequency.csv", data)
    columns = {}
    for line in csv.DictReader(open(f"{folder}/stats.csv")):
        nulls = int(line["nullcount"])
        # Nulls are one of its values; of a sorted column, each of them is (4.0.0).
        column = {"exact": False, "nulls": nulls, "distinct": int(line["cardinality"]) - (nulls > 0), "top": []}
        if question.types[line["field"]] in ("integer", "number"):
            column |= {key: float(line[key]) for key in ("min", "max", "mean")}
            column["quantiles"] = dict(zip(map(str, PROBABILITIES), map(float, line["percentiles"].split("|"))))
        columns[line["field"]] = column
    for line in csv.DictReader(open(f"{folder}/frequency.csv")):
        if line["value"] not in ("(NULL)", "<ALL_UNIQUE>") and not line["value"].startswith("Other ("):
            columns[line["field"]]["top"].append([line["value"], int(line["count"])])
    return columns


def main():
    question = Question()
    version = subprocess.run([QSV, "--version"], capture_output=True, text=True).stdout.split()[1].split("-")[0]
    # It writes beside the data, and reads what it wrote there before.
    with tempfile.TemporaryDirectory(dir=os.path.dirname(os.path.abspath(question.data))) as folder:
        data = f"{folder}/data.csv"
        os.link(question.data, data)
        columns = columns_of(question, folder, data)
        violations = violations_of(question, data)
    answer({"qsv": version}, None, columns, violations)


main()
