"""Values that belong together: laid side by side along a dim, and how many independent pairs they are worth along time.

The variance of the correlation of n pairs from two series that have nothing to do with each other is 1 / n times the sum over
all lags of the products of their autocorrelations (Bartlett 1935, J Roy Stat Soc 98:536; Chelton 1983, Deep-Sea Res 30:1083).
The autocorrelations are those of an autoregressive model of each series (`noise`): sample ones, added up to all lags, vanish.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo

import numpy as np
import numpy.typing as npt
import xarray as xr

from ...errors import DimsError, SeriesError
from .along import Steps, steps
from .noise import Floats, apart, fit
from .rising import one_unit, places_beside

Ints = npt.NDArray[np.int64]

MOST_LAGS = 1 << 20  # a sum over more is not looked at


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """Arrays laid side by side.

    Parameters
    ----------
    arrays : tuple of DataArray
        With the same dims and coords, the one they are matched along last.
    alone : tuple of int
        How many places along that dim each of them has alone.
    lie : Steps, optional
        Of the dim, if it is one of time.
    """

    arrays: tuple[xr.DataArray, ...]
    alone: tuple[int, ...]
    lie: Steps | None

    @property
    def others(self) -> dict[str, npt.NDArray[np.generic]]:
        """The coords of the other dims, in order; places where there are none."""
        one = self.arrays[0]
        return places_beside(one, str(one.dims[-1]))

    @property
    def rows(self) -> Floats:
        """The values, shape (places, arrays, n)."""
        n = self.arrays[0].shape[-1]
        return np.stack([np.asarray(a.to_numpy(), dtype=np.float64).reshape(-1, n) for a in self.arrays], axis=1)


def matched(
    arrays: Sequence[xr.DataArray], dim: str, *, clock: bool, join: str = "inner", tz: str | tzinfo | None = None
) -> Matched:
    """Lay arrays side by side: by the coordinate of a dim where they have one, else by order.

    Parameters
    ----------
    arrays : sequence of DataArray
        Real numbers, all with the dim.
    dim : str
    clock : bool
        Whether it is one of time.
    join : {"inner", "outer"}
        What is at a place that not all of them have: nothing, or NaN.
    tz : str or tzinfo, optional
        Zone of times that have none.

    Raises
    ------
    SeriesError, DimsError, TimeError
        If they have no place in common, or places in several units; lengths that differ without a coordinate, or one that
        repeats; or differ along other dims.

    Examples
    --------
    >>> one = xr.DataArray([1.0, 2.0, 3.0], {"image": [1, 2, 3]}, ("image",))
    >>> found = matched([one, one[1:]], "image", clock=False)
    >>> found.rows.tolist(), found.alone
    ([[[2.0, 3.0], [2.0, 3.0]]], (1, 0))
    """
    given = [_in_utc(array, dim, tz) if clock and dim in array.coords else array for array in arrays]
    sizes = [array.sizes[dim] for array in given]
    if not any(sizes):
        raise SeriesError(f"there are no values along {dim!r}", "several numbers in each")
    one_unit(given, dim)
    labelled = [dim in array.coords for array in given]
    if not all(labelled):
        if len(set(sizes)) > 1:
            raise SeriesError(
                f"{' and '.join(map(str, sizes))} values along {dim!r}, not all with a coordinate: which belong together?",
                "as many of each, or a coordinate for all",
            )
        coord = next((array[dim] for array, has in zip(given, labelled, strict=True) if has), None)
        given = [array if coord is None else array.assign_coords({dim: coord}) for array in given]
    else:
        for array in given:
            if not array.indexes[dim].is_unique:
                raise SeriesError(f"the coordinate {dim!r} holds a value twice: which belong together?", "no repeats")
    try:
        laid = xr.align(*given, join=join, exclude=[d for a in given for d in a.dims if d != dim])  # type: ignore[call-overload]
        laid = xr.align(*laid, join="exact", exclude=[dim])
        laid = xr.broadcast(*laid)
    except ValueError as error:
        raise DimsError(f"they differ along other dims than {dim!r}: {error!s:.120}", "xarray.align(...) first") from None
    shared = set(given[0].indexes[dim]).intersection(*(a.indexes[dim] for a in given[1:])) if all(labelled) else range(sizes[0])
    if not shared and min(sizes):
        ends = " and ".join(f"from {a[dim].values[0]} to {a[dim].values[-1]}" for a in given[:2])
        raise SeriesError(f"they have no {dim!r} in common: {ends}", "the same coordinate; or drop_vars, where they go by order")
    last = [array.transpose(..., dim) for array in laid]
    same = tuple(array.transpose(*last[0].dims) for array in last)
    return Matched(same, tuple(size - len(shared) for size in sizes), steps(same[0], dim, tz) if clock else None)


def _in_utc(array: xr.DataArray, dim: str, tz: str | tzinfo | None) -> xr.DataArray:
    coord = array[dim]
    if coord.dtype.kind not in "MO":
        return array
    found = array.assign_coords({dim: (dim, steps(array, dim, tz).coord, {**coord.attrs, "timezone": "UTC"})})
    named: xr.DataArray = found
    return named


def places(position: Floats, step: float) -> Ints:
    """Give how many steps after the first each sample is; what is farther from the next than all samples counts as that."""
    away = np.minimum(np.rint(np.diff(position) / step), len(position))
    return np.concatenate([[0], np.cumsum(away)]).astype(np.int64)


def effective_pairs(x: Floats, y: Floats, place: Ints, *, conservative: bool = False) -> float:
    """Give the number of independent pairs whose correlation is as sure as that of these of two series.

    Parameters
    ----------
    x, y : numpy array of float64, shape (n,)
        Finite, neither constant.
    place : numpy array of int64, shape (n,)
        Rising; steps since the first.
    conservative : bool
        The smallest of three: by autoregressive models whose order AICc chooses; of order 1 (Bretherton et al. 1999, J Climate
        12:1990); by the initial monotone sequence of the products of sample autocorrelations (see `effective_n`).

    Examples
    --------
    >>> pairs = [np.zeros(2)]
    >>> for e in np.random.default_rng(0).normal(size=(2000, 2)):
    ...     pairs.append(0.9 * pairs[-1] + e)
    >>> x, y = np.array(pairs).T
    >>> 120 < effective_pairs(x, y, np.arange(2001)) < 330    # exactly: 2000 * 0.19 / 1.81 = 210
    True
    """
    n = len(x)
    both = np.stack([_standard(x), _standard(y)])
    how = METHODS if conservative else {"ar": _by_models}
    worst = max(float(method(both, place)) for method in how.values())
    return n / min(max(worst, 1.0), float(n))


def _standard(x: Floats) -> Floats:
    away = x / np.abs(x).max()
    away = away - away.mean()
    found: Floats = away / np.abs(away).max()
    return found


def _by_models(rows: Floats, place: Ints) -> float:
    model = fit(apart(rows, np.diff(place) == 1))
    pairs = _pairs(place)
    one, other = (model.autocorrelation(len(pairs) - 1, row) for row in (0, 1))
    return float(1 + 2 * (pairs[1:] @ (one[1:] * other[1:])) / pairs[0])


def _by_one(rows: Floats, place: Ints) -> float:
    """By models of order 1, whose coefficients are corrected for bias, as those of `effective_n` are."""
    n, beside = rows.shape[1], np.diff(place) == 1
    r = np.einsum("ij,ij->i", rows[:, 1:], rows[:, :-1] * beside) / np.einsum("ij,ij->i", rows, rows) * (n / max(beside.sum(), 1))
    r = np.clip(r + (1 + 4 * r) / n, -0.999999, 0.999999)
    return float((1 + r[0] * r[1]) / (1 - r[0] * r[1]))


def _by_samples(rows: Floats, place: Ints) -> float:
    lags = len(_pairs(place))
    sums = [_lagged(_laid(row, place), lags) for row in rows]
    product = (sums[0] / sums[0][0]) * (sums[1] / sums[1][0])
    even = lags // 2 * 2
    two = product[0:even:2] + product[1:even:2]
    falling = np.minimum.accumulate(np.where(np.logical_and.accumulate(two > 0), two, 0.0))
    return float(2 * falling.sum() - 1)


def _laid(values: Floats, place: Ints) -> Floats:
    grid = np.zeros(int(place[-1]) + 1)
    grid[place] = values
    return grid


def _pairs(place: Ints) -> Floats:
    """Give how many pairs of samples are 0, 1, 2, ... steps apart."""
    n = len(place)
    if place[-1] == n - 1:
        return np.arange(n, 0, -1.0)[:MOST_LAGS]
    return np.rint(_lagged(_laid(np.ones(n), place), min(int(place[-1]) + 1, MOST_LAGS)))


def _lagged(values: Floats, lags: int) -> Floats:
    """Give the sums of products of values 0, 1, 2, ... apart."""
    size = 1 << (2 * len(values) - 1).bit_length()
    spectrum = np.fft.rfft(values, size)
    found: Floats = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, size)[:lags]
    return found


METHODS: dict[str, Callable[[Floats, Ints], float]] = {"ar": _by_models, "ar1": _by_one, "geyer": _by_samples}

__all__ = ["Matched", "effective_pairs", "matched", "places"]
