"""Writes test/fixtures/fairness-oracle.json: rates by group, differences and ratios by Fairlearn.

    python -m venv /tmp/oracle && /tmp/oracle/bin/pip install scikit-learn==1.7.2 fairlearn==0.13.0
    /tmp/oracle/bin/python scripts/oracles/fairness.py

null stands for what ml-loop calls undefined: a rate without rows to be a rate of, where Fairlearn answers 0 with a warning
(scikit-learn's zero_division), and every difference or ratio of such a rate. Intersections that no row has are no groups.
A ratio of rates that are all zero is 0/0; ml-loop calls equal rates no disparity, 1, and the case is marked `all_zero`.
"""
import json
import pathlib
import warnings

import fairlearn
import fairlearn.metrics as fm
import numpy as np
import pandas as pd
import sklearn
import sklearn.metrics as m

warnings.simplefilter("ignore")
rng = np.random.default_rng(20260301)
OUT = pathlib.Path(__file__).parents[2] / "test" / "fixtures" / "fairness-oracle.json"
RATES = {
    "selection_rate": fm.selection_rate,
    "true_positive_rate": fm.true_positive_rate,
    "false_positive_rate": fm.false_positive_rate,
    "false_negative_rate": fm.false_negative_rate,
    "precision": m.precision_score,
    "accuracy": m.accuracy_score,
}
COMPOSED = {
    "demographic_parity": (fm.demographic_parity_difference, fm.demographic_parity_ratio, ["selection_rate"]),
    "equalized_odds": (
        fm.equalized_odds_difference,
        fm.equalized_odds_ratio,
        ["true_positive_rate", "false_positive_rate"],
    ),
    "equal_opportunity": (fm.equal_opportunity_difference, fm.equal_opportunity_ratio, ["true_positive_rate"]),
}


def rows_of(rate, truth, predicted):
    """The rows that a rate is a rate of."""
    if rate in ("true_positive_rate", "false_negative_rate"):
        return int((truth == 1).sum())
    if rate == "false_positive_rate":
        return int((truth == 0).sum())
    return int((predicted == 1).sum()) if rate == "precision" else len(truth)


def case(name, truth, predicted, *columns):
    truth, predicted = np.array(truth), np.array(predicted)
    features = pd.DataFrame({f"c{i}": column for i, column in enumerate(columns)})
    frame = fm.MetricFrame(metrics=RATES, y_true=truth, y_pred=predicted, sensitive_features=features)
    keys = features.agg(" × ".join, axis=1)
    by_group = {}
    for key, index in keys.groupby(keys).groups.items():
        at = tuple(features.loc[index[0]])
        row = frame.by_group.loc[at if len(at) > 1 else at[0]]
        inside = truth[index], predicted[index]
        by_group[key] = {rate: (float(row[rate]) if rows_of(rate, *inside) > 0 else None) for rate in RATES}
    kw = {"sensitive_features": features}
    disparities = {}
    all_zero = []

    def note(disparity, rates, difference, ratio):
        known = all(of[rate] is not None for of in by_group.values() for rate in rates)
        zero = [rate for rate in rates if all(of[rate] == 0 for of in by_group.values())]
        disparities[f"{disparity}_difference"] = float(difference(truth, predicted, **kw)) if known else None
        if zero and known:
            all_zero.append(f"{disparity}_ratio")
        disparities[f"{disparity}_ratio"] = float(ratio(truth, predicted, **kw)) if known and not zero else None

    for disparity, (difference, ratio, rates) in COMPOSED.items():
        note(disparity, rates, difference, ratio)
    for rate, metric in RATES.items():
        difference = fm.make_derived_metric(metric=metric, transform="difference")
        ratio = fm.make_derived_metric(metric=metric, transform="ratio")
        note(rate, [rate], difference, ratio)
    return {
        "name": name,
        "truth": "".join(map(str, truth)),
        "predicted": "".join(map(str, predicted)),
        "columns": [list(map(str, column)) for column in columns],
        "by_group": by_group,
        "disparities": disparities,
        "all_zero": all_zero,
    }


def drawn(n, groups, share=0.4, noise=0.25):
    truth = (rng.random(n) < share).astype(int)
    predicted = np.where(rng.random(n) < noise, 1 - truth, truth)
    return truth, predicted, rng.choice(groups, n)


cases = []
for n, names in [(40, ["a", "b"]), (200, ["a", "b", "c"]), (1500, ["n", "e", "s", "w", "m", "o"])]:
    cases.append(case(f"{n} rows, {len(names)} groups", *drawn(n, names)))
truth, predicted, sex = drawn(600, ["f", "m"])
cases.append(case("intersections", truth, predicted, sex, rng.choice(["north", "south", "west"], 600)))
region = rng.choice(["north", "south"], 600)
region[sex == "f"] = "north"
cases.append(case("an intersection that no row has", truth, predicted, sex, region))
cases.append(case("ties: groups that are alike", [1, 1, 0, 0] * 6, [1, 0, 1, 0] * 6, ["a", "a", "a", "a", "b", "b", "b", "b"] * 3))
truth, predicted, group = drawn(60, ["a", "b"])
truth[group == "b"] = 0
cases.append(case("a group without positives", truth, predicted, group))
truth, predicted, group = drawn(60, ["a", "b"])
truth[group == "a"] = 1
cases.append(case("a group without negatives", truth, predicted, group))
truth, predicted, group = drawn(60, ["a", "b"])
predicted[group == "b"] = 0
cases.append(case("a group in which nobody is selected", truth, predicted, group))
cases.append(case("nobody is selected", truth, np.zeros(60, dtype=int), group))
cases.append(case("everybody is selected", truth, np.ones(60, dtype=int), group))
cases.append(case("no errors", truth, truth, group))
truth, predicted, group = drawn(31, ["a", "b"])
group[0] = "one"
cases.append(case("a group of one row", truth, predicted, group))
cases.append(case("groups of one row each", [1, 0, 1, 0], [1, 1, 0, 0], ["a", "b", "c", "d"]))
cases.append(case("one group", *drawn(50, ["a"])))

versions = {"scikit-learn": sklearn.__version__, "fairlearn": fairlearn.__version__, "numpy": np.__version__, "pandas": pd.__version__}
OUT.write_text(json.dumps({"libraries": versions, "cases": cases}, ensure_ascii=False, allow_nan=False) + "\n")
print(f"{len(cases)} cases to {OUT}")
