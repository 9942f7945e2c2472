"""Writes test/fixtures/stats-oracle.json: distributions, intervals and tests by SciPy, statsmodels, NumPy
and mpmath.

    python -m venv /tmp/oracle && /tmp/oracle/bin/pip install scipy==1.17.1 statsmodels==0.15.0 numpy==2.4.6 mpmath==1.4.1
    /tmp/oracle/bin/python scripts/oracles/stats.py

Each case is a list of arguments and, last, the answer.
"""
import json
import pathlib

import mpmath as mp
import numpy as np
import scipy
import statsmodels
from scipy import optimize, special, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

OUT = pathlib.Path(__file__).parents[2] / "test" / "fixtures" / "stats-oracle.json"
mp.mp.dps = 40


def plain(value):
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(v) for v in value]
    if isinstance(value, np.generic):
        return value.item()
    return float(value) if isinstance(value, mp.mpf) else value


def cases(arguments, answer, keep=lambda value: value > 1e-290):
    rows = [[*a, float(answer(*a))] for a in arguments]
    return [row for row in rows if keep(row[-1])]


def grid(*axes):
    return [tuple(plain(v) for v in point) for point in np.array(np.meshgrid(*axes, indexing="ij")).reshape(len(axes), -1).T]


def whole(points, *positions):
    return [tuple(int(v) if i in positions else v for i, v in enumerate(point)) for point in points]


def student_cdf(t, df):
    """Exact: the far tail of stats.t loses digits."""
    t, df = mp.mpf(t), mp.mpf(df)
    tail = mp.betainc(df / 2, mp.mpf(1) / 2, 0, df / (df + t * t), regularized=True) / 2
    return tail if t < 0 else 1 - tail


def student_quantile(p, df):
    start = stats.t.ppf(p, df)
    return mp.findroot(lambda t: student_cdf(t, df) - p, mp.mpf(start)) if p != 0.5 else 0


def choose(n, k):
    return mp.log(mp.binomial(int(n), int(k)))


def binomial_sum(values, n, p):
    p = mp.mpf(p)
    return mp.fsum(mp.binomial(n, i) * p**i * (1 - p) ** (n - i) for i in values)


def exact_upper(k, population, marked, drawn):
    total = mp.binomial(population, drawn)
    top = min(marked, drawn)
    low = max(0, drawn + marked - population)
    return mp.fsum(mp.binomial(marked, i) * mp.binomial(population - marked, drawn - i) for i in range(max(k, low), top + 1)) / total


def tango(b, c, n, level):
    """Tango's score interval, its restricted maximum likelihood found from the likelihood's derivative."""
    z = mp.mpf(stats.norm.ppf((1 + level) / 2))

    def bisect(f, low, high):
        for _ in range(120):
            middle = (low + high) / 2
            low, high = (middle, high) if f(middle) > 0 else (low, middle)
        return (low + high) / 2

    def score(delta):
        low, high = max(mp.mpf(0), -delta), (1 - delta) / 2

        def slope(q):  # of the log-likelihood in q = P(only production is right)
            total = mp.mpf(0)
            if b:
                total += b / (q + delta)
            if c:
                total += c / q
            if n - b - c:
                total -= 2 * (n - b - c) / (1 - 2 * q - delta)
            return total

        q = bisect(slope, low + mp.mpf(10) ** -35, high - mp.mpf(10) ** -35)
        return (b - c - n * delta) / mp.sqrt(n * (2 * q + delta - delta**2))

    estimate = mp.mpf(b - c) / n
    tiny = mp.mpf(10) ** -30
    lower = -mp.mpf(1) if estimate == -1 else bisect(lambda d: score(d) - z, -1 + tiny, estimate)
    upper = mp.mpf(1) if estimate == 1 else bisect(lambda d: score(d) + z, estimate, 1 - tiny)
    return [float(lower), float(upper)]


def ordered_test(reference, current):
    """Section by section as the docstring of orderedTest has it, with matrices."""
    f, g = np.cumsum(current), np.cumsum(reference)
    n, m = f[-1], g[-1]
    h = (f + g) / (n + m)
    group, cuts = 0, []
    for i, share in enumerate(h):
        reached = int(np.floor(share * 64 + 1e-9))
        if reached > group and min(share, 1 - share) * min(n, m) >= 5:
            group = reached
            cuts.append(i)
    h = h[cuts]
    z = (f[cuts] / n - g[cuts] / m) / np.sqrt(h * (1 - h) * (n + m) / (n * m) * (n + m) / (n + m - 1))
    edges = np.concatenate([[0], h, [1]])
    w = (edges[2:] - edges[:-2]) / 2
    w /= w.sum()
    low, high = np.minimum.outer(h, h), np.maximum.outer(h, h)
    c = np.sqrt(np.outer(w, w) * low * (1 - high) / (high * (1 - low)))
    c1, c2, c3 = np.trace(c), np.trace(c @ c), np.trace(c @ c @ c)
    q = float(np.sum(w * z**2))
    df = c2**3 / c3**2
    return [q, float(df), float(stats.chi2.sf((q - c1) / np.sqrt(2 * c2) * np.sqrt(2 * df) + df, df))]


def masked_below(state, n, size):
    """RandomState.randint: masked rejection of 32-bit words."""
    return state.randint(0, n, size=size, dtype=np.uint32)


rng = np.random.default_rng(20260111)
tails = [1e-12, 1e-6, 1e-3, 0.025, 0.3, 0.5, 0.9, 0.975, 1 - 1e-6]
probabilities = [1e-200, 1e-40, *tails]

counts = whole(grid([3, 10, 40, 400], [0.01, 0.05, 0.3, 0.9], [0, 0.3, 0.8, 1, 1.2, 2]), 0)
binomial = sorted({(min(n, int(round(n * p * f))), n, p) for n, p, f in counts})
urns = sorted(
    {
        (min(marked, drawn, int(drawn * marked / population * f)), population, marked, drawn)
        for population, marked, drawn, f in whole(
            grid([50, 400, 3000], [1, 7, 40], [10, 49], [0, 0.5, 1, 1.5, 3, 9]), 0, 1, 2
        )
    }
)

holm_p = [0.01, 0.04, 0.03, 0.005, 0.8, 0.04, 1e-9, 0.5]
means = {"normal": rng.normal(0.1, 2, 40), "skewed": rng.lognormal(0, 1, 60), "offset": 1e9 + rng.normal(0, 1, 30)}
ordered = [
    (rng.multinomial(m, np.ones(k) / k), rng.multinomial(n, p / p.sum()))
    for m, n, k, p in [
        (1000, 1000, 64, np.ones(64)),
        (1000, 200, 64, np.linspace(1, 1.6, 64)),
        (5000, 1000, 100, np.linspace(1, 2, 100)),
        (60, 50, 5, np.ones(5)),
        (100000, 100000, 64, np.linspace(1, 1.05, 64)),
    ]
]
table = [[500, 440], [300, 310], [150, 170], [50, 80]]

fixture = {
    "libraries": {"scipy": scipy.__version__, "statsmodels": statsmodels.__version__, "numpy": np.__version__, "mpmath": mp.__version__},
    "normalCdf": cases(grid([-37, -20, -8, -3, -1, -0.1, 0, 0.5, 2, 6]), lambda x: mp.ncdf(x)),
    "normalQuantile": cases([(p,) for p in probabilities], stats.norm.ppf, lambda v: True),
    "studentCdf": cases(grid([-1e4, -50, -8, -2, -0.5, -1e-3, 0.3, 2, 6], [1, 2.5, 9, 60, 1000, 99999]), student_cdf),
    "studentQuantile": cases(grid([1e-12, 1e-6, 1e-3, 0.025, 0.3, 0.4999, 0.9, 0.975], [1, 2.5, 9, 60, 1000, 99999]), student_quantile, lambda v: True),
    "chiSquareSf": cases(
        [(df * f + (5 if f > 1 else 0), df) for df, f in grid([1, 1.37, 2, 5.5, 17.2, 60, 500.5, 2000, 5000, 20000], [0.01, 0.3, 0.9, 1, 1.1, 1.5, 3, 8, 20])],
        lambda x, df: special.gammaincc(df / 2, x / 2),
    ),
    "betaQuantile": cases([(p, a, b) for (a, b) in [(0.5, 0.5), (0.5, 500), (3, 7), (1, 1e6), (20.5, 1e5), (5000, 5000), (100, 2), (1, 1)] for p in tails], lambda p, a, b: special.betaincinv(a, b, p)),
    "lnChoose": cases([(5, 2), (60, 30), (1000, 3), (1000, 500), (10**6, 10), (10**6, 5 * 10**5)], choose),
    "binomialCdf": cases(binomial, lambda k, n, p: binomial_sum(range(k + 1), n, p)),
    "binomialUpperTail": cases(binomial, lambda k, n, p: binomial_sum(range(k, n + 1), n, p)),
    "hypergeometricUpperTail": cases(urns, exact_upper),
    "hypergeometricLarge": cases([(1100, 200000, 2000, 100000), (1200, 200000, 2000, 100000), (990, 200000, 2000, 100000), (60, 1100000, 60, 100000)], lambda k, N, K, n: stats.hypergeom.sf(k - 1, N, K, n)),
    "clopperPearson": [[k, n, level, *plain(proportion_confint(k, n, 1 - level, "beta"))] for k, n, level in [(0, 10, 0.95), (10, 10, 0.95), (3, 17, 0.9), (50, 1000, 0.95), (1, 100000, 0.99), (49990, 100000, 0.999)]],
    "tango": [[b, c, n, level, *tango(b, c, n, level)] for b, c, n, level in [(0, 0, 50, 0.95), (0, 1, 44, 0.95), (5, 0, 60, 0.9), (12, 9, 300, 0.9), (80, 75, 3092, 0.9), (3, 40, 200, 0.99), (30, 0, 30, 0.95), (0, 30, 30, 0.95), (1, 2, 3, 0.95), (2500, 2600, 100000, 0.9)]],
    "holm": {"p": holm_p, "alpha": 0.05, "adjusted": plain(multipletests(holm_p, 0.05, "holm")[1]), "rejected": plain(multipletests(holm_p, 0.05, "holm")[0])},
    "means": [
        {
            "name": name,
            "values": plain(v),
            "mean": float(np.mean(v)),
            "variance": float(np.var(v, ddof=1)),
            "skewness": float(stats.skew(v)),
            "interval": plain(list(stats.ttest_1samp(v, 0).confidence_interval(0.9))),
        }
        for name, v in means.items()
    ],
    "orderedTest": [{"reference": plain(r), "current": plain(c), "answer": ordered_test(r, c)} for r, c in ordered],
    "chiSquareTable": {"table": table, "statistic": float(stats.chi2_contingency(np.array(table), correction=False)[0])},
    "random": {
        "seed": 20260111,
        "uniform": plain(np.random.RandomState(20260111).random_sample(8)),
        "below": {str(n): plain(masked_below(np.random.RandomState(20260111), n, 12)) for n in [2, 7, 1000, 2**31 + 5]},
    },
}

OUT.write_text(json.dumps(fixture, indent=None, separators=(",", ":"), default=plain).replace('],"', '],\n"') + "\n")
print(OUT, OUT.stat().st_size)
