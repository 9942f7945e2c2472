"""What every peer's program is asked, and the form of its answers.

The contract (JSON Schema) gives the columns' types and the rules; the reference (a profile that validate-data wrote)
gives the cells in which the rows are counted for drift. A program counts; the distances are made of its counts here,
by the formulas that ml-loop documents, so that equal counts give equal distances.

    python with_<peer>.py DATA CONTRACT REFERENCE [MODE]
"""
import json
import math
import sys

PROBABILITIES = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99]
TOP = 10


class Question:
    def __init__(self):
        self.data, contract, reference = sys.argv[1:4]
        self.mode = sys.argv[4] if len(sys.argv) > 4 else None
        self.contract = json.load(open(contract))
        self.reference = {c["name"]: c for c in json.load(open(reference))["columns"]}
        self.reference_rows = json.load(open(reference))["rows"]
        self.types = {name: _type(schema) for name, schema in self.contract["properties"].items()}
        self.key = self.contract["x-ml-loop"]["key"][0]
        self.rules = [rule for name, schema in self.contract["properties"].items() for rule in _rules(name, schema)]

    def of(self, *types):
        """The columns of these types."""
        return [name for name, type_ in self.types.items() if type_ in types]

    @property
    def ordered(self):
        """Cut points of each column that is compared by cells: at or below the first, ..., above the last."""
        return {name: _cuts(self.reference[name]["cells"]) for name in self.of("integer", "number", "boolean") if name != self.key}

    @property
    def categories(self):
        """Listed values of each column that is compared by categories; others are one cell."""
        return {name: self.reference[name]["cells"]["categories"] for name in self.of("string")}

    def distances(self, rows, nulls, cells, categories):
        """`cells`: counts by column, one more than its cuts; `categories`: {value: count} by column."""
        result = {}
        for name, counts in cells.items():
            reference = self.reference[name]
            result[name] = _kolmogorov(reference["cells"]["counts"], reference["nulls"], counts, nulls[name])
        for name, counts in categories.items():
            result[name] = _total_variation(self.reference[name], counts, nulls[name], rows)
        return result


def _type(schema):
    types = schema.get("type", "string")
    type_ = next(t for t in ([types] if isinstance(types, str) else types) if t != "null")
    return {"date": "date", "date-time": "datetime"}.get(schema.get("format"), type_)


def _rules(name, schema):
    """(column, check, argument); the types themselves are kept by reading the data with declared types."""
    types = schema.get("type", ["null"])
    if "null" not in types:
        yield name, "column.nulls", None
    if "minimum" in schema or "maximum" in schema:
        yield name, "column.range", (schema.get("minimum"), schema.get("maximum"))
    if "enum" in schema:
        yield name, "column.enum", [value for value in schema["enum"] if value is not None]
    if "pattern" in schema:
        yield name, "column.pattern", schema["pattern"]
    if "maxLength" in schema:
        yield name, "column.length", schema["maxLength"]


def _cuts(cells):
    if cells["kind"] == "cuts":
        return [float(cut) for cut in cells["cuts"]]
    return [cut for value in cells["values"] for cut in (math.nextafter(value, -math.inf), float(value))]


def _kolmogorov(reference, reference_nulls, current, current_nulls):
    m, n = sum(reference) + reference_nulls, sum(current) + current_nulls
    nulls = current_nulls / n - reference_nulls / m
    distance, values = abs(nulls), 0.0
    for before, now in zip(reference, current, strict=True):
        values += now / n - before / m
        distance = max(distance, abs(values), abs(values + nulls))
    return min(1.0, distance)


def _total_variation(column, counts, nulls, rows):
    """Corrected for noise, on the values with at least 1 % of the pooled rows (30 at most), the rest, and nulls."""
    cells = column["cells"]
    before = dict(zip(cells["categories"], cells["counts"]))
    # Only a reference that lists all its values tells that it has none of another.
    now = {value: n for value, n in counts.items() if cells["complete"] or value in before}
    m = sum(cells["counts"]) + cells["other"] + column["nulls"]
    other = [cells["other"], rows - nulls - sum(now.values())]
    pairs = sorted(((before.get(v, 0), now.get(v, 0)) for v in {**before, **now}), key=lambda pair: -sum(pair))
    kept = [pair for i, pair in enumerate(pairs) if i < 30 and sum(pair) >= 0.01 * (m + rows)]
    for pair in pairs[len(kept):]:
        other = [other[0] + pair[0], other[1] + pair[1]]
    total = 0.0
    for a, b in [*kept, other, (column["nulls"], nulls)]:
        pooled = (a + b) / (m + rows)
        variance = pooled * (1 - pooled) * (1 / rows + 1 / m)
        total += math.sqrt(max(0.0, (b / rows - a / m) ** 2 - variance)) / 2
    return total


def answer(versions, rows=None, columns=None, violations=None, distances=None):
    """Writes the answers; what a peer does not tell is left out."""
    given = {"versions": versions, "rows": rows, "columns": columns, "violations": violations, "distances": distances}
    json.dump({key: value for key, value in given.items() if value is not None}, sys.stdout, default=str)
