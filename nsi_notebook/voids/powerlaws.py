"""The exponent of a power law that sizes follow: P(size >= s) ~ s^-D.

Sizes are whole numbers of pixels, so P(size = s) = s^-(D + 1) / zeta(D + 1, s_min), and D is that of greatest likelihood; its
standard error is that of the Fisher information (Clauset, Shalizi & Newman 2009, SIAM Review 51:661, eqs 3.5 and 3.6). The
slope of a straight line through the cumulative distribution on logarithmic axes, as it is often reported, scatters over three
times as much (of 1000 sizes), and the residuals of that line tell nothing of its error, since cumulative counts depend on each
other (ibid., appendix A).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

STEEPEST = 20.0  # D beyond which no sizes are left to tell


def exponent(sizes: NDArray[Any], smallest: int = 1) -> tuple[float, float]:
    """Estimate D by maximum likelihood, with its standard error.

    Parameters
    ----------
    sizes : ndarray of int
        Those below `smallest` are left out.
    smallest : int
        Least size that follows the law, from 1.

    Returns
    -------
    float, float
        NaN where fewer than two different sizes are left.

    Examples
    --------
    >>> sizes = np.random.default_rng(0).zipf(2.5, 10_000)
    >>> found, error = exponent(sizes)
    >>> abs(found - 1.5) < 3 * error < 0.1
    True
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import zeta

    value, count = np.unique(sizes[sizes >= smallest], return_counts=True)
    if len(value) < 2:
        return np.nan, np.nan
    mean = float(np.average(np.log(value), weights=count))  # whatever the order of the sizes

    def cost(d: float) -> float:
        return float(np.log(zeta(d + 1, smallest))) + (d + 1) * mean

    found = float(minimize_scalar(cost, bounds=(1e-3, STEEPEST), method="bounded", options={"xatol": 1e-10}).x)
    step = 1e-3 * found
    information = (cost(found + step) - 2 * cost(found) + cost(found - step)) / step**2
    return found, float(1 / np.sqrt(count.sum() * information))


def slope(sizes: NDArray[Any], smallest: int = 1) -> float:
    """Estimate D by a straight line through the logarithm of the number of sizes that are as large or larger, by least squares.

    >>> slope(np.repeat([1, 2, 4, 8], [4, 2, 1, 1])).__round__(6)
    1.0
    """
    kept = np.sort(sizes[sizes >= smallest])
    value, first = np.unique(kept, return_index=True)
    if len(value) < 2:
        return np.nan
    return -float(np.polyfit(np.log(value), np.log(len(kept) - first), 1)[0])
