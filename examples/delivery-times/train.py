"""Trains a model of delivery times, of data/deliveries.csv: python train.py

It goes into the folder model/. The newest two weeks are not learned from: they are written to test.csv, and judge it.
"""

import csv
import json
import os
from datetime import datetime, timedelta

import joblib
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.feature_extraction import DictVectorizer
from sklearn.pipeline import make_pipeline

from features import features, read

TEST = timedelta(weeks=2)
WINDOW = timedelta(weeks=6)


def time_of(row):
    return datetime.fromisoformat(row["placed_at"].replace("Z", "+00:00"))


def split(rows):
    """The rows to learn from, and those of the newest two weeks."""
    last = max(time_of(row) for row in rows)
    cut = last - TEST
    train = [row for row in rows if last - WINDOW < time_of(row) <= cut]
    return train, [row for row in rows if time_of(row) > cut]


def fit(rows):
    model = make_pipeline(DictVectorizer(sparse=False), GradientBoostingRegressor(random_state=0))
    return model.fit([features(row) for row in rows], [float(row["minutes"]) for row in rows])


def main():
    train, test = split(read("data/deliveries.csv"))
    os.makedirs("model", exist_ok=True)
    joblib.dump(fit(train), "model/model.joblib")
    until = max(row["placed_at"] for row in train)
    with open("model/training.json", "w") as file:
        json.dump({"trained-until": until, "rows": len(train)}, file)
    with open("test.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, test[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(test)
    print(f"trained on {len(train)} deliveries until {until}")


if __name__ == "__main__":
    main()
