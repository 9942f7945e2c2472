"""Two models' predictions judged by scikit-learn, SciPy and Fairlearn: `with_scikit_learn.py CANDIDATE PRODUCTION DRAWS`.

Metrics of both; the accuracies compared by McNemar's test, the areas under the ROC by DeLong's interval (which none of
the libraries has: Sun and Xu 2014, by SciPy's ranks); Fairlearn's MetricFrame by group, and its bootstrap with DRAWS
draws for the intervals of the differences (none: 0).
"""
import json
import sys

import fairlearn
import numpy as np
import pandas as pd
import scipy
import sklearn
from fairlearn.metrics import MetricFrame, false_positive_rate, selection_rate, true_positive_rate
from scipy.stats import binomtest, norm, rankdata
from sklearn import metrics


def metrics_of(rows):
    label, prediction, score = (rows[name].to_numpy() for name in ("label", "prediction", "score"))
    return {
        "accuracy": metrics.accuracy_score(label, prediction),
        "balanced_accuracy": metrics.balanced_accuracy_score(label, prediction),
        "f1": metrics.f1_score(label, prediction),
        "mcc": metrics.matthews_corrcoef(label, prediction),
        "log_loss": metrics.log_loss(label, score),
        "brier": metrics.brier_score_loss(label, score),
        "roc_auc": metrics.roc_auc_score(label, score),
        "average_precision": metrics.average_precision_score(label, score),
    }


def placements(label, score):
    """Of each positive, the share of negatives below it; of each negative, the share of positives above it."""
    positive, negative = score[label == 1], score[label == 0]
    m, n = len(positive), len(negative)
    every = rankdata(np.concatenate([positive, negative]))
    return (every[:m] - rankdata(positive)) / n, 1 - (every[m:] - rankdata(negative)) / m


def delong(label, candidate, production):
    """The difference of two areas on the same rows, and its 95 % interval."""
    (up, un), (vp, vn) = placements(label, candidate), placements(label, production)
    difference = up.mean() - vp.mean()
    error = np.sqrt(np.var(up - vp, ddof=1) / len(up) + np.var(un - vn, ddof=1) / len(un))
    half = norm.ppf(0.975) * error
    return {"difference": difference, "low": difference - half, "high": difference + half}


def mcnemar(label, candidate, production):
    right, before = candidate == label, production == label
    gained, lost = int((right & ~before).sum()), int((~right & before).sum())
    return {"gained": gained, "lost": lost, "p": binomtest(lost, gained + lost).pvalue}


def frame_of(rows, draws):
    bootstrap = {"n_boot": draws, "ci_quantiles": [0.025, 0.975], "random_state": 1} if draws > 0 else {}
    by = {"selection_rate": selection_rate, "tpr": true_positive_rate, "fpr": false_positive_rate, "accuracy": metrics.accuracy_score}
    return MetricFrame(metrics=by, y_true=rows["label"], y_pred=rows["prediction"], sensitive_features=rows["group"], **bootstrap)


def main():
    candidate, production = (pd.read_csv(path, index_col="id") for path in sys.argv[1:3])
    draws = int(sys.argv[3])
    label = candidate["label"].to_numpy()
    before = production.loc[candidate.index]
    result = {
        "candidate": metrics_of(candidate),
        "production": metrics_of(before),
        "auc": delong(label, candidate["score"].to_numpy(), before["score"].to_numpy()),
        "mcnemar": mcnemar(label, candidate["prediction"].to_numpy(), before["prediction"].to_numpy()),
    }
    frame = frame_of(candidate, draws)
    result["groups"] = {name: dict(values) for name, values in frame.by_group.T.items()}
    result["intervals"] = [dict(values) for values in frame.difference_ci()] if draws > 0 else []
    versions = {"scikit-learn": sklearn.__version__, "SciPy": scipy.__version__, "Fairlearn": fairlearn.__version__, "pandas": pd.__version__}
    json.dump({"versions": versions, **result}, sys.stdout)


main()
