"""The exact answers, which every answer is compared with; not measured."""
import duckdb
from answers import PROBABILITIES, TOP, Question, answer
from with_duckdb import contract, drift, source

# Quantiles that are sketched may lie between those of these neighbouring probabilities.
RANK_ERROR = 0.015


def column_of(connection, name, type_):
    one = lambda sql: connection.execute(f"SELECT {sql} FROM rows").fetchone()
    nulls, distinct = one(f"count(*) - count({name}), count(DISTINCT {name})")
    top = connection.execute(f"SELECT {name}, count(*) AS n FROM rows WHERE {name} IS NOT NULL GROUP BY 1 ORDER BY n DESC LIMIT {TOP}").fetchall()
    column = {"exact": True, "nulls": nulls, "distinct": distinct, "top": top}
    if type_ == "boolean":
        column["mean"] = one(f"favg({name}::INT)")[0]
    if type_ in ("integer", "number"):
        column["min"], column["max"], column["mean"], column["sd"] = one(f"min({name}), max({name}), favg({name}), stddev_samp({name})")
        for key, shift in (("quantiles", 0), ("low", -RANK_ERROR), ("high", RANK_ERROR)):
            at = [min(1, max(0, p + shift)) for p in PROBABILITIES]
            values = one(f"quantile_cont({name}::DOUBLE, {at})")[0]
            column[key] = dict(zip(map(str, PROBABILITIES), values))
    return column


def main():
    question = Question()
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE rows AS SELECT * FROM {source(question)}")
    rows = connection.execute("SELECT count(*) FROM rows").fetchone()[0]
    columns = {name: column_of(connection, name, type_) for name, type_ in question.types.items()}
    cells, categories = drift(connection, question, "rows")
    nulls = {name: column["nulls"] for name, column in columns.items()}
    answer({"DuckDB": duckdb.__version__}, rows, columns, contract(connection, question, "rows"), question.distances(rows, nulls, cells, categories))


if __name__ == "__main__":
    main()
