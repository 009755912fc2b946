"""Distance correlation: 0 only where two things are independent, whatever the shape of their relation.

The statistic is that of Szekely, Rizzo & Bakirov (2007, Ann Stat 35:2769), which is never 0 of a sample, and larger the fewer
values there are; its p comes from reorderings. What is estimated is the root of the squared correlation without that bias
(Szekely & Rizzo 2014, Ann Stat 42:2382), its interval by the jackknife of that square.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt

from ..kernels.distances import products, reordered
from ..noise import Floats, apart, long_runs

MOST = 20_000  # values: each reordering takes some ms then
TOGETHER = 1 << 20  # numbers of reorderings that are made at once
ROUNDING = 1e-12  # of standardised values: what is nearer than that is the same


@dataclass(frozen=True, slots=True, eq=False)
class Distances:
    """What the distances of the points of two rows say.

    Parameters
    ----------
    x, y : numpy array of float64, shape (n,)
        In the order of x.
    order, place : numpy array of int64
        Which point each is, and which y it is in order.
    each : numpy array of float64, shape (3, n)
        For each point, the sums of products of distances: x and y, x and x, y and y.
    rows : numpy array of float64, shape (2, n)
        Sums of distances of each point.
    """

    x: Floats
    y: Floats
    order: npt.NDArray[np.int64]
    place: npt.NDArray[np.int64]
    each: Floats
    rows: Floats

    @property
    def correlation(self) -> float:
        """By the formula of 2007."""
        both, one, other = (self._squared(which) for which in range(3))
        return float(np.sqrt(max(both, 0.0) / np.sqrt(one * other)))

    def unbiased(self) -> tuple[float, Floats]:
        """Give the squared correlation without its bias, and those without each point, in the order in which they were given.

        NaN where all of one row are the same but one.
        """
        n, (a, b) = len(self.x), self.rows
        pairs = ((0, a, b, self._beside()), (1, a, a, self._weighed(self.x, a) * 2), (2, b, b, self._weighed_y(b) * 2))
        whole, less = [], []
        for which, one, other, beside in pairs:
            d, crossed = self.each[which], one @ other
            whole.append(_centred(n, d.sum(), crossed, one.sum() * other.sum()))
            without = crossed - one * other - beside + d
            less.append(_centred(n - 1, d.sum() - 2 * d, without, (one.sum() - 2 * one) * (other.sum() - 2 * other)))
        rest = np.empty(n)
        with np.errstate(divide="ignore", invalid="ignore"):
            rest[self.order] = np.where(np.minimum(less[1], less[2]) > ROUNDING, less[0] / np.sqrt(less[1] * less[2]), np.nan)
        known = min(whole[1:]) > ROUNDING
        return float(whole[0] / np.sqrt(whole[1] * whole[2])) if known else np.nan, rest

    def exceeded(self, orders: Iterable[npt.NDArray[np.int64]]) -> tuple[int, int]:
        """Count orders of the second row, and those in which it is at least as near to the first as it is in its own."""
        back = np.empty_like(self.order)
        back[self.order] = np.arange(len(self.order))
        own = float(self._reordered(np.arange(len(self.x))[None])[0])
        number = above = 0
        left = iter(orders)
        while some := list(islice(left, max(1, TOGETHER // len(self.x)))):
            here = self._reordered(back[np.stack(some)[:, self.order]])
            number, above = number + len(here), above + int((here >= own - ROUNDING).sum())
        return number, above

    def _reordered(self, orders: npt.NDArray[np.int64]) -> Floats:
        found: Floats = reordered(self.x, self.y, self.place, self.rows[0], self.rows[1], orders)
        return found

    def _squared(self, which: int) -> float:
        n, (a, b) = len(self.x), self.rows
        one, other = ((a, b), (a, a), (b, b))[which]
        return float(self.each[which].sum() / n**2 - 2 * (one @ other) / n**3 + one.sum() * other.sum() / n**4)

    def _beside(self) -> Floats:
        """Give for each point the sum over the others of the distance in one times the row of the other, both ways."""
        return self._weighed(self.x, self.rows[1]) + self._weighed_y(self.rows[0])

    def _weighed_y(self, weight: Floats) -> Floats:
        by = np.argsort(self.place)
        found = np.empty(len(self.x))
        found[by] = self._weighed(self.y[by], weight[by])
        return found

    @staticmethod
    def _weighed(rising: Floats, weight: Floats) -> Floats:
        """Give for each value the sum of its distances from all, each times its weight."""
        before, moment = np.cumsum(weight), np.cumsum(weight * rising)
        found: Floats = rising * (2 * before - before[-1]) - 2 * moment + moment[-1]
        return found


def distances(x: Floats, y: Floats) -> Distances:
    """Take the distances of points.

    Examples
    --------
    >>> x = np.linspace(-1, 1, 50)
    >>> round(distances(x, x**2).correlation, 2), round(distances(x, 3 - 2 * x).correlation, 6)
    (0.49, 1.0)
    """
    one, other = ((v - v.mean()) / v.std() for v in (x, y))
    order = np.argsort(one, kind="stable")
    one, other = one[order], other[order]
    place = np.argsort(np.argsort(other, kind="stable"), kind="stable")
    self = Distances(one, other, order, place, np.empty((3, 0)), np.empty((2, 0)))
    rows = np.stack([self._weighed(one, np.ones_like(one)), self._weighed_y(np.ones_like(one))])
    squares = [len(v) * (v - v.mean()) ** 2 + ((v - v.mean()) ** 2).sum() for v in (one, other)]
    return Distances(one, other, order, place, np.stack([products(one, other, place), *squares]), rows)


def error(whole: float, rest: Floats, joined: npt.NDArray[np.bool_] | None) -> tuple[float, float]:
    """Give the standard error of the squared correlation by the jackknife, and how many independent values it rests on.

    Along time it is that of the mean of what each value adds, which follow one another as the values do.
    """
    n = len(rest)
    if np.isnan(rest).any():
        return np.inf, 1.0
    pseudo = n * whole - (n - 1) * rest
    away = pseudo - pseudo.mean()
    size = float(np.abs(away).max())
    if not size > 0:
        return 0.0, float(n)
    _, variance, long_run = long_runs(apart(away / size, joined)[None], 1, (1, 3), dependent=joined is not None)
    return float(np.sqrt(long_run[0] / n) * size), float(n * (variance[0] / long_run[0]))


def _centred(n: int, products: Floats, crossed: Floats, totals: Floats) -> Floats:
    return (products - 2 * crossed / (n - 2) + totals / ((n - 1) * (n - 2))) / (n * (n - 3))
