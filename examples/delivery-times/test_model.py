"""python -m unittest"""

import unittest

from predict import predict
from train import fit, split
from features import read

ROWS = read("data/deliveries.csv")


class Model(unittest.TestCase):
    def test_learns_from_older_deliveries_than_it_is_judged_on(self):
        train, test = split(ROWS)
        self.assertLess(max(row["placed_at"] for row in train), min(row["placed_at"] for row in test))

    def test_takes_longer_to_go_further(self):
        row = dict(ROWS[0], distance_km="1")
        near, far = predict(fit(ROWS[:500]), [row, dict(row, distance_km="6")])
        self.assertLess(near, far)


if __name__ == "__main__":
    unittest.main()
