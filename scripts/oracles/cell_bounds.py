"""Writes test/fixtures/cell-bounds-oracle.json: what bounds of rates and of functions of cells should be, by SciPy and
statsmodels and by brute force.

    python -m venv /tmp/oracle && /tmp/oracle/bin/pip install scipy==1.17.1 statsmodels==0.15.0 numpy==2.4.6
    /tmp/oracle/bin/python scripts/oracles/cell_bounds.py
"""
import itertools
import json
import pathlib

import numpy as np
from scipy import optimize, stats
from statsmodels.stats.proportion import proportion_confint

OUT = pathlib.Path(__file__).parents[2] / "test" / "fixtures" / "cell-bounds-oracle.json"


def clopper_pearson(k, n, alpha):
    low, high = proportion_confint(k, n, 2 * alpha, "beta")
    return [0.0 if k == 0 else float(low), 1.0 if k == n else float(high)]


def likeliest(counts, value, target):
    """Constrained maximum of the multinomial likelihood by a general optimiser, from several starts."""
    counts = np.array(counts, float)
    n, size = counts.sum(), len(counts)

    def loss(p):
        return -float(np.sum(counts[counts > 0] * np.log(np.maximum(p[counts > 0], 1e-300)))) / n

    best = None
    rng = np.random.default_rng(1)
    for start in range(30):
        p0 = rng.dirichlet(counts / n * 20 + 0.3)
        found = optimize.minimize(
            loss, p0, method="SLSQP", bounds=[(1e-9, 1)] * size,
            constraints=[{"type": "eq", "fun": lambda p: p.sum() - 1},
                         {"type": "eq", "fun": lambda p: value(p) - target}],
            options={"maxiter": 2000, "ftol": 1e-13},
        )
        if found.success and abs(value(found.x) - target) < 1e-7 and (best is None or found.fun < best.fun):
            best = found
    return [float(x) for x in best.x], float(best.fun)


def f1(c):
    return 2 * c[3] / (2 * c[3] + c[1] + c[2])


def tables(n, size):
    for bars in itertools.combinations(range(n + size - 1), size - 1):
        edges = (-1, *bars, n + size - 1)
        yield [edges[i + 1] - edges[i] - 1 for i in range(size)]


def p_value(counts, value, target):
    """P(figure >= the observed one or undefined) under the likeliest shares with that value, over all tables."""
    shares, _ = likeliest(counts, value, target)
    n, observed = int(sum(counts)), value(counts)
    total = 0.0
    for table in tables(n, len(counts)):
        figure = value(table) if value_defined(value, table) else np.inf
        if figure >= observed - 1e-12:
            total += stats.multinomial.pmf(table, n, np.array(shares) / sum(shares))
    return float(total)


def value_defined(value, table):
    try:
        return np.isfinite(value(table))
    except ZeroDivisionError:
        return False


def f1_difference(c):
    """Of the cells 4*label + 2*production + candidate."""
    ours = [c[0] + c[2], c[1] + c[3], c[4] + c[6], c[5] + c[7]]
    theirs = [c[0] + c[1], c[2] + c[3], c[4] + c[5], c[6] + c[7]]
    return f1(ours) - f1(theirs)


def mcc(c):
    """Of TN, FP, FN, TP."""
    return (c[3] * c[0] - c[1] * c[2]) / np.sqrt((c[3] + c[1]) * (c[3] + c[2]) * (c[0] + c[1]) * (c[0] + c[2]))


def kappa(c):
    n, right = sum(c), c[0] + c[3]
    chance = (c[0] + c[1]) * (c[0] + c[2]) + (c[2] + c[3]) * (c[1] + c[3])
    return (n * right - chance) / (n * n - chance)


FIGURES = {"f1Difference": f1_difference, "mcc": mcc, "kappa": kappa}
LIKELIEST = [
    ("f1Difference", [40, 3, 2, 1, 2, 1, 3, 8], -0.15),
    ("f1Difference", [90, 2, 1, 0, 0, 0, 0, 7], -0.2),
    ("f1Difference", [280, 4, 0, 3, 2, 0, 1, 10], -0.1),
    ("f1Difference", [60, 5, 5, 4, 3, 4, 4, 15], 0.1),
    # Two empty cells share what is needed, or the search must go far.
    ("mcc", [57, 0, 0, 3], -0.15),
    ("mcc", [59, 0, 0, 1], -0.6),
    ("kappa", [90, 0, 0, 110], -0.6),
    ("kappa", [27, 2, 0, 1], -0.7),
]

out = {
    "clopperPearson": [[k, n, a, *clopper_pearson(k, n, a)]
                       for k, n in [(5, 5), (10, 10), (0, 12), (3, 17), (170, 200)] for a in (0.05, 0.001)],
    "likeliest": [{"figure": f, "counts": c, "target": t, "loss": likeliest(c, FIGURES[f], t)[1]}
                  for f, c, t in LIKELIEST],
    # One model's F1 of small tables (TN, FP, FN, TP), whose P is summed over every table.
    "pValues": [{"counts": c, "target": t, "p": p_value(c, f1, t)}
                for c, t in [([12, 1, 1, 4], 0.5), ([14, 0, 0, 4], 0.6), ([9, 3, 2, 6], 0.45), ([5, 2, 0, 8], 0.7)]],
}
lines = [f' {json.dumps(name)}: [\n  ' + ",\n  ".join(map(json.dumps, cases)) + "\n ]" for name, cases in out.items()]
OUT.write_text("{\n" + ",\n".join(lines) + "\n}\n")
