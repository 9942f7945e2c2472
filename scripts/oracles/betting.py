"""The betting bound of a mean as the docstring of `bettingBounds` has it, for the scripts beside this one."""
import numpy as np
from scipy import special


def density(x):
    return np.exp(-x * x / 2) / np.sqrt(2 * np.pi)


def betting_lower(x, alpha, order):
    """The lower bound of values in [0, 1], with the exact hedge, by bisection over m."""
    x = x[order]
    n = len(x)
    horizon, mean, squares = np.empty(n), 0.5, 1 / 16
    for i in range(n):
        horizon[i] = np.sqrt(squares / (i + 1) * (n - i))
        before = mean
        mean += (x[i] - mean) / (i + 2)
        squares += (x[i] - before) * (x[i] - mean)

    def refutes(m):
        price = alpha / 1.02
        for i in range(n):
            hedge = density(special.ndtri(price)) if 0 < price < 1 else 0
            price += min(hedge / horizon[i], 0.99 * price / m, (1 - price) / (1 - m)) * (x[i] - m)
            if price >= 1 / 1.02:
                return True
        return False

    low, high = 0.0, 1.0
    for _ in range(25):
        middle = (low + high) / 2
        low, high = (middle, high) if refutes(middle) else (low, middle)
    return low


def fisher_yates(seed, n):
    """The order of `randomFrom(seed).shuffle`."""
    state, items = np.random.RandomState(seed), list(range(n))
    for i in range(n - 1, 0, -1):
        j = int(state.randint(0, i + 1, dtype=np.uint32))
        items[i], items[j] = items[j], items[i]
    return np.array(items)


def betting_bounds(values, low, high, alpha, seed):
    """Both one-sided bounds of the mean of values in [low, high]."""
    order = fisher_yates(seed, len(values))
    x = (values - low) / (high - low)
    return [low + (high - low) * betting_lower(x, alpha, order), high - (high - low) * betting_lower(1 - x, alpha, order)]
