"""Autoregressive residual: a value that those before it do not let expect is strange."""

from __future__ import annotations

import numpy as np

from .base import Floats
from .series import SeriesDetector, length


class ARResidual(SeriesDetector):
    """Error of an autoregressive prediction, in standard deviations of the errors before; fitted by recursive least squares.

    Sees a value that does not follow from the last ones, in the usual range too; the first of a shift. Is blind to what creeps,
    and to a shift after its first values; a frozen sensor it finds very predictable.

    Parameters
    ----------
    order : int, default 3
        How many values before tell the next.
    alpha : float, default 0.01
        Share of false alarms.

    Examples
    --------
    >>> e = np.random.default_rng(0).normal(size=2000)
    >>> x = np.zeros(2000)
    >>> for t in range(1, 2000):
    ...     x[t] = 0.9 * x[t - 1] + e[t]
    >>> detector = ARResidual().fit(x)
    >>> bool(abs(detector.expected_one(0.0) - 0.9 * x[-1]) < 0.2)
    True

    References
    ----------
    Plackett 1950, Biometrika 37:149.
    """

    kernels = "squares"
    waits = ("order",)
    usual, measured = "what the last values let expect", "standard deviations of such errors"
    steady = True
    claims = frozenset({"translation", "units", "far"})

    def __init__(self, *, order: int = 3, alpha: float = 0.01) -> None:
        self.order = order
        self.alpha = alpha

    def _arrays(self) -> dict[str, Floats]:
        p = length(self.order, "order", 1)
        numbers, warm = np.zeros(7), np.zeros(max(20, 5 * (p + 1)))
        return {
            "numbers": numbers,
            "warm": warm,
            "lags": np.zeros(p),
            "coefficients": np.zeros(p + 1),
            "inverse": np.eye(p + 1) * 1e3,
        }
