"""Evidently's data summary and data drift presets, current data against the reference's rows (it takes no profile).

    python with_evidently.py DATA CONTRACT REFERENCE REFERENCE-ROWS

Its drift measures are its own (Wasserstein and Jensen-Shannon distances above 1,000 rows), so nothing is compared but
its counts and means. Columns of thousands of texts are left out: given as categories, 100,000 rows took it over ten
minutes of CPU.
"""
import pandas as pd
import evidently
from answers import Question, answer
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset, DataSummaryPreset

FEW = 1_000
TYPES = {"integer": "Int64", "number": "float64", "boolean": "str", "string": "str", "date": "str", "datetime": "str"}


def few(question):
    """Columns of texts that are categories."""
    return [name for name in question.of("string") if question.reference[name]["distinct"] < FEW] + question.of("boolean")


def dataset(question, path):
    types = {name: TYPES[type_] for name, type_ in question.types.items()}
    if path.endswith(".parquet"):
        frame = pd.read_parquet(path, columns=list(question.types))
        frame["active"] = frame["active"].map({True: "true", False: "false"})
    else:
        frame = pd.read_csv(path, dtype=types, keep_default_na=False, na_values=[""])
    for name in question.of("integer"):
        frame[name] = frame[name].astype("float64")
    for name in question.of("date", "datetime"):
        frame[name] = pd.to_datetime(frame[name])
    definition = DataDefinition(
        numerical_columns=question.of("integer", "number"),
        categorical_columns=few(question),
        datetime_columns=question.of("date", "datetime"),
    )
    kept = [*question.of("integer", "number", "date", "datetime"), *few(question)]
    return Dataset.from_pandas(frame[kept], data_definition=definition)


def main():
    question = Question()
    compared = [name for name in [*question.of("integer", "number"), *few(question)] if name != question.key]
    report = Report([DataSummaryPreset(), DataDriftPreset(columns=compared)])
    found = report.run(dataset(question, question.data), dataset(question, question.mode)).dict()
    columns, rows = {}, None
    for metric in found["metrics"]:
        name, column, value = metric["metric_name"], metric.get("config", {}).get("column"), metric["value"]
        if name.startswith("MeanValue"):
            columns.setdefault(column, {})["mean"] = value
        elif name.startswith("MissingValueCount"):
            columns.setdefault(column, {})["nulls"] = int(value["count"])
        elif name.startswith("RowCount") and rows is None:
            rows = int(value)
    answer({"Evidently": evidently.__version__}, rows, columns)


main()
