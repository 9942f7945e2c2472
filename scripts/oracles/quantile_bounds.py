"""Writes test/fixtures/quantile-bounds-oracle.json: ranks that bound a quantile, by SciPy's binomial law, and bounds of the
difference of two quantiles by trying every difference at every place.

    python -m venv /tmp/oracle && /tmp/oracle/bin/pip install scipy==1.17.1 numpy==2.4.6
    /tmp/oracle/bin/python scripts/oracles/quantile_bounds.py
"""
import json
import pathlib

import numpy as np
import scipy
from scipy.stats import binom

OUT = pathlib.Path(__file__).parents[2] / "test" / "fixtures" / "quantile-bounds-oracle.json"
rng = np.random.default_rng(20261130)


def ranks(n, share, alpha):
    """All r and s that the definition allows, and of them the greatest and the least."""
    places = np.arange(1, n + 1)
    low = places[binom.cdf(places - 1, n, share) <= alpha]
    high = places[binom.sf(places - 1, n, share) <= alpha]
    return [int(low.max()) if len(low) else None, int(high.min()) if len(high) else None]


def is_refuted(ours, theirs, share, alpha, shift):
    """At every place that counts: each value of theirs and of ours - shift, and between any two of these."""
    n = len(ours)
    low, high = ranks(n, share, 0.05 * alpha)
    alone = ranks(n, share, 0.2 * alpha)[1]
    ordered = np.sort(theirs)
    begin, end = ordered[low - 1], np.inf if high is None else ordered[high - 1]
    changes = np.unique(np.concatenate([theirs, ours - shift]))
    places = np.concatenate([changes, (changes[1:] + changes[:-1]) / 2, [changes[0] - 1, changes[-1] + 1, begin]])
    places = places[(places >= begin) & (places <= end)]
    below = ours[None, :] < places[:, None] + shift
    reached = theirs[None, :] <= places[:, None]
    gained, lost = (below & ~reached).sum(axis=1), (~below & reached).sum(axis=1)
    by_pairs = binom.sf(gained - 1, gained + lost, 0.5) <= 0.7 * alpha
    return bool(np.all(by_pairs | (below.sum(axis=1) >= alone)))


def upper(ours, theirs, share, alpha):
    """The greatest difference that is not refuted: counts change at the differences of single values only."""
    if ranks(len(ours), share, 0.05 * alpha)[0] is None or ranks(len(ours), share, 0.2 * alpha)[1] is None:
        return None
    found = np.unique(np.subtract.outer(ours, theirs).round(9))
    middles = np.concatenate([[found[0] - 1], (found[1:] + found[:-1]) / 2, [found[-1] + 1]])
    kept = [k for k, shift in enumerate(middles) if not is_refuted(ours, theirs, share, alpha, shift)]
    return float(found[kept[-1]])


def pair_case(ours, theirs, share, alpha):
    low = upper(theirs, ours, share, alpha)
    answer = [None if low is None else -low, upper(ours, theirs, share, alpha)]
    return {"ours": ours.tolist(), "theirs": theirs.tolist(), "share": share, "alpha": alpha, "answer": answer}


def normal_pair(n, dependence, digits):
    one = rng.normal(size=n)
    other = dependence * one + np.sqrt(1 - dependence**2) * rng.normal(size=n)
    return np.exp(one).round(digits), np.exp(other).round(digits)


fixture = {
    "libraries": {"scipy": scipy.__version__, "numpy": np.__version__},
    "ranks": [[n, share, alpha, *ranks(n, share, alpha)] for n in [1, 4, 5, 10, 58, 59, 100, 298, 299, 1000, 5000] for share in [0.01, 0.3, 0.5, 0.95, 0.99] for alpha in [0.001, 0.025, 0.05]],
    "pairs": [
        pair_case(*normal_pair(60, 0.9, 3), 0.5, 0.05),
        pair_case(*normal_pair(60, -0.5, 0), 0.5, 0.05),
        pair_case(*normal_pair(60, 0, 3), 0.7, 0.01),
        pair_case(*normal_pair(110, 0.8, 2), 0.95, 0.05),
        pair_case(*normal_pair(50, 0.8, 2), 0.95, 0.05),
        pair_case(np.where(rng.random(60) < 0.4, 3.0, 0.0), np.where(rng.random(60) < 0.3, 2.0, 0.0), 0.5, 0.05),
        pair_case(np.full(60, 100.0), np.full(60, 98.0), 0.5, 0.05),
    ],
}
OUT.write_text(json.dumps(fixture, separators=(",", ":")).replace("},{", "},\n{").replace('],"', '],\n"') + "\n")
print(OUT, OUT.stat().st_size)
