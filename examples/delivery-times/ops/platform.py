"""What the workflows ask of the platform that serves: python ops/platform.py stage | weights | logs

The platform is the team's own: it runs serve.py for each version behind a proxy. Its address is in ops/platform.json.

  stage     gives it a version, which it starts without traffic, and asks that for a delivery time: the smoke test of
            deploy-canary, which says the version in ML_LOOP_VERSION and its files in ML_LOOP_MODEL_DIR
  weights   sets the shares of the traffic; deploy-canary says them in ML_LOOP_STABLE_WEIGHT and so on
  logs      copies the prediction log and the labels that have come into logs/
"""

import json
import os
import sys
from pathlib import Path
from urllib.request import Request, urlopen

ADDRESS = json.loads((Path(__file__).parent / "platform.json").read_text())["address"]
ORDINARY = {"delivery_id": "check", "placed_at": "2026-01-05T19:00:00Z", "distance_km": 2, "items": 2, "hour": 19}
ORDINARY |= {"weekday": 0, "rain_mm": 0, "vehicle": "bike"}


def ask(method, path, body=None):
    with urlopen(Request(ADDRESS + path, data=body, method=method), timeout=300) as answer:
        return answer.read()


def stage():
    version, folder = os.environ["ML_LOOP_VERSION"], Path(os.environ["ML_LOOP_MODEL_DIR"])
    ask("PUT", f"/versions/{version}", next(folder.rglob("model.joblib")).read_bytes())
    answer = json.loads(ask("POST", f"/versions/{version}/replay", json.dumps(ORDINARY).encode()))
    if not 10 <= answer.get("prediction", 0) <= 60:
        sys.exit(f"an ordinary delivery is answered with {answer}")
    print(f"version {version} says {answer['prediction']} minutes for an ordinary delivery")


def weights():
    sides = {}
    for side in ["stable", "canary"]:
        version = os.environ.get(f"ML_LOOP_{side.upper()}_VERSION")
        weight = float(os.environ.get(f"ML_LOOP_{side.upper()}_WEIGHT") or 0)
        sides[side] = {"version": version, "weight": weight} if version else None
    ask("PUT", "/weights", json.dumps(sides).encode())


def logs():
    Path("logs").mkdir(exist_ok=True)
    for name in ["predictions.jsonl", "labels.csv"]:
        (Path("logs") / name).write_bytes(ask("GET", f"/{name}"))


if __name__ == "__main__":
    {"stage": stage, "weights": weights, "logs": logs}[sys.argv[1]]()
