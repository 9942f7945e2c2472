"""What the model reads of a delivery, and nothing else."""

import csv

NUMBERS = ["distance_km", "items", "hour", "weekday", "rain_mm"]


def read(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def features(row):
    return {**{name: float(row[name]) for name in NUMBERS}, "vehicle": row["vehicle"]}
