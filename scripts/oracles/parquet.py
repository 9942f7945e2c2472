"""Writes test/fixtures/parquet/*.parquet and, beside each, what pyarrow reads from it as cells of ml-loop.

    python -m venv /tmp/oracle && /tmp/oracle/bin/pip install pyarrow==21.0.0
    /tmp/oracle/bin/python scripts/oracles/parquet.py
"""
import base64
import datetime as dt
import decimal
import json
import math
import pathlib
import uuid

import pyarrow as pa
import pyarrow.parquet as pq

OUT = pathlib.Path(__file__).parents[2] / "test" / "fixtures" / "parquet"
D = decimal.Decimal
UTC = dt.timezone.utc


def fraction(text, nanoseconds):
    if nanoseconds == 0:
        return text
    digits = f"{nanoseconds:09d}"
    while digits.endswith("000"):
        digits = digits[:-3]
    return f"{text}.{digits}"


def inner(value):
    """A value inside a list or map, as JSON holds it."""
    if isinstance(value, list):
        if value and all(isinstance(v, tuple) for v in value):
            return {k: inner(v) for k, v in value}
        return [inner(v) for v in value]
    if isinstance(value, dict):
        return {k: inner(v) for k, v in value.items()}
    return cell(value, None)


def cell(value, kind):
    if value is None or isinstance(value, bool):
        return value
    if kind is not None and pa.types.is_timestamp(kind):
        per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[kind.unit]
        seconds, rest = divmod(value, per_second)
        second = dt.datetime(1970, 1, 1) + dt.timedelta(seconds=seconds)
        return fraction(second.isoformat(), rest * (10**9 // per_second)) + ("Z" if kind.tz else "")
    if isinstance(value, int):
        return value if abs(value) <= 2**53 - 1 else str(value)
    if isinstance(value, float):
        if math.isnan(value):
            return None  # As pandas, NumPy and Polars write a missing value.
        return value if math.isfinite(value) else ("Infinity" if value > 0 else "-Infinity")
    if isinstance(value, D):
        return float(value) if len(value.as_tuple().digits) <= 15 else f"{value:f}"
    if isinstance(value, dt.datetime):
        return fraction(value.replace(tzinfo=None).isoformat(timespec="seconds"), value.microsecond * 1000)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dt.time):
        return fraction(value.isoformat(timespec="seconds"), value.microsecond * 1000)
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return base64.b64encode(value).decode()
    if isinstance(value, (list, dict)):
        # Compact, as JavaScript writes it; whole floats without a point.
        return json.dumps(whole(inner(value)), separators=(",", ":"), ensure_ascii=False)
    return value


def whole(value):
    if isinstance(value, list):
        return [whole(v) for v in value]
    if isinstance(value, dict):
        return {k: whole(v) for k, v in value.items()}
    return int(value) if isinstance(value, float) and value.is_integer() else value


def columns(name, column):
    """Members of structs by their path."""
    if pa.types.is_struct(column.type):
        flat = column.combine_chunks()
        for index in range(column.type.num_fields):
            field = column.type.field(index)
            yield from columns(f"{name}.{field.name}", pa.chunked_array([pc_field(flat, index)]))
        return
    kind = column.type
    if pa.types.is_timestamp(kind):
        column = column.cast(pa.int64())
    yield name, [cell(value, kind) for value in column.to_pylist()]


def pc_field(flat, index):
    import pyarrow.compute as pc

    array = flat if isinstance(flat, pa.StructArray) else flat.combine_chunks()
    return pc.struct_field(array, [index])


def write(name, table, **options):
    path = OUT / f"{name}.parquet"
    pq.write_table(table, path, **options)
    back = pq.read_table(path)
    cells = dict(pair for field in back.schema.names for pair in columns(field, back[field]))
    meta = pq.ParquetFile(path).metadata
    groups = [meta.row_group(i).num_rows for i in range(meta.num_row_groups)]
    rows = [list(row) for row in zip(*cells.values())]
    text = json.dumps({"columns": list(cells), "rowGroups": groups, "rows": rows}, ensure_ascii=False)
    (OUT / f"{name}.json").write_text(text + "\n")


def plain(n):
    return pa.table(
        {
            "id": pa.array(range(n), pa.int64()),
            "small": pa.array([None if i % 7 == 0 else i % 100 - 50 for i in range(n)], pa.int8()),
            "amount": [None if i % 11 == 0 else i / 8 for i in range(n)],
            "single": pa.array([i / 3 for i in range(n)], pa.float32()),
            "flag": [None if i % 5 == 0 else i % 2 == 0 for i in range(n)],
            "city": ["Zürich", "Oslo", None, "東京", ""] * (n // 5),
            "note": [f"note {i * i}" for i in range(n)],
        }
    )


def types():
    t = dt.datetime(2024, 2, 29, 12, 30, 15, 123456)
    early = dt.datetime(1969, 12, 31, 23, 59, 59, 500000)
    return pa.table(
        {
            "day": pa.array([dt.date(2024, 2, 29), dt.date(1900, 1, 1), None]),
            "local_ms": pa.array([t.replace(microsecond=123000), early, None], pa.timestamp("ms")),
            "local_us": pa.array([t, early, None], pa.timestamp("us")),
            "local_ns": pa.array([1709209815123456789, -1, None], pa.timestamp("ns")),
            "utc_us": pa.array([t.replace(tzinfo=UTC), early.replace(tzinfo=UTC), None], pa.timestamp("us", "UTC")),
            "whole_second": pa.array([0, 1, None], pa.timestamp("ms", "UTC")),
            "clock": pa.array([dt.time(1, 2, 3), dt.time(23, 59, 59, 999999), None], pa.time64("us")),
            "price": pa.array([D("19.99"), D("-0.01"), None], pa.decimal128(9, 2)),
            "mid": pa.array([D("1234567890.12345"), D("-5.00000"), None], pa.decimal128(18, 5)),
            "long": pa.array([D("12345678901234567890.123456789"), D("0.100000000"), None], pa.decimal128(38, 9)),
            "huge": pa.array([2**63 - 1, -(2**53) + 1, None], pa.int64()),
            "unsigned": pa.array([2**64 - 1, 5, None], pa.uint64()),
            "unsigned32": pa.array([2**32 - 1, 0, None], pa.uint32()),
            "float": pa.array([math.nan, math.inf, None], pa.float64()),
            "half": pa.array([1.5, -0.25, None], pa.float16()),
            "uuid": pa.array([bytes(range(16)), b"\xff" * 16, None], pa.uuid()),
            "json": pa.array(['{"a": [1]}', "null", None], pa.json_()),
            "bytes": pa.array([b"text", b"\xff\x00\xfe", None], pa.binary()),
            "fixed": pa.array([b"abcd", b"\xff\xff\xff\xff", None], pa.binary(4)),
            "category": pa.array(["x", "y", None]).dictionary_encode(),
            "nothing": pa.array([None, None, None], pa.null()),
        }
    )


def nested(n):
    place = pa.struct([("city", pa.string()), ("at", pa.struct([("lat", pa.float64()), ("tags", pa.list_(pa.string()))]))])
    return pa.table(
        {
            "id": pa.array(range(n)),
            "place": pa.array(
                [
                    None
                    if i % 6 == 0
                    else {
                        "city": None if i % 4 == 0 else f"c{i % 3}",
                        "at": None if i % 5 == 0 else {"lat": i / 2, "tags": [f"t{j}" for j in range(i % 3)]},
                    }
                    for i in range(n)
                ],
                place,
            ),
            "scores": pa.array([None if i % 7 == 0 else [None if j == 1 else i * j for j in range(i % 4)] for i in range(n)]),
            "days": pa.array([[dt.date(2024, 1, 1 + i % 28)] for i in range(n)]),
            "matrix": pa.array([[[i, i + 1], []] if i % 2 else [] for i in range(n)]),
            "counts": pa.array([[(f"k{j}", j) for j in range(1 + i % 3)] for i in range(n)], pa.map_(pa.string(), pa.int64())),
            "items": pa.array([[{"a": i, "b": f"b{j}"} for j in range(i % 3)] for i in range(n)]),
        }
    )


OUT.mkdir(parents=True, exist_ok=True)
write("snappy", plain(60), compression="snappy")
write("gzip", plain(60), compression="gzip", row_group_size=25)
write("zstd-groups", plain(60), compression="zstd", row_group_size=16, data_page_size=64, write_batch_size=8)
write("brotli", plain(20), compression="brotli")
write("lz4", plain(20), compression="lz4")
write("no-dictionary", plain(40), compression="none", use_dictionary=False, write_page_checksum=True)
write("pages-v2", plain(60), data_page_version="2.0", data_page_size=64, write_batch_size=8)
write("delta", plain(60).select(["id", "note", "amount"]), use_dictionary=False,
      column_encoding={"id": "DELTA_BINARY_PACKED", "note": "DELTA_BYTE_ARRAY", "amount": "BYTE_STREAM_SPLIT"})
write("types", types())
write("int96", types().select(["day", "local_ns"]), use_deprecated_int96_timestamps=True)
write("nested", nested(40), row_group_size=23)
write("nested-pages", nested(40), data_page_size=16, write_batch_size=4, use_dictionary=False, compression="gzip")
write("empty", plain(5).slice(0, 0))
