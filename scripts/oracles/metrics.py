"""Writes test/fixtures/metrics-oracle.json: metrics and group differences by scikit-learn and Fairlearn.

    python -m venv /tmp/oracle && /tmp/oracle/bin/pip install scikit-learn==1.7.2 fairlearn==0.13.0
    /tmp/oracle/bin/python scripts/oracles/metrics.py

null stands for what ml-loop calls undefined, where scikit-learn answers 0 with a warning, or raises.
"""
import json
import pathlib
import warnings

import fairlearn
import fairlearn.metrics as fm
import numpy as np
import sklearn
import sklearn.metrics as m

warnings.simplefilter("ignore")
rng = np.random.default_rng(20260110)
OUT = pathlib.Path(__file__).parents[2] / "test" / "fixtures" / "metrics-oracle.json"


def defined(value):
    return None if value is None or not np.isfinite(value) else float(value)


def classification(name, truth, predicted, scores=None, positive=None, weights=None):
    truth, predicted = np.array(truth), np.array(predicted)
    kw = {} if weights is None else {"sample_weight": np.array(weights)}
    out = {
        "accuracy": m.accuracy_score(truth, predicted, **kw),
        "balanced_accuracy": m.balanced_accuracy_score(truth, predicted, **kw),
        "f1_macro": m.f1_score(truth, predicted, average="macro", **kw),
        "f1_weighted": m.f1_score(truth, predicted, average="weighted", **kw),
        "matthews_corrcoef": m.matthews_corrcoef(truth, predicted, **kw),
    }
    if len(set(truth)) < 2 or len(set(predicted)) < 2:
        out["matthews_corrcoef"] = None
    if positive is not None:
        is_true, is_predicted = truth == positive, predicted == positive
        nan = {"zero_division": np.nan}
        out["precision"] = m.precision_score(is_true, is_predicted, **nan, **kw)
        out["recall"] = m.recall_score(is_true, is_predicted, **nan, **kw)
        out["f1"] = m.f1_score(is_true, is_predicted, **nan, **kw)
        if scores is not None:
            both = is_true.any() and not is_true.all()
            out["roc_auc"] = m.roc_auc_score(is_true, scores, **kw) if both else None
            out["average_precision"] = m.average_precision_score(is_true, scores, **kw) if is_true.any() else None
            if np.min(scores) >= 0 and np.max(scores) <= 1:
                out["log_loss"] = m.log_loss(is_true, np.array(scores, dtype=float), labels=[False, True], **kw)
                out["brier"] = np.average((is_true - np.array(scores)) ** 2, weights=weights)
                if both:
                    assert abs(out["brier"] - m.brier_score_loss(is_true, scores, **kw)) < 1e-14
    case = {"name": name, "task": "classification", "truth": truth.tolist(), "predicted": predicted.tolist()}
    if scores is not None:
        case["scores"] = np.array(scores).tolist()
    if positive is not None:
        case["positive"] = positive
    if weights is not None:
        case["weights"] = np.array(weights).tolist()
    return {**case, "metrics": {key: defined(value) for key, value in out.items()}}


def regression(name, truth, predicted, weights=None):
    truth, predicted = np.array(truth, dtype=float), np.array(predicted, dtype=float)
    kw = {} if weights is None else {"sample_weight": np.array(weights)}
    constant = len(set(truth)) < 2
    out = {
        "mae": m.mean_absolute_error(truth, predicted, **kw),
        "mse": m.mean_squared_error(truth, predicted, **kw),
        "rmse": m.root_mean_squared_error(truth, predicted, **kw),
        "r2": None if constant else m.r2_score(truth, predicted, **kw),
        "median_absolute_error": m.median_absolute_error(truth, predicted, **kw),
        "mape": None if (truth == 0).any() else m.mean_absolute_percentage_error(truth, predicted, **kw),
    }
    case = {"name": name, "task": "regression", "truth": truth.tolist(), "predicted": predicted.tolist()}
    if weights is not None:
        case["weights"] = np.array(weights).tolist()
    return {**case, "metrics": {key: defined(value) for key, value in out.items()}}


def binary(n, rate=0.4, ties=None, noise=1.0):
    truth = (rng.random(n) < rate).astype(int)
    scores = 1 / (1 + np.exp(-(1.5 * truth - 0.8 + noise * rng.normal(size=n))))
    if ties is not None:
        scores = np.round(scores * ties) / ties
    return truth.astype(str), np.where(scores > 0.5, "1", "0"), scores


def fairness(name, truth, predicted, groups):
    truth, predicted = np.array(truth), np.array(predicted)
    is_true, is_predicted = truth == "1", predicted == "1"
    kw = {"sensitive_features": groups}
    frame = fm.MetricFrame(
        metrics={
            "selection_rate": fm.selection_rate,
            "true_positive_rate": fm.true_positive_rate,
            "false_positive_rate": fm.false_positive_rate,
            "accuracy": m.accuracy_score,
        },
        y_true=is_true,
        y_pred=is_predicted,
        **kw,
    )
    return {
        "name": name,
        "truth": truth.tolist(),
        "predicted": predicted.tolist(),
        "groups": list(groups),
        "by_group": {g: {k: float(v) for k, v in row.items()} for g, row in frame.by_group.to_dict("index").items()},
        "differences": {
            "demographic_parity_difference": float(fm.demographic_parity_difference(is_true, is_predicted, **kw)),
            "equalized_odds_difference": float(fm.equalized_odds_difference(is_true, is_predicted, **kw)),
            "equal_opportunity_difference": float(fm.equal_opportunity_difference(is_true, is_predicted, **kw)),
        },
    }


def multi(n, classes):
    truth = rng.choice(classes, n, p=np.linspace(1, 3, len(classes)) / np.linspace(1, 3, len(classes)).sum())
    predicted = np.where(rng.random(n) < 0.7, truth, rng.choice(classes, n))
    return truth.tolist(), predicted.tolist()


cases = []
for name, arguments in {
    "plain": {"n": 120},
    "ties": {"n": 150, "ties": 5},
    "rare positives": {"n": 200, "rate": 0.03},
    "tiny": {"n": 5},
    "certain and wrong": {"n": 40, "ties": 1, "noise": 3.0},
}.items():
    truth, predicted, scores = binary(**arguments)
    cases.append(classification(name, truth, predicted, scores, "1"))
    cases.append(classification(f"{name}, weighted", truth, predicted, scores, "1", rng.random(len(truth)) + 0.1))
truth, predicted, scores = binary(80)
cases.append(classification("decision scores", truth, predicted, 4 * scores - 2, "1"))
cases.append(classification("no positives", ["0"] * 10, ["0"] * 9 + ["1"], rng.random(10), "1"))
cases.append(classification("all positive", ["1"] * 10, ["1"] * 9 + ["0"], rng.random(10), "1"))
cases.append(classification("constant predictions", truth, ["0"] * 80, np.full(80, 0.25), "1"))
cases.append(classification("zero weights", truth, predicted, scores, "1", rng.integers(0, 3, 80)))
for k in (3, 7):
    truth, predicted = multi(140, [f"class {i}" for i in range(k)])
    cases.append(classification(f"{k} classes", truth, predicted))
    cases.append(classification(f"{k} classes, weighted", truth, predicted, weights=rng.random(140)))
cases.append(classification("a class never predicted", ["a", "b", "c", "c"], ["a", "a", "b", "b"]))
cases.append(classification("a class never labelled", ["a", "a", "b", "b"], ["a", "c", "b", "c"]))

truth = rng.normal(size=101) * 40 + 200
cases.append(regression("odd", truth, truth + rng.normal(size=101) * 9))
cases.append(regression("even, weighted", truth[:100], truth[:100] + rng.standard_t(2, 100), rng.random(100)))
cases.append(regression("even", truth[:100], truth[:100] + rng.standard_t(2, 100)))
cases.append(regression("large offset", truth + 1e9, truth + 1e9 + rng.normal(size=101)))
cases.append(regression("labels with zeros", np.round(truth / 400), truth / 400))
cases.append(regression("constant labels", np.full(12, 3.0), rng.normal(size=12)))
cases.append(regression("worse than the mean", truth[:30], -truth[:30]))
cases.append(regression("two rows", [1.0, 2.0], [1.5, 1.0]))
cases.append(regression("ties, weighted", [1, 1, 2, 2], [2, 2, 2, 4], [1, 1, 1, 1]))

truth, predicted, _ = binary(300)
groups = [
    fairness("two groups", truth, predicted, rng.choice(["a", "b"], 300).tolist()),
    fairness("four groups", truth, predicted, rng.choice(["a", "b", "c", "d"], 300).tolist()),
]

versions = {"scikit-learn": sklearn.__version__, "fairlearn": fairlearn.__version__, "numpy": np.__version__}
OUT.write_text(json.dumps({"libraries": versions, "cases": cases, "fairness": groups}) + "\n")
print(f"{len(cases)} cases, {len(groups)} of fairness: {OUT}")
