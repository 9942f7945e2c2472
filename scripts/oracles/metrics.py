"""Writes test/fixtures/metrics-oracle.json: metrics and group differences by scikit-learn and Fairlearn.

    python -m venv /tmp/oracle && /tmp/oracle/bin/pip install scikit-learn==1.7.2 fairlearn==0.13.0
    /tmp/oracle/bin/python scripts/oracles/metrics.py

null stands for what ml-loop calls undefined, where scikit-learn answers 0 with a warning, leaves a class out, or raises.
What scikit-learn does not have (smape, ece, mce, mrr, recall@k, weighted ovo) is worked out here from its definition,
and checked against what scikit-learn has where the two meet.
"""
import itertools
import json
import pathlib
import warnings
from fractions import Fraction

import fairlearn
import fairlearn.metrics as fm
import numpy as np
import sklearn
import sklearn.metrics as m
from sklearn.calibration import calibration_curve

warnings.simplefilter("ignore")
rng = np.random.default_rng(20260110)
OUT = pathlib.Path(__file__).parents[2] / "test" / "fixtures" / "metrics-oracle.json"
NAN = {"zero_division": np.nan}
RATES = {
    "precision": (m.precision_score, {}),
    "recall": (m.recall_score, {}),
    "f1": (m.f1_score, {}),
    "f2": (m.fbeta_score, {"beta": 2}),
    "f0.5": (m.fbeta_score, {"beta": 0.5}),
    "jaccard": (m.jaccard_score, {}),
}


def defined(value):
    return None if value is None or not np.isfinite(value) else float(value)


def weighting(weights):
    return {} if weights is None else {"sample_weight": np.array(weights, dtype=float)}


def rates(truth, predicted, weights, multilabel=False):
    """Macro, micro, weighted (and samples) of every rate; undefined where that of a class that counts is."""
    kw = weighting(weights)
    out = {}
    for name, (score, more) in RATES.items():
        # jaccard_score takes no NaN for its zero division, and F's of it differs from the others' in averages.
        if name == "jaccard":
            empty = empty_classes(truth, predicted)
            each = np.where(empty, np.nan, score(truth, predicted, average=None, zero_division=0, **kw))
        else:
            each = score(truth, predicted, average=None, **NAN, **more, **kw)
        support = supports(truth, predicted, weights)
        settled = {"zero_division": 0}
        out[f"{name}_macro"] = None if np.isnan(each).any() else score(truth, predicted, average="macro", **settled, **more, **kw)
        lacking = np.isnan(each[support > 0]).any() or support.sum() == 0
        out[f"{name}_weighted"] = None if lacking else score(truth, predicted, average="weighted", **settled, **more, **kw)
        pooled = truth.sum() + predicted.sum() > 0 if multilabel else True
        if multilabel and name == "precision":
            pooled = predicted.sum() > 0
        if multilabel and name == "recall":
            pooled = truth.sum() > 0
        out[f"{name}_micro"] = score(truth, predicted, average="micro", **settled, **more, **kw) if pooled else None
        if multilabel:
            has, says = truth.sum(axis=1) > 0, predicted.sum(axis=1) > 0
            fit = {"precision": says, "recall": has}.get(name, has | says)
            out[f"{name}_samples"] = score(truth, predicted, average="samples", **settled, **more, **kw) if fit.all() else None
    return out


def empty_classes(truth, predicted):
    if truth.ndim == 2:
        return truth.sum(axis=0) + predicted.sum(axis=0) == 0
    return np.zeros(len(np.unique(np.concatenate([truth, predicted]))), dtype=bool)


def supports(truth, predicted, weights):
    w = np.ones(len(truth)) if weights is None else np.array(weights, dtype=float)
    if truth.ndim == 2:
        return (truth * w[:, None]).sum(axis=0)
    return np.array([w[truth == label].sum() for label in np.unique(np.concatenate([truth, predicted]))])


def calibration(confidence, kept, weights, bins, strategy):
    """ECE and MCE over bins (low, high]; quantile bins by the inverted CDF, exactly."""
    w = np.ones(len(kept)) if weights is None else np.array(weights, dtype=float)
    if strategy == "uniform":
        ends = np.linspace(0, 1, bins + 1)[1:-1]
    else:
        order = np.argsort(confidence, kind="stable")
        total = sum(Fraction(x) for x in w)
        cumulated = list(itertools.accumulate(Fraction(w[i]) for i in order))
        ends = [next(confidence[order[k]] for k, c in enumerate(cumulated) if c > 0 and c * bins >= (j + 1) * total) for j in range(bins - 1)]
    at = np.searchsorted(ends, confidence)
    gaps = [(abs((w * (confidence - kept))[at == j].sum()) / w[at == j].sum(), w[at == j].sum()) for j in range(bins) if w[at == j].sum() > 0]
    if weights is None and strategy == "uniform":
        true, said = calibration_curve(kept, confidence, n_bins=bins, strategy="uniform")
        assert np.allclose(np.abs(true - said), [gap for gap, _ in gaps], atol=1e-12)
    return sum(gap * share for gap, share in gaps) / w.sum(), max(gap for gap, _ in gaps)


def all_calibrations(confidence, kept, weights):
    out = {}
    for suffix, strategy in (("", "uniform"), ("_quantile", "quantile")):
        for at, bins in (("", 10), ("@4", 4)):
            out[f"ece{suffix}{at}"], out[f"mce{suffix}{at}"] = calibration(confidence, kept, weights, bins, strategy)
    return out


def ovo(truth, scores, classes, weights, by_weight):
    w = np.ones(len(truth)) if weights is None else np.array(weights, dtype=float)
    values, shares = [], []
    for a, b in itertools.combinations(range(len(classes)), 2):
        rows = (truth == classes[a]) | (truth == classes[b])
        one = m.roc_auc_score(truth[rows] == classes[a], scores[rows, a], sample_weight=w[rows])
        other = m.roc_auc_score(truth[rows] == classes[b], scores[rows, b], sample_weight=w[rows])
        values.append((one + other) / 2)
        shares.append(w[rows].sum() if by_weight else 1)
    value = np.average(values, weights=shares)
    if weights is None:
        average = "weighted" if by_weight else "macro"
        expected = m.roc_auc_score(truth, scores, multi_class="ovo", average=average, labels=classes)
        assert abs(value - expected) < 1e-13
    return value


def class_scores(truth, scores, weights):
    kw = weighting(weights)
    classes = sorted(set(truth)) if scores.shape[1] == len(set(truth)) else [f"class {i}" for i in range(scores.shape[1])]
    complete = len(set(truth)) == len(classes)
    marks = np.array([[label == name for name in classes] for label in truth]).astype(int)
    out = {}
    for by_weight, suffix in ((False, ""), (True, "_weighted")):
        average = "weighted" if by_weight else "macro"
        out[f"roc_auc_ovr{suffix}"] = m.roc_auc_score(truth, scores, multi_class="ovr", average=average, labels=classes, **kw) if complete else None
        out[f"roc_auc_ovo{suffix}"] = ovo(truth, scores, classes, weights, by_weight) if complete else None
    for average in ("macro", "micro", "weighted"):
        fits = complete or average == "micro"
        out[f"average_precision_{average}"] = m.average_precision_score(marks, scores, average=average, **kw) if fits else None
    # scikit-learn leaves classes without rows out of its weighted mean, as 0 × anything; so 0 × undefined is undefined here.
    out["log_loss"] = m.log_loss(truth, scores, labels=classes, **kw)
    out["brier"] = m.brier_score_loss(truth, scores, labels=classes, **kw)
    for k in (1, 2, 5):
        out[f"top_{k}_accuracy"] = m.top_k_accuracy_score(truth, scores, k=k, labels=classes, **kw) if k < len(classes) else None
    kept = np.array(classes)[scores.argmax(axis=1)] == truth
    out.update(all_calibrations(scores.max(axis=1), kept.astype(float), weights))
    return out


def classification(name, truth, predicted, scores=None, positive=None, weights=None, matrix=None, given=None):
    truth, predicted = np.array(truth), np.array(predicted)
    kw = weighting(weights)
    one = len(set(truth) | set(predicted)) < 2
    out = {
        "accuracy": m.accuracy_score(truth, predicted, **kw),
        "balanced_accuracy": m.balanced_accuracy_score(truth, predicted, **kw),
        "matthews_corrcoef": m.matthews_corrcoef(truth, predicted, **kw),
        "cohen_kappa": None if one else m.cohen_kappa_score(truth, predicted, **kw),
        **rates(truth, predicted, weights),
    }
    if all(str(label).lstrip("-").isdigit() for label in {*truth, *predicted}):
        for kind in ("linear", "quadratic"):
            numbers = truth.astype(int), predicted.astype(int)
            out[f"cohen_kappa_{kind}"] = None if one else m.cohen_kappa_score(*numbers, weights=kind, **kw)
    if len(set(truth)) < 2 or len(set(predicted)) < 2:
        out["matthews_corrcoef"] = None
    if positive is not None:
        is_true, is_predicted = truth == positive, predicted == positive
        for rate, (score, more) in RATES.items():
            undefined = {"precision": not is_predicted.any(), "recall": not is_true.any()}.get(rate, not (is_true | is_predicted).any())
            out[rate] = None if undefined else score(is_true, is_predicted, **more, **kw)
        if scores is not None:
            both = is_true.any() and not is_true.all()
            out["roc_auc"] = m.roc_auc_score(is_true, scores, **kw) if both else None
            out["average_precision"] = m.average_precision_score(is_true, scores, **kw) if is_true.any() else None
            if matrix is None and np.min(scores) >= 0 and np.max(scores) <= 1:
                out["log_loss"] = m.log_loss(is_true, np.array(scores, dtype=float), labels=[False, True], **kw)
                out["brier"] = np.average((is_true - np.array(scores)) ** 2, weights=weights)
                if both:
                    assert abs(out["brier"] - m.brier_score_loss(is_true, scores, **kw)) < 1e-14
                out.update(all_calibrations(np.array(scores, dtype=float), is_true.astype(float), weights))
    case = {"name": name, "task": "classification"}
    case.update(given or {"truth": truth.tolist(), "predicted": predicted.tolist()})
    if matrix is not None:
        out.update(class_scores(truth, np.array(matrix), weights))
        case["matrix"] = np.array(matrix).tolist()
    if scores is not None and given is None:
        case["scores"] = np.array(scores).tolist()
    if positive is not None:
        case["positive"] = positive
    if weights is not None and given is None:
        case["weights"] = np.array(weights).tolist()
    return {**case, "metrics": {key: defined(value) for key, value in out.items()}}


def multilabel(name, truth, predicted, scores, weights=None):
    truth, predicted, scores = np.array(truth), np.array(predicted), np.array(scores)
    kw = weighting(weights)
    held, free = truth.any(axis=0), ~truth.all(axis=0)
    out = {
        "accuracy": m.accuracy_score(truth, predicted, **kw),
        "hamming_loss": m.hamming_loss(truth, predicted, **kw),
        **rates(truth, predicted, weights, multilabel=True),
    }
    for average in ("macro", "micro", "weighted"):
        pooled = average == "micro"
        out[f"roc_auc_{average}"] = m.roc_auc_score(truth, scores, average=average, **kw) if pooled or (held & free).all() else None
        out[f"average_precision_{average}"] = m.average_precision_score(truth, scores, average=average, **kw) if pooled or held.all() else None
    case = {"name": name, "task": "multilabel", "labels": truth.tolist(), "guesses": predicted.tolist(), "matrix": scores.tolist()}
    if weights is not None:
        case["weights"] = np.array(weights).tolist()
    return {**case, "metrics": {key: defined(value) for key, value in out.items()}}


def regression(name, truth, predicted, weights=None):
    truth, predicted = np.array(truth, dtype=float), np.array(predicted, dtype=float)
    kw = weighting(weights)
    constant = len(set(truth)) < 2
    counted = np.ones(len(truth), dtype=bool) if weights is None else np.array(weights) > 0
    sizes = np.abs(truth) + np.abs(predicted)
    smape = np.divide(2 * np.abs(truth - predicted), sizes, out=np.zeros(len(truth)), where=sizes > 0)
    out = {
        "mae": m.mean_absolute_error(truth, predicted, **kw),
        "mse": m.mean_squared_error(truth, predicted, **kw),
        "rmse": m.root_mean_squared_error(truth, predicted, **kw),
        "r2": None if constant else m.r2_score(truth, predicted, **kw),
        "median_absolute_error": m.median_absolute_error(truth, predicted, **kw),
        "max_error": m.max_error(truth[counted], predicted[counted]),
        "mape": None if (truth == 0).any() else m.mean_absolute_percentage_error(truth, predicted, **kw),
        "smape": np.average(smape, weights=weights),
        "mean_pinball_loss@0.9": m.mean_pinball_loss(truth, predicted, alpha=0.9, **kw),
        "mean_pinball_loss@0.25": m.mean_pinball_loss(truth, predicted, alpha=0.25, **kw),
    }
    powers = {"mean_poisson_deviance": 1, "mean_gamma_deviance": 2, **{f"mean_tweedie_deviance@{p}": p for p in (-1, 0, 1.5, 3)}}
    for key, power in powers.items():
        try:
            out[key] = m.mean_tweedie_deviance(truth, predicted, power=power, **kw)
        except ValueError:
            out[key] = None
    case = {"name": name, "task": "regression", "truth": truth.tolist(), "predicted": predicted.tolist()}
    if weights is not None:
        case["weights"] = np.array(weights).tolist()
    return {**case, "metrics": {key: defined(value) for key, value in out.items()}}


def orders(scores):
    """All orders of the documents from the highest score down, equally likely."""
    groups = [[i for i, s in enumerate(scores) if s == score] for score in sorted(set(scores), reverse=True)]
    for choice in itertools.product(*(itertools.permutations(group) for group in groups)):
        yield [i for group in choice for i in group]


def ranking(name, queries, weights=None):
    """Queries as (relevance, scores). MRR and recall are means over all orders of tied documents."""
    def ndcg(relevance, scores, k):
        if len(relevance) == 1:
            return 1.0
        return m.ndcg_score([relevance], [scores], k=k)

    values = {key: [] for key in ("ndcg", "ndcg@3", "ndcg@10", "map", "mrr", "mrr@2", "recall@1", "recall@3", "recall@10")}
    for relevance, scores in queries:
        is_relevant = [r > 0 for r in relevance]
        if not any(is_relevant):
            for key in values:
                values[key].append(np.nan)
            continue
        for key, k in (("ndcg", None), ("ndcg@3", 3), ("ndcg@10", 10)):
            values[key].append(ndcg(relevance, scores, k))
        values["map"].append(m.label_ranking_average_precision_score([is_relevant], [scores]))
        assert abs(values["map"][-1] - m.average_precision_score(is_relevant, scores)) < 1e-13
        ranked = [[is_relevant[i] for i in order] for order in orders(scores)]
        firsts = [found.index(True) + 1 for found in ranked]
        values["mrr"].append(np.mean([1 / first for first in firsts]))
        values["mrr@2"].append(np.mean([1 / first if first <= 2 else 0 for first in firsts]))
        for key, k in (("recall@1", 1), ("recall@3", 3), ("recall@10", 10)):
            values[key].append(np.mean([sum(found[:k]) / sum(is_relevant) for found in ranked]))
    case = {"name": name, "task": "ranking", "queries": [[list(r), list(s)] for r, s in queries]}
    if weights is not None:
        case["weights"] = np.array(weights).tolist()
    return {**case, "metrics": {key: defined(np.average(found, weights=weights)) for key, found in values.items()}}


def binary(n, rate=0.4, ties=None, noise=1.0):
    truth = (rng.random(n) < rate).astype(int)
    scores = np.round(1 / (1 + np.exp(-(1.5 * truth - 0.8 + noise * rng.normal(size=n)))), 6)
    if ties is not None:
        scores = np.round(scores * ties) / ties
    return truth.astype(str), np.where(scores > 0.5, "1", "0"), scores


def generated(n, seed):
    """The rows that the test makes by the same generator (Numerical Recipes' ranqd1) instead of reading them."""
    state, truth, scores, weights = seed, [], [], []
    def uniform():
        nonlocal state
        state = (1664525 * state + 1013904223) % 2**32
        return state / 2**32
    for _ in range(n):
        label = 1 if uniform() < 0.3 else 0
        truth.append(str(label))
        scores.append(np.floor((uniform() * 0.7 + 0.3 * label) * 1000) / 1000)
        weights.append(np.floor(uniform() * 4))
    predicted = ["1" if score > 0.5 else "0" for score in scores]
    return truth, predicted, scores, weights


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


def multi(n, classes, ties=None, noise=1.2):
    shares = np.linspace(1, 3, len(classes)) / np.linspace(1, 3, len(classes)).sum()
    truth = rng.choice(classes, n, p=shares)
    logits = noise * rng.normal(size=(n, len(classes))) + 1.5 * (truth[:, None] == np.array(classes))
    scores = np.round(np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), 4)
    if ties is not None:
        scores = np.round(scores * ties) / ties
    # scikit-learn wants sums of one; of 1/1024ths they are exact, and ties stay ties.
    scores = np.round(scores * 1024) / 1024 if ties is None else scores
    scores[:, 0] += 1 - scores.sum(axis=1)
    scores = np.clip(scores, 0, 1)
    whole = np.abs(scores.sum(axis=1) - 1) < 1e-12
    scores[~whole] = np.eye(len(classes))[0]
    predicted = np.array(classes)[scores.argmax(axis=1)]
    return truth, predicted, scores


cases = []
for name, arguments in {
    "plain": {"n": 120},
    "ties": {"n": 100, "ties": 5},
    "rare positives": {"n": 150, "rate": 0.03},
    "tiny": {"n": 5},
    "certain and wrong": {"n": 40, "ties": 1, "noise": 3.0},
}.items():
    truth, predicted, scores = binary(**arguments)
    weights = np.round(rng.random(len(truth)) + 0.1, 4)
    cases.append(classification(name, truth, predicted, scores, "1"))
    cases.append(classification(f"{name}, weighted", truth, predicted, scores, "1", weights))
cases.append(classification("one row", ["1"], ["1"], [0.7], "1"))
truth, predicted, scores = binary(80)
cases.append(classification("decision scores", truth, predicted, 4 * scores - 2, "1"))
cases.append(classification("huge and tiny scores", truth, predicted, np.where(rng.random(80) < 0.5, -1, 1) * 10.0 ** rng.integers(-300, 300, 80), "1"))
cases.append(classification("no positives", ["0"] * 10, ["0"] * 9 + ["1"], np.round(rng.random(10), 4), "1"))
cases.append(classification("all positive", ["1"] * 10, ["1"] * 9 + ["0"], np.round(rng.random(10), 4), "1"))
cases.append(classification("constant predictions", truth, ["0"] * 80, np.full(80, 0.25), "1"))
cases.append(classification("zero weights", truth, predicted, scores, "1", rng.integers(0, 3, 80)))
rows = generated(20000, 7)
given = {"generated": {"n": 20000, "seed": 7}}
cases.append(classification("large", *rows[:3], "1", given=given))
cases.append(classification("large, weighted", *rows[:3], "1", rows[3], given={"generated": {**given["generated"], "weighted": True}}))

for k, n in ((3, 90), (7, 70)):
    classes = [f"class {i}" for i in range(k)]
    truth, predicted, scores = multi(n, classes)
    cases.append(classification(f"{k} classes", truth, predicted, matrix=scores))
    cases.append(classification(f"{k} classes, weighted", truth, predicted, weights=np.round(rng.random(n), 4), matrix=scores))
truth, predicted, scores = multi(80, [f"class {i}" for i in range(4)], ties=4, noise=3)
cases.append(classification("4 classes, ties", truth, predicted, matrix=scores))
truth, predicted, scores = multi(40, [f"class {i}" for i in range(3)])
kept = truth != "class 1"
cases.append(classification("a class of scores without rows", truth[kept], predicted[kept], matrix=scores[kept]))
cases.append(classification("a class never predicted", ["a", "b", "c", "c"], ["a", "a", "b", "b"]))
cases.append(classification("a class never labelled", ["a", "a", "b", "b"], ["a", "c", "b", "c"]))
cases.append(classification("one class only", ["a", "a", "a"], ["a", "a", "a"]))
grades = rng.integers(1, 13, 60)
cases.append(classification("grades", grades.astype(str), np.clip(grades + rng.integers(-2, 3, 60), 1, 12).astype(str)))
cases.append(classification("grades, weighted", grades.astype(str), np.clip(grades + rng.integers(-2, 3, 60), 1, 12).astype(str), weights=np.round(rng.random(60), 3)))

for name, n, k in (("3 labels", 60, 3), ("5 labels", 40, 5)):
    truth = (rng.random((n, k)) < 0.5).astype(int)
    truth[truth.sum(axis=1) == 0, 0] = 1
    scores = np.round((truth * 0.5 + rng.random((n, k))) / 1.5, 2)
    predicted = (scores > 0.5).astype(int)
    predicted[predicted.sum(axis=1) == 0, k - 1] = 1
    cases.append(multilabel(name, truth, predicted, scores))
    cases.append(multilabel(f"{name}, weighted", truth, predicted, scores, np.round(rng.random(n) + 0.05, 3)))
cases.append(multilabel("empty rows and labels", [[1, 0, 0], [0, 0, 0], [1, 1, 0]], [[1, 0, 0], [0, 0, 0], [0, 1, 0]], [[0.9, 0.1, 0.3], [0.2, 0.2, 0.2], [0.4, 0.8, 0.3]]))

truth = np.round(rng.normal(size=101) * 40 + 200, 3)
errors = np.round(rng.normal(size=101) * 9, 3)
heavy = np.round(rng.standard_t(2, 100), 3)
cases.append(regression("odd", truth, truth + errors))
cases.append(regression("even, weighted", truth[:100], truth[:100] + heavy, np.round(rng.random(100), 4)))
cases.append(regression("even", truth[:100], truth[:100] + heavy))
# Below zero, for of numbers so near each other the textbook form of a deviance has no digits left.
cases.append(regression("large offset", truth - 1e9, truth - 1e9 + errors))
cases.append(regression("labels with zeros", np.round(truth / 400), truth / 400))
cases.append(regression("counts", rng.poisson(2, 60), np.round(rng.gamma(4, 0.5, 60) + 0.01, 3), rng.integers(0, 4, 60)))
cases.append(regression("both zero", [0, 0, 1], [0, 1, 1]))
cases.append(regression("constant labels", np.full(12, 3.0), np.round(rng.normal(size=12), 3)))
cases.append(regression("worse than the mean", truth[:30], -truth[:30]))
cases.append(regression("two rows", [1.0, 2.0], [1.5, 1.0]))
cases.append(regression("ties, weighted", [1, 1, 2, 2], [2, 2, 2, 4], [1, 1, 1, 1]))
cases.append(regression("tiny numbers", np.round(truth[:20], 2) * 1e-9, np.round(truth[:20] * rng.uniform(0.6, 1.6, 20), 2) * 1e-9))

queries = []
for size in (1, 2, 4, 6, 7, 12, 30):
    relevance = rng.integers(0, 4, size)
    relevance[rng.integers(size)] = 2
    queries.append((relevance.tolist(), (rng.permutation(size) / 8).tolist()))
tied = [([0, 1, 0, 3, 0, 0], [1, 1, 1, 0, 0, 2]), ([1, 1, 0], [5, 5, 5]), ([0, 0, 1, 0, 2], [0.5, 0.5, 0.5, 0.5, -1])]
cases.append(ranking("queries", queries))
cases.append(ranking("tied scores", tied))
cases.append(ranking("queries, weighted", queries + tied, np.round(rng.random(10) + 0.1, 3)))
cases.append(ranking("a query without relevant documents", [*tied, ([0, 0], [1, 2])]))

truth, predicted, _ = binary(300)
groups = [
    fairness("two groups", truth, predicted, rng.choice(["a", "b"], 300).tolist()),
    fairness("four groups", truth, predicted, rng.choice(["a", "b", "c", "d"], 300).tolist()),
]

versions = {"scikit-learn": sklearn.__version__, "fairlearn": fairlearn.__version__, "numpy": np.__version__}
OUT.write_text(json.dumps({"libraries": versions, "cases": cases, "fairness": groups}, separators=(",", ":")) + "\n")
print(f"{len(cases)} cases, {len(groups)} of fairness: {OUT}")
