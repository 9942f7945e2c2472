"""Contract, profile and drift by pandas and NumPy, the file read once into memory."""
import numpy as np
import pandas as pd
from answers import PROBABILITIES, TOP, Question, answer

TYPES = {"integer": "Int64", "number": "float64", "boolean": "boolean", "string": "str", "date": "str", "datetime": "str"}


def read(question):
    types = {name: TYPES[type_] for name, type_ in question.types.items()}
    if question.data.endswith(".parquet"):
        frame = pd.read_parquet(question.data).astype({name: type_ for name, type_ in types.items() if type_ != "str"})
    elif question.data.endswith(".jsonl"):
        frame = pd.read_json(question.data, lines=True, dtype=False, convert_dates=False, precise_float=True).astype(types)
    else:
        frame = pd.read_csv(question.data, dtype=types, keep_default_na=False, na_values=[""])
    for name in question.of("date", "datetime"):
        frame[name] = pd.to_datetime(frame[name])
    return frame


def violations_of(frame, question):
    found = {}
    for column, check, argument in question.rules:
        values = frame[column]
        if check == "column.nulls":
            bad = values.isna()
        elif check == "column.range":
            low, high = argument
            bad = (values < low) if high is None else (values > high) if low is None else (values < low) | (values > high)
        elif check == "column.enum":
            bad = ~values.isin(argument) & values.notna()
        elif check == "column.pattern":
            bad = ~values.str.contains(argument, regex=True, na=True)
        else:
            bad = values.str.len() > argument
        found[f"{check} {column}"] = int(bad.sum())
    found["table.key"] = len(frame) - frame[question.key].nunique()
    return found


def measures_of(values, type_):
    counts = values.value_counts()
    column = {"exact": True, "nulls": int(values.isna().sum()), "distinct": len(counts), "top": [[value, int(n)] for value, n in counts.head(TOP).items()]}
    if type_ == "string":
        lengths = values.str.len()
        return {**column, "lengths": [lengths.min(), lengths.max(), lengths.mean()]}
    if type_ == "boolean":
        return {**column, "mean": float(values.mean())}
    quantiles = values.quantile(PROBABILITIES)
    column |= {"min": values.min(), "max": values.max(), "quantiles": dict(zip(map(str, PROBABILITIES), quantiles))}
    return {**column, "mean": float(values.mean()), "sd": float(values.std())} if type_ in ("integer", "number") else column


def main():
    question = Question()
    frame = read(question)
    violations = violations_of(frame, question)
    columns = {name: measures_of(frame[name], type_) for name, type_ in question.types.items()}
    cells = {}
    for name, cuts in question.ordered.items():
        values = frame[name].dropna().to_numpy(dtype=np.float64)
        cells[name] = np.bincount(np.searchsorted(cuts, values), minlength=len(cuts) + 1).tolist()
    categories = {name: frame[name].value_counts().to_dict() if values else {} for name, values in question.categories.items()}
    nulls = {name: column["nulls"] for name, column in columns.items()}
    answer({"pandas": pd.__version__}, len(frame), columns, violations, question.distances(len(frame), nulls, cells, categories))


main()
