"""Other forms of the rows of a CSV file: `files.py DATA CONTRACT REFERENCE PATH`, by the ending of PATH.

Parquet: zstd, row groups of DuckDB's default size (122,880 rows). JSON Lines: times as in the CSV.
"""
import duckdb
from answers import Question
from with_duckdb import source

question = Question()
path = question.mode.replace("'", "''")
form = "FORMAT parquet, COMPRESSION zstd" if path.endswith(".parquet") else "FORMAT json"
# Both say UTC: a Parquet timestamp with time zone, a text with Z.
seen = "seen AT TIME ZONE 'UTC'" if path.endswith(".parquet") else "strftime(seen, '%Y-%m-%dT%H:%M:%SZ')"
duckdb.execute("SET TimeZone = 'UTC'")
duckdb.execute(f"COPY (SELECT * REPLACE ({seen} AS seen) FROM {source(question)}) TO '{path}' ({form})")
