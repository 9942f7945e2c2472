"""Predicts a file of deliveries: python predict.py model test.csv predictions.csv"""

import csv
import os
import sys

import joblib

from features import features, read


def load(folder):
    return joblib.load(os.path.join(folder, "model.joblib"))


def predict(model, rows):
    """Minutes of each delivery, to two decimals, so that the server answers what was judged."""
    return [round(float(minutes), 2) for minutes in model.predict([features(row) for row in rows])]


def main(folder, data, out):
    rows = read(data)
    with open(out, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["delivery_id", "prediction"])
        writer.writerows(zip((row["delivery_id"] for row in rows), predict(load(folder), rows)))


if __name__ == "__main__":
    main(*sys.argv[1:])
