"""Writes test/fixtures/loss-bounds-oracle.json: bounds from few clusters, of differences of root mean squares, and of AUCs by
betting, each by its definition with NumPy: every cluster left out of the rows, matrices, every pair of rows, a grid.

    python -m venv /tmp/oracle && /tmp/oracle/bin/pip install scipy==1.17.1 numpy==2.4.6
    /tmp/oracle/bin/python scripts/oracles/loss_bounds.py
"""
import json
import pathlib

import numpy as np
import scipy
from scipy import stats

from betting import betting_bounds

OUT = pathlib.Path(__file__).parents[2] / "test" / "fixtures" / "loss-bounds-oracle.json"
rng = np.random.default_rng(20261201)

METRICS = {
    "mae": lambda errors, weights: np.sum(weights * np.abs(errors)) / np.sum(weights),
    "rmse": lambda errors, weights: np.sqrt(np.sum(weights * errors**2) / np.sum(weights)),
}


def degrees(sizes):
    """Satterthwaite's, of y'By for independent cluster means y of equal variance: (sum of eigenvalues)^2/sum of squares."""
    k = len(sizes)
    w = sizes / sizes.sum()
    residuals = np.eye(k) - np.outer(np.ones(k), w)
    values = np.linalg.eigvalsh(residuals.T @ np.diag((w / (1 - w)) ** 2) @ residuals)
    return values.sum() ** 2 / np.sum(values**2)


def few_clusters(metric, ours, theirs, clusters, weights, alpha):
    ids = np.unique(clusters)
    k = len(ids)
    value = lambda keep: metric(ours[keep], weights[keep]) - metric(theirs[keep], weights[keep])
    without = np.array([value(clusters != one) for one in ids])
    estimate = value(np.ones(len(ours), bool))
    error = np.sqrt((k - 1) / k * np.sum((without - without.mean()) ** 2))
    df = degrees(np.array([weights[clusters == one].sum() for one in ids]))
    influence = without.mean() - without
    asymmetry = np.sum(influence**3) / np.sum(influence**2) ** 1.5
    most = 0.1 * min(1, k / 20)
    reach = stats.t.ppf(1 - alpha, df) * error
    strict = max(1, np.sqrt(0.05 / alpha))
    wide = lambda a: min(4, 1.5 * strict * a / most) if a > most else 1
    below, above = wide(-asymmetry), wide(asymmetry)
    return [float(v) for v in (estimate, error, df, estimate - below * reach, estimate + above * reach)]


def cluster_case(name, count, sizes, tail, weighted, alpha):
    clusters = np.repeat(np.arange(count), sizes(count))
    rng.shuffle(clusters)
    effects = rng.normal(size=count) if tail == 0 else tail * rng.lognormal(0, 1, count)
    theirs = np.round(rng.normal(0, 1, len(clusters)), 4)
    ours = np.round(theirs + np.sign(theirs) * (50 + effects[clusters] + rng.normal(0, 0.3, len(clusters))), 4)
    weights = rng.integers(1, 5, len(clusters)).astype(float) if weighted else np.ones(len(clusters))
    return {
        "metric": name,
        "ours": ours.tolist(),
        "theirs": theirs.tolist(),
        "clusters": clusters.tolist(),
        "weights": weights.tolist(),
        "alpha": alpha,
        "answer": few_clusters(METRICS[name], ours, theirs, clusters, weights, alpha),
    }


def root_grid(ours, theirs, ratio, high, alpha, seed):
    """The least and greatest of sqrt(a) - ratio sqrt(b) over a grid of what is known: D = a - ratio^2 b, and q = sqrt(b)."""
    d = betting_bounds(ours - ratio**2 * theirs, -(ratio**2) * high, high, 0.9 * alpha, seed)
    q = np.sqrt(betting_bounds(theirs, 0.0, high, 0.05 * alpha, seed))
    grid = np.linspace(*q, 20_001)
    least, greatest = np.inf, -np.inf
    for difference in np.linspace(*d, 101):
        # The slope is infinite where the first root is 0, which no grid meets.
        edge = np.sqrt(max(0, -difference)) / ratio
        scale = np.append(grid, edge) if q[0] <= edge <= q[1] else grid
        square = difference + ratio**2 * scale**2
        # Mean squares are not negative.
        possible = square >= -1e-12
        found = np.sqrt(np.maximum(0, square[possible])) - ratio * scale[possible]
        if len(found) > 0:
            least, greatest = min(least, found.min()), max(greatest, found.max())
    return [float(np.sqrt(ours.mean()) - ratio * np.sqrt(theirs.mean())), float(least), float(greatest)]


def root_case(n, power, noise, ratio, high, alpha, seed):
    theirs = np.round(high * rng.random(n) ** power, 5)
    ours = np.round(np.clip(theirs * (1 + noise * rng.normal(size=n)), 0, high), 5)
    return {
        **{"ours": ours.tolist(), "theirs": theirs.tolist()},
        **{"ratio": ratio, "high": high, "alpha": alpha, "seed": seed},
        "answer": root_grid(ours, theirs, ratio, high, alpha, seed),
    }


def share_below(positive, scores):
    """Of each positive the share of negatives below it, and of each negative that of positives above it; ties count half."""
    pairs = (scores[positive][:, None] > scores[~positive][None, :]) + 0.5 * (scores[positive][:, None] == scores[~positive][None, :])
    return pairs.mean(axis=1), pairs.mean(axis=0)


def auc_betting(positive, candidate, production, half, alpha, seed):
    ours, theirs = share_below(positive, candidate), share_below(positive, production)
    difference = float(ours[0].mean() - theirs[0].mean())
    below, above = 0.0, 0.0
    for mine, other in zip(ours, theirs):
        low, high = betting_bounds(mine - other, -half, half, alpha, seed)
        below += (difference - min(low, difference)) ** 2
        above += (max(high, difference) - difference) ** 2
    return [max(-half, difference - below**0.5), min(half, difference + above**0.5)]


def auc_case(n, positives, digits, alone, alpha, seed):
    positive = np.arange(n) < positives
    production = np.zeros(n) if alone else np.round(positive + rng.normal(size=n), digits)
    candidate = np.round(positive + rng.normal(size=n), digits) if alone else np.round(production + 0.5 * rng.normal(size=n), digits)
    half = 0.5 if alone else 1.0
    return {
        "positive": positive.astype(int).tolist(),
        "candidate": candidate.tolist(),
        "production": production.tolist(),
        "range": [-half, half],
        "alpha": alpha,
        "seed": seed,
        "answer": auc_betting(positive, candidate, production, half, alpha, seed),
    }


even = lambda count: np.full(count, 9)
uneven = lambda count: rng.integers(4, 30, count)
fixture = {
    "libraries": {"scipy": scipy.__version__, "numpy": np.__version__},
    "fewClusters": [
        cluster_case("mae", 12, even, 0, False, 0.05),
        cluster_case("mae", 25, uneven, 0, False, 0.05),
        cluster_case("rmse", 14, uneven, 0, True, 0.05),
        cluster_case("mae", 30, uneven, 3, True, 0.01),
        cluster_case("rmse", 20, even, -5, False, 0.05),
    ],
    "degrees": [[sizes, float(degrees(np.array(sizes, float)))] for sizes in ([1.0] * 10, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [200.0] + [5.0] * 19, rng.integers(1, 99, 35).tolist())],
    "roots": [
        root_case(120, 3, 0.3, 1.0, 1.0, 0.05, 3),
        root_case(200, 2, 0.6, 0.9, 4.0, 0.05, 4),
        root_case(80, 4, 0.2, 1.3, 1.0, 0.01, 5),
        root_case(60, 9, 3.0, 1.0, 1.0, 0.05, 6),
    ],
    "aucBetting": [
        auc_case(60, 20, 1, False, 0.05, 3),
        auc_case(150, 12, 8, False, 0.01, 4),
        auc_case(80, 30, 1, True, 0.05, 5),
    ],
}
OUT.write_text(json.dumps(fixture, separators=(",", ":")).replace("},{", "},\n{").replace("],[", "],\n[") + "\n")
print(OUT, OUT.stat().st_size)
