"""Makes the deliveries: python data/make.py --from 0 --weeks 12 > data/deliveries.csv

The data are made up, and the same for everyone: there is no such courier. From week BRIDGE on a bridge is closed, so
that orders from across the river take longer, as a model that was trained before cannot know.
"""

import argparse
import csv
import random
import sys
from datetime import datetime, timedelta

FIRST = datetime(2026, 1, 5)
BRIDGE = 14
WEEKLY = 240
COLUMNS = ["delivery_id", "placed_at", "distance_km", "items", "hour", "weekday", "rain_mm", "vehicle", "minutes"]
RUSH = {11: 3, 12: 6, 13: 4, 17: 3, 18: 7, 19: 6, 20: 3}
SPEED = {"bike": 3.4, "scooter": 2.6, "car": 3.0}


def week(number):
    """The deliveries of a week from 0, in the order of time."""
    chance = random.Random(f"week {number}")
    start = FIRST + timedelta(weeks=number)
    times = sorted(chance.randrange(7 * 13 * 60) for _ in range(WEEKLY))
    return [delivery(chance, f"d{number:02}{index:03}", start, minute) for index, minute in enumerate(times)]


def delivery(chance, name, start, minute):
    # The kitchens are open for 13 hours, from ten on.
    day, minute = divmod(minute, 13 * 60)
    placed = start + timedelta(days=day, hours=10, minutes=minute)
    distance = round(chance.triangular(0.4, 8, 2.2), 2)
    items = 1 + int(chance.expovariate(0.5))
    rain = round(chance.choice([0, 0, 0, 0, chance.uniform(0.1, 6)]), 1)
    vehicle = chance.choice(["bike", "bike", "scooter", "car"])
    minutes = 9 + SPEED[vehicle] * distance + 0.9 * min(items, 8) + RUSH.get(placed.hour, 0)
    minutes += (1.1 if vehicle == "bike" else 0.3) * rain
    if placed >= FIRST + timedelta(weeks=BRIDGE) and distance > 2.5:
        minutes += 9
    minutes = max(5, round(minutes + chance.gauss(0, 2.5), 1))
    time = placed.strftime("%Y-%m-%dT%H:%M:%SZ")
    return dict(zip(COLUMNS, [name, time, distance, items, placed.hour, placed.weekday(), rain, vehicle, minutes]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--weeks", type=int, required=True)
    given = parser.parse_args()
    writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for number in range(given.first, given.first + given.weeks):
        writer.writerows(week(number))


if __name__ == "__main__":
    main()
