"""Contract, profile and drift by Polars: lazy, collected together by the streaming engine, so that the file is read once."""
import polars as pl
from answers import PROBABILITIES, TOP, Question, answer

TYPES = {"integer": pl.Int64, "number": pl.Float64, "boolean": pl.Boolean, "string": pl.String, "date": pl.Date, "datetime": pl.String}


def scan(question):
    if question.data.endswith(".parquet"):
        return pl.scan_parquet(question.data)
    types = {name: TYPES[type_] for name, type_ in question.types.items()}
    if question.data.endswith(".jsonl"):
        frame = pl.scan_ndjson(question.data, schema=types | {name: pl.String for name in question.of("date")})
        frame = frame.with_columns(pl.col(name).str.to_date("%Y-%m-%d") for name in question.of("date"))
        return frame.with_columns(pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%SZ") for name in question.of("datetime"))
    frame = pl.scan_csv(question.data, schema_overrides=types)
    return frame.with_columns(pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%SZ") for name in question.of("datetime"))


def violation(column, check, argument):
    value = pl.col(column)
    if check == "column.nulls":
        return value.is_null()
    if check == "column.range":
        low, high = argument
        return ~value.is_between(low, high) if None not in argument else value < low if high is None else value > high
    if check == "column.enum":
        return ~value.is_in(argument)
    if check == "column.pattern":
        return ~value.str.contains(argument)
    return value.str.len_chars() > argument


def contract(frame, question):
    counts = [violation(*rule).sum().alias(f"{rule[1]} {rule[0]}") for rule in question.rules]
    repeats = pl.len() - pl.col(question.key).drop_nulls().n_unique()
    return frame.select(*counts, repeats.alias("table.key"))


def neighbours(column):
    """The order statistics below and above each quantile, of one sort."""
    values = pl.col(column).drop_nulls()
    last = pl.col(column).count().cast(pl.Int64) - 1
    below = (pl.lit(pl.Series(PROBABILITIES * 2)) * last).floor().cast(pl.Int64)
    step = pl.lit(pl.Series([0] * len(PROBABILITIES) + [1] * len(PROBABILITIES)))
    return values.sort().gather(pl.min_horizontal(below + step, last)).implode()


def quantiles(values, count):
    """Linear interpolation between the neighbours."""
    size = len(PROBABILITIES)
    weights = [(count - 1) * p % 1 for p in PROBABILITIES]
    return {str(p): low + (high - low) * w for p, low, high, w in zip(PROBABILITIES, values, values[size:], weights)}


def measures_of(name, type_):
    column = pl.col(name)
    yield "nulls", column.null_count()
    yield "distinct", column.drop_nulls().approx_n_unique()
    yield "top", column.drop_nulls().value_counts(sort=True).head(TOP).implode()
    if type_ == "string":
        length = column.str.len_chars()
        yield "lengths", pl.concat_list(length.min().cast(pl.Float64), length.max().cast(pl.Float64), length.mean())
        return
    if type_ != "boolean":
        yield "min", column.min()
        yield "max", column.max()
    if type_ in ("integer", "number", "boolean"):
        yield "mean", column.mean()
    if type_ in ("integer", "number"):
        yield "sd", column.std()
        yield "quantiles", neighbours(name)
    if type_ in ("date", "datetime"):
        yield "quantiles", neighbours(name)


def profile(frame, question):
    asked = [expression.alias(f"{name} {key}") for name, type_ in question.types.items() for key, expression in measures_of(name, type_)]
    return frame.select(pl.len().alias("rows"), *asked)


def columns_of(question, found):
    columns = {name: {"exact": False} for name in question.types}
    for name, type_ in question.types.items():
        for key, _ in measures_of(name, type_):
            value = found[f"{name} {key}"]
            if key == "top":
                value = [list(item.values()) for item in value]
            columns[name][key] = quantiles(value, found["rows"] - columns[name]["nulls"]) if key == "quantiles" else value
    return columns


def drift(frame, question):
    cells = [
        pl.lit(pl.Series(cuts)).search_sorted(pl.col(name).drop_nulls().cast(pl.Float64)).value_counts().implode().alias(name)
        for name, cuts in question.ordered.items()
    ]
    listed = [pl.col(name).drop_nulls().value_counts().implode() for name, values in question.categories.items() if values]
    return frame.select(*cells, *listed)


def main():
    question = Question()
    frame = scan(question)
    violations, found, counted = pl.collect_all(
        [contract(frame, question), profile(frame, question), drift(frame, question)], engine="streaming"
    )
    found, counted = found.row(0, named=True), counted.row(0, named=True)
    counted = {name: {value: n for value, n in map(dict.values, counts)} for name, counts in counted.items()}
    cells = {name: [counted[name].get(cell, 0) for cell in range(len(cuts) + 1)] for name, cuts in question.ordered.items()}
    categories = {name: counted.get(name, {}) for name in question.categories}
    columns = columns_of(question, found)
    distances = question.distances(found["rows"], {name: column["nulls"] for name, column in columns.items()}, cells, categories)
    answer({"Polars": pl.__version__}, found["rows"], columns, violations.row(0, named=True), distances)


main()
