"""Confidence intervals by resampling tiles.

Neighbouring pixels are not independent, so the interval of a pixel count is far too narrow. Instead the window is cut
into tiles, the counts of the tiles are drawn with replacement, and each draw is reported like the whole (block bootstrap:
Hall 1985, Stoch Proc Appl 20:231; Lahiri 2003, Resampling Methods for Dependent Data). The percentiles are widened for
the number of tiles (Hesterberg 2015, Am Stat 69:371) and, where adjacent tiles vary together, by the covariance that a draw
of single tiles loses (Conley 1999, J Econometrics 92:1). Tiles may differ in size, so the counts of a draw are those of as many
pixels as the window has. A thing that spans tiles is booked where it begins, so what is larger than half a tile has no
interval: simulation shows coverage to fall with its size. Where the tiles do not tell enough, an interval is in doubt (`doubts`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from ..errors import OptionError
from .block import Box, boxes, even, volume
from .doubts import DOUBT, Spread
from .measures.base import Array, Counts, Measure, Variable, ratio
from .space import Space

PARTS = {1: 32, 2: 8, 3: 4}  # tiles along each axis, by number of dims
REPLICATES = 999
TOGETHER = 1 << 24  # numbers of draws that are made at once
ROUNDING = 1e-12  # of a value: replicates that differ by less are the same


def tiles(shape: Sequence[int]) -> list[Box]:
    """Cut a window into tiles of nearly equal size: 32, 8 x 8 or 4 x 4 x 4.

    >>> len(tiles((100, 100)))
    64
    """
    return list(boxes(shape, [even(n, PARTS[len(shape)]) for n in shape]))


def largest(shape: Sequence[int]) -> float:
    """Give the largest extent in pixels (of a lag, box, chord) that has an interval: half the shortest side of a tile.

    >>> largest((128, 100))
    6.25
    """
    return min(n / min(n, PARTS[len(shape)]) for n in shape) / 2


@dataclass(frozen=True)
class Pieces:
    """What is drawn: the tiles of a window, or parts of a series of frames.

    Parameters
    ----------
    size : ndarray, shape (pieces,)
        Pixels of each tile, frames of each part.
    along : tuple of int
        How many there are along each axis.
    whole : float
        Size of what is reported: of a window all of its pixels, of frames one.
    largest : float
        Extent in pixels beyond which nothing has an interval.
    """

    size: Array
    along: tuple[int, ...]
    whole: float
    largest: float = np.inf

    @classmethod
    def of(cls, space: Space) -> Pieces:
        """Give the tiles of a window."""
        pixels = _pixels(space.shape)
        return cls(pixels, grid(space), float(pixels.sum()), largest(space.shape))

    def total(self, counts: Counts) -> Counts:
        """Give the counts of the whole."""
        share = self.size.sum() / self.whole
        return {k: v.sum(axis=0) if share == 1 else v.sum(axis=0) / share for k, v in counts.items()}


@dataclass(frozen=True)
class Interval:
    """Bounds of a variable, shape (..., 2), and how the tiles vary behind each of those that are not NaN."""

    bounds: Array
    spread: Spread

    @classmethod
    def of(cls, point: Variable, bounds: Array, spread: Spread) -> Interval:
        """Keep how the tiles vary where they tell something."""
        there = np.isfinite(bounds).all(axis=-1).ravel()
        if point.extent is not None:  # lengths of which there are none, and shares at 0 that are 1, tell nothing
            there &= spread.own > 0
        return cls(bounds, spread.among(there))

    def attrs(self, space: Space) -> dict[str, str]:
        """Say why it is in doubt, if it is."""
        parts = tiles(space.shape)
        size = " x ".join(str(hi - lo) for lo, hi in parts[0])
        doubt = self.spread.doubt(len(parts), "tiles", f"{size} pixels")
        return {DOUBT: doubt} if doubt else {}


def check_level(level: float, name: str = "ci") -> float:
    """Give the level if it is one.

    Raises
    ------
    OptionError
        If it is not between 0 and 1.
    """
    if not (isinstance(level, float | int | np.number) and 0 < level < 1):
        usual = 0.05 if name in ("alpha", "alarm") else 0.95
        raise OptionError(f"{name}={level!s:.80} is not a level between 0 and 1", f"for example {name}={usual}")
    return level


def intervals(
    measure: Measure, counts: Counts, space: Space, level: float, seed: int, pieces: Pieces | None = None
) -> dict[str, Interval]:
    """Intervals of the variables of a measure, from the counts of tiles.

    Parameters
    ----------
    measure : Measure
        Whose counts they are.
    counts : dict of ndarray, shape (tiles, ...)
        As `measure.tally` gives them for one state a tile.
    space : Space
        The frame.
    level : float
        Nominal coverage.
    seed : int
        Of the draws.
    pieces : Pieces, optional
        What was counted; default: the tiles of the frame.

    Returns
    -------
    dict of Interval
        Of each variable that has one: lower and upper bound, within its range; NaN beyond `largest`.
    """
    adding = [v for k, v in counts.items() if k not in measure.shared]
    if not adding:  # all that it counts belongs to the window as a whole
        return {}
    number = len(adding[0])
    if number < 2:
        raise OptionError(
            f"a window of {space.shape} pixels has one tile only, so no interval", "leave ci out, or use a larger window"
        )
    pieces = Pieces.of(space) if pieces is None else pieces
    tail = tail_of(level, number)
    points, result = [], {}
    for point, replicates, spread in resampled(measure, counts, space, draws(number, seed), pieces):
        center = np.asarray(point.values, dtype=float).ravel()
        moves = np.sqrt(spread.inflation) * (quantiles(replicates, tail) - center)
        bounds = shaped(np.clip(center + moves, point.lowest, point.highest), point, pieces.largest)
        points.append(point)
        result[point.name] = Interval.of(point, bounds, spread)
    return likened(points, result)


def likened(points: Iterable[Variable], found: Mapping[str, Interval]) -> dict[str, Interval]:
    """Doubt each interval as that of the variable that tells the same, where there is one."""
    return {p.name: replace(found[p.name], spread=found[p.alike or p.name].spread) for p in points}


@lru_cache(maxsize=8)
def draws(number: int, seed: int | tuple[int, ...]) -> Array:
    """How many times each of a number of tiles is drawn in each replicate, shape (REPLICATES, number)."""
    found = np.random.default_rng(seed).multinomial(number, np.full(number, 1 / number), size=REPLICATES).astype(float)
    found.flags.writeable = False  # it is shared
    return found


def resampled(
    measure: Measure, counts: Counts, space: Space, times: Array, pieces: Pieces
) -> Iterator[tuple[Variable, Array, Spread]]:
    """Draw tiles with replacement and report each draw.

    Parameters
    ----------
    measure, counts, space, pieces
        As `intervals` takes them.
    times : ndarray, shape (REPLICATES, tiles)
        How many times each tile is drawn: see `draws`.

    Yields
    ------
    point : Variable
        A variable of the whole that has an interval.
    replicates : ndarray, shape (REPLICATES, values)
        What the draws give, its values in one row.
    spread : Spread
        How the tiles vary.
    """
    adding = {k: v for k, v in counts.items() if k not in measure.shared}
    scaled = times * (pieces.whole / (times @ pieces.size))[:, None]
    fixed = {k: counts[k] for k in measure.shared}
    points, _ = measure.report(pieces.total(adding) | fixed, space)
    step = max(1, TOGETHER // max((v[0].size for v in adding.values()), default=1))  # draws of long counts a few at a time
    values: dict[str, list[Array]] = {point.name: [] for point in points if point.interval}
    for first in range(0, REPLICATES, step):
        some = scaled[first : first + step]
        replicates, _ = measure.report({k: np.tensordot(some, v.astype(float), axes=1) for k, v in adding.items()} | fixed, space)
        for replicate in replicates:
            if replicate.name in values:
                values[replicate.name].append(np.asarray(replicate.values, dtype=float).reshape(len(some), -1))
    for point in points:
        if point.interval:
            flat = np.concatenate(values[point.name])
            spread = Spread.of(_influence(times, flat).reshape(*pieces.along, -1))
            if point.things is not None:
                alone, _ = measure.report({k: v.astype(float) for k, v in adding.items()} | fixed, space)
                each = next(np.asarray(v.things) for v in alone if v.name == point.name)
                spread = replace(spread, things=np.abs(each).sum(axis=0).ravel())
            yield point, flat, spread


@lru_cache(maxsize=8)
def _pixels(shape: tuple[int, ...]) -> Array:
    """Number of pixels of each tile of a window."""
    return np.array([volume([tile]) for tile in tiles(shape)])


@lru_cache(maxsize=8)  # a curve asks at each threshold
def tail_of(level: float, number: int) -> float:
    """Share of the draws beyond each bound: less than (1 - level) / 2, as few tiles vary too little (Hesterberg 2015)."""
    from scipy import stats

    return float(stats.norm.cdf(np.sqrt(number / (number - 1)) * stats.t.ppf((1 - level) / 2, number - 1)))


def shaped(bounds: Array, point: Variable, most: float) -> Array:
    """Give bounds (2, values) the shape of their variable and a last axis of bounds, NaN beyond an extent."""
    bounds = bounds.T.reshape(*np.shape(point.values), 2)
    if point.extent is not None:
        bounds[..., point.extent > most, :] = np.nan
    return bounds


def grid(space: Space) -> tuple[int, ...]:
    """Tiles along each axis."""
    return tuple(min(PARTS[space.ndim], n) for n in space.shape)


def _influence(times: Array, values: Array) -> Array:
    """What each tile adds: the covariance of the replicates with the number of times that it was drawn."""
    mean = ratio(np.nansum(values, axis=0), np.count_nonzero(~np.isnan(values), axis=0))  # of no number: NaN, without a warning
    moved = np.nan_to_num(values - mean)
    moved[np.abs(moved) <= ROUNDING * np.abs(mean)] = 0
    return np.asarray((times - 1).T @ moved / len(times))


def quantiles(values: Array, tail: float) -> Array:
    """Lower and upper quantile of each column, NaN where a column holds no number."""
    empty = np.isnan(values).all(axis=0)
    quantile = np.nanquantile if np.isnan(values).any() else np.quantile
    found = quantile(np.where(empty, 0.0, values), [tail, 1 - tail], axis=0)  # a column of NaN would warn
    return np.asarray(np.where(empty, np.nan, found))
