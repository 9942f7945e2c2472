"""Writes test/fixtures/stats-pairs-oracle.json: comparisons of two models on the same rows, by definition and brute
force with NumPy and SciPy.

    python -m venv /tmp/oracle && /tmp/oracle/bin/pip install scipy==1.17.1 numpy==2.4.6
    /tmp/oracle/bin/python scripts/oracles/stats_pairs.py
"""
import json
import pathlib

import numpy as np
import scipy
from scipy import optimize, stats

from betting import betting_bounds

OUT = pathlib.Path(__file__).parents[2] / "test" / "fixtures" / "stats-pairs-oracle.json"
rng = np.random.default_rng(20260214)


def heaviside(x, y):
    return (x[:, None] > y[None, :]) + 0.5 * (x[:, None] == y[None, :])


def delong(positive, candidate, production):
    """Every pair of a positive and a negative; the covariance matrix of DeLong et al. (1988)."""
    v10, v01 = [], []
    for scores in (candidate, production):
        psi = heaviside(scores[positive], scores[~positive])
        v10.append(psi.mean(axis=1))
        v01.append(psi.mean(axis=0))
    s10, s01 = np.cov(v10), np.cov(v01)
    s = s10 / positive.sum() + s01 / (~positive).sum()
    return [float(np.mean(v10[0])), float(np.mean(v10[1])), float(np.sqrt(s[0, 0] + s[1, 1] - 2 * s[0, 1]))]


def obuchowski(positive, candidate, production, clusters):
    """Obuchowski (1997): eq. 3 to 6, written for each model and each pair of models."""
    ids = np.unique(clusters)
    m, n = positive.sum(), (~positive).sum()
    sums10, sums01 = [], []
    for scores in (candidate, production):
        psi = heaviside(scores[positive], scores[~positive])
        theta = psi.mean()
        v10, v01 = psi.mean(axis=1), psi.mean(axis=0)
        sums10.append([np.sum(v10[clusters[positive] == k] - theta) for k in ids])
        sums01.append([np.sum(v01[clusters[~positive] == k] - theta) for k in ids])
    i10, i01, i = len(np.unique(clusters[positive])), len(np.unique(clusters[~positive])), len(ids)
    x, y = np.array(sums10), np.array(sums01)
    s10 = x @ x.T * i10 / ((i10 - 1) * m)
    s01 = y @ y.T * i01 / ((i01 - 1) * n)
    s11 = x @ y.T * i / (i - 1)
    s = s10 / m + s01 / n + (s11 + s11.T) / (m * n)
    return float(np.sqrt(s[0, 0] + s[1, 1] - 2 * s[0, 1]))


def auc_case(n, rare, digits, groups):
    positive = rng.random(n) < rare
    production = np.round(positive + rng.normal(size=n), digits)
    candidate = np.round(production + 0.5 * rng.normal(size=n), digits)
    clusters = rng.integers(0, groups, n)
    return {
        "positive": positive.astype(int).tolist(),
        "candidate": candidate.tolist(),
        "production": production.tolist(),
        "clusters": clusters.tolist(),
        "answer": delong(positive, candidate, production),
        "clustered": obuchowski(positive, candidate, production, clusters),
    }


def ratio_score(a, b, c, n, theta):
    """The score of H0: p(candidate) = theta p(production), its restricted likelihood maximised numerically."""
    d = n - a - b - c

    # The share only production has right, and production's share, are free; the candidate's is theta times the latter.
    def cells(q, p):
        return np.array([p - q, theta * p - p + q, q, 1 - theta * p - q])

    def loss(x):
        probabilities = cells(*x)
        if probabilities.min() < -1e-15:
            return 1e9
        counts = np.array([a, b, c, d])
        used = counts > 0
        return -np.sum(counts[used] * np.log(np.maximum(probabilities[used], 1e-300)))

    best = None
    for p0 in ((a + c) / n, (a + b) / n / theta):
        for q0 in (c / n, (b + c) / n, 0.5 * p0):
            found = optimize.minimize(loss, [min(max(q0, max(0, (1 - theta) * p0) + 1e-6), p0), p0], method="Nelder-Mead", options={"xatol": 1e-13, "fatol": 1e-13, "maxiter": 20000})
            if best is None or found.fun < best.fun:
                best = found
    _, only_candidate, only_production, _ = cells(*best.x)
    return (a + b - theta * (a + c)) / np.sqrt(n * theta * (only_candidate + only_production))


def betting_case(values, low, high, alpha, seed):
    answer = betting_bounds(values, low, high, alpha, seed)
    return {"values": values.tolist(), "low": low, "high": high, "alpha": alpha, "seed": seed, "answer": answer}


def f1(truth, predicted):
    return 2 * np.sum(truth & predicted) / (np.sum(truth) + np.sum(predicted))


def bca_case(n, alpha):
    truth = rng.random(n) < 0.3
    production = truth ^ (rng.random(n) < 0.15)
    candidate = truth ^ (rng.random(n) < 0.2)

    def difference(t, c, p):
        return f1(t.astype(bool), c.astype(bool)) - f1(t.astype(bool), p.astype(bool))

    without = np.array([difference(*(np.delete(v, i) for v in (truth, candidate, production))) for i in range(n)])
    df = min(n - 1, 2 * n / (stats.kurtosis(without, fisher=False) - 1))
    reach = stats.t.ppf(1 - alpha, df) * np.sqrt(n / (n - 1))
    got = stats.bootstrap((truth, candidate, production), difference, n_resamples=40000, paired=True, vectorized=False, confidence_level=1 - 2 * stats.norm.cdf(-reach), method="BCa", rng=np.random.default_rng(1))
    return {
        "truth": truth.astype(int).tolist(),
        "candidate": candidate.astype(int).tolist(),
        "production": production.astype(int).tolist(),
        "alpha": alpha,
        "df": float(df),
        "standardError": float(got.standard_error),
        "answer": [float(got.confidence_interval.low), float(got.confidence_interval.high)],
    }


joints = [(800, 20, 25, 1000), (40, 0, 3, 60), (30, 5, 0, 50), (0, 4, 6, 40), (500, 100, 40, 2000), (90, 3, 1, 100)]
fixture = {
    "libraries": {"scipy": scipy.__version__, "numpy": np.__version__},
    "auc": [auc_case(60, 0.5, 1, 12), auc_case(200, 0.1, 2, 20), auc_case(300, 0.4, 8, 300), auc_case(40, 0.5, 0, 5)],
    "ratio": [[a, b, c, n, theta, float(ratio_score(a, b, c, n, theta))] for a, b, c, n in joints for theta in (0.8, 0.95, 0.99, 1.02, 1.3)],
    "betting": [
        betting_case(np.round(rng.beta(2, 5, 80), 6), 0.0, 1.0, 0.05, 3),
        betting_case(rng.choice([-1.0, 0.0, 1.0], 150, p=[0.05, 0.9, 0.05]), -1.0, 1.0, 0.05, 4),
        betting_case(np.round(rng.normal(0, 0.1, 200).clip(-1, 1), 6), -1.0, 1.0, 1e-6, 5),
    ],
    "bca": [bca_case(120, 0.05), bca_case(60, 0.05)],
    "jeffreys": [[k, n, alpha, *(float(stats.beta.ppf(p, k + 0.5, n - k + 0.5)) for p in (alpha, 1 - alpha))] for k, n, alpha in [(0, 10, 0.05), (3, 20, 0.05), (40, 50, 0.025)]],
}
OUT.write_text(json.dumps(fixture, separators=(",", ":")).replace("},{", "},\n{").replace("],[", "],\n[") + "\n")
print(OUT, OUT.stat().st_size)
