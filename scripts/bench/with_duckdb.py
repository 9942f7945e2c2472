"""Contract, profile and drift by DuckDB: three queries over the file (`file`), or over a table loaded once (`table`)."""
import duckdb
from answers import PROBABILITIES, TOP, Question, answer

SQL_TYPES = {"integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN", "string": "VARCHAR", "date": "DATE", "datetime": "TIMESTAMP"}


def source(question):
    """The file as a table function; its columns are found by name, and a value of another type ends the run."""
    path = question.data.replace("'", "''")
    types = ", ".join(f"'{name}': '{SQL_TYPES[type_]}'" for name, type_ in question.types.items())
    if path.endswith(".parquet"):
        return f"read_parquet('{path}')"
    if ".jsonl" in path:
        return f"read_json('{path}', format = 'newline_delimited', columns = {{{types}}})"
    return f"read_csv('{path}', header = true, types = {{{types}}})"


def violation(column, check, argument):
    """The condition that a value breaks; a null breaks only `column.nulls`."""
    if check == "column.nulls":
        return f"{column} IS NULL"
    if check == "column.range":
        low, high = argument
        parts = [f"{column} < {low}"] * (low is not None) + [f"{column} > {high}"] * (high is not None)
        return " OR ".join(parts)
    if check == "column.enum":
        return f"{column} NOT IN ({', '.join(repr(value) for value in argument)})"
    if check == "column.pattern":
        return f"NOT regexp_matches({column}, '{argument}')"
    return f"length({column}) > {argument}"


def contract(connection, question, table):
    counts = [f"count(*) FILTER ({violation(*rule)})" for rule in question.rules]
    values = connection.execute(f"SELECT {', '.join(counts)}, count(*) - count(DISTINCT {question.key}) FROM {table}").fetchone()
    found = {f"{check} {column}": n for (column, check, _), n in zip(question.rules, values)}
    return {**found, "table.key": values[-1]}


def measures_of(column, type_):
    measures = {"count": f"count({column})", "distinct": f"approx_count_distinct({column})", "top": f"approx_top_k({column}, {TOP})"}
    if type_ == "string":
        return {**measures, "lengths": f"[min(length({column})), max(length({column})), avg(length({column}))]"}
    if type_ == "boolean":
        return {**measures, "mean": f"avg({column}::INT)"}
    ordered = {"min": f"min({column})", "max": f"max({column})", "quantiles": f"approx_quantile({column}, {PROBABILITIES})"}
    moments = {"mean": f"avg({column})", "sd": f"stddev_samp({column})"} if type_ in ("integer", "number") else {}
    return {**measures, **ordered, **moments}


def profile(connection, question, table):
    asked = [(name, key, sql) for name, type_ in question.types.items() for key, sql in measures_of(name, type_).items()]
    values = connection.execute(f"SELECT count(*), {', '.join(sql for _, _, sql in asked)} FROM {table}").fetchone()
    columns = {name: {"exact": False} for name in question.types}
    for (name, key, _), value in zip(asked, values[1:]):
        columns[name][key] = [[item, None] for item in value] if key == "top" else value
    for column in columns.values():
        column["nulls"] = values[0] - column.pop("count")
        if "quantiles" in column:
            column["quantiles"] = dict(zip(map(str, PROBABILITIES), column["quantiles"]))
    return values[0], columns


def drift(connection, question, table):
    ordered, listed = question.ordered, [name for name, values in question.categories.items() if values]
    number = {name: f"{name}::INT::DOUBLE" if question.types[name] == "boolean" else f"{name}::DOUBLE" for name in ordered}
    asked = [f"histogram({number[name]}, {cuts}::DOUBLE[])" for name, cuts in ordered.items()] + [f"histogram({name})" for name in listed]
    values = connection.execute(f"SELECT {', '.join(asked)} FROM {table}").fetchone()
    cells = {}
    for (name, cuts), counts in zip(ordered.items(), values):
        cells[name] = [counts.get(cut, 0) for cut in cuts] + [counts.get(float("inf"), 0)]
    return cells, {**{name: {} for name in question.categories}, **dict(zip(listed, values[len(ordered):]))}


def main():
    question = Question()
    connection = duckdb.connect()
    table = source(question)
    if question.mode == "table":
        connection.execute(f"CREATE TABLE rows AS SELECT * FROM {table}")
        table = "rows"
    violations = contract(connection, question, table)
    rows, columns = profile(connection, question, table)
    cells, categories = drift(connection, question, table)
    nulls = {name: column["nulls"] for name, column in columns.items()}
    answer({"DuckDB": duckdb.__version__}, rows, columns, violations, question.distances(rows, nulls, cells, categories))


if __name__ == "__main__":
    main()
