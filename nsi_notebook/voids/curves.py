"""Measures at every threshold of a grey image, from one pass over its pixels.

Between two thresholds only the pixels between them change, so each pixel, with its neighbours, is looked at once and adds to the
differences of the counts (Schmalzing & Buchert 1997, ApJ 482:L1, draw such curves of Minkowski functionals). The counts are those
of a mask of each threshold, so the numbers and their intervals are too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
import xarray as xr

from ..errors import OptionError, PixelError, UnknownNameError
from .block import Block
from .carrying import check_names
from .checks import number
from .doubts import Spread
from .intervals import Interval, check_level, intervals
from .measures.base import Array, Coord, Counts, Measure, Variable, check_connectivity, ratio
from .measures.registry import catalogue
from .measures.sweeping import Sweeping, pixels_by_rank
from .measuring import choose, describe, measured, refuse_names
from .segmentation.automatic import Automatic, automatic
from .segmentation.checks import check_pixels
from .space import Space

MOST = 1 << 16  # thresholds


def curves(
    image: xr.DataArray,
    measures: Sequence[str] | str | None = None,
    thresholds: Sequence[float] | float | None = None,
    *,
    phase: str = "dark",
    dims: Sequence[str] | str | None = None,
    connectivity: int | None = None,
    ci: float | None = None,
    seed: int = 0,
    **options: Any,
) -> xr.Dataset:
    """Measure the empty part of an image at every threshold.

    Parameters
    ----------
    image : xarray.DataArray
        Grey values. Dims that are not spatial stay in the output. A chunked (Dask) image is read now for its histogram (twice if
        values are floats or wider than 16 bits), and again when the curves are computed; it is never loaded whole.
    measures : str or sequence of str, optional
        Names of measures that can be swept through the thresholds; default: all that can.
    thresholds : float or sequence of float, optional
        In the image's units, at most 65536; they are sorted. Default: of integers each value that occurs in any frame; of floats,
        and of integers over a range of 65536 or more, 256 in equal steps from the quantile 0.001 to the quantile 0.999, and the
        automatic ones.
    phase : {"dark", "bright"}
        dark: empty is what is not above the threshold; bright: what is above it.
    dims : sequence of str, optional
        Spatial dims; default: those of z, y, x that are there.
    connectivity : int, optional
        Of the void: 4 or 8 in 2-D, 6, 18 or 26 in 3-D; default 4, 6.
    ci : float, optional
        Nominal coverage of confidence intervals by resampling tiles, as in `measure`: pointwise, not of the curve as a whole.
    seed : int
        Of the resampling.
    **options
        Options of the measures.

    Returns
    -------
    xarray.Dataset
        With dim `threshold`, whose attrs hold the automatic thresholds of the image (`nsi_li`, `nsi_otsu`, `nsi_triangle`, as
        `void` finds them over the series). Each variable equals, bit for bit, `measure(void(image, t, phase=phase))` at each
        threshold t; so do the intervals. `<variable>_range` (bound) is its least and greatest value over the thresholds from the
        lowest to the highest automatic one (NaN if none lies there): how far the result depends on which of them is chosen.
        `pixel_share` is the share of pixels above the threshold before and not above this one. Lazy for a chunked image, unless
        `ci` is given.

    Raises
    ------
    PixelError
        If there are NaN or infinite pixels, several channels, a dtype without order, or one value only and no thresholds.
    OptionError
        If a measure cannot be swept, or an option or a threshold has no meaning.
    DimsError, SpacingError, UnknownNameError
        As in `measure`.

    Notes
    -----
    While a chunk (with `ci` a tile) is counted it takes 256 bytes for each threshold in 2-D and 4 KiB in 3-D, and some 8 bytes
    for each of its pixels; what is kept of it is a few numbers for each threshold.

    Examples
    --------
    >>> image = xr.DataArray(np.array([[0, 0, 9], [9, 9, 5]], dtype="uint8"), dims=("y", "x"))
    >>> curves(image, ["void_fraction", "euler"]).euler_number.to_series().to_dict()
    {0.0: 1, 5.0: 2, 9.0: 1}
    """
    check_pixels(image)
    if phase not in ("dark", "bright"):
        raise UnknownNameError.among("phase", phase, ("dark", "bright"))
    level = None if ci is None else check_level(float(number("ci", ci)))
    if number("seed", seed, Integral) < 0:
        raise OptionError(f"seed={seed} is negative", "give a whole number from 0")
    space = Space.of(image, dims)
    chosen = _sweeping(measures, space, connectivity, options)
    given = None if thresholds is None else _given(thresholds)
    refuse_names(image, chosen, space, level, "image")
    check_names(image, space.dims, ("threshold", "bound", "pixel_share"), "image", "curves")
    found = automatic(image, phase)
    if given is None:
        if found is None:
            raise PixelError("all pixels of the image have one value, so no threshold stands out", "give some: thresholds=[...]")
        given = found.levels
    levels = _Levels(given, image.dtype.newbyteorder("="), str(image.attrs.get("units", "1")), phase, found)
    swept: list[Measure] = [*(_Curve(each, levels) for each in chosen), _Share(levels)]
    how = partial(describe, chosen=swept, space=space, level=level, seed=int(seed), bounds_of=_bounds)
    return measured(image, swept, space, how, level, lazily=level is None)


def _sweeping(
    measures: Sequence[str] | str | None, space: Space, connectivity: int | None, options: dict[str, Any]
) -> list[Sweeping]:
    """Make the measures that were asked for, if each can be swept."""
    able = [n for n, k in catalogue().items() if issubclass(k, Sweeping) and space.ndim in k.ndims]
    asked = able if measures is None else [measures] if isinstance(measures, str) else list(measures)
    for name in asked:
        if name not in catalogue():
            raise UnknownNameError.among("measure along the threshold", name, able)
        if not issubclass(catalogue()[name], Sweeping):
            raise OptionError(
                f"{name} cannot be swept through the thresholds in one pass; these can: {', '.join(able)}",
                f"measure it at each: nsi.measure(nsi.void(image, t), {name!r})",
            )
    made = choose(asked, space, check_connectivity(connectivity, space.ndim), options, chunked=False)
    return [m for m in made if isinstance(m, Sweeping)]


def _given(thresholds: Sequence[float] | float) -> Array:
    """Sort thresholds, each once."""
    plain = np.asarray(thresholds).tolist() if hasattr(thresholds, "__array__") else thresholds
    several = plain if isinstance(plain, Iterable) and not isinstance(plain, str) else [plain]
    values = [number("thresholds", v) for v in several]
    if not 1 <= len(values) <= MOST:
        raise OptionError(f"{len(values)} thresholds were given", f"give 1 to {MOST}, or none for those of the image")
    return np.unique(np.array(values, dtype=float))


@dataclass(frozen=True)
class _Levels:
    """The thresholds, and where each value of the image stands among them."""

    values: Array
    dtype: np.dtype[Any]
    units: str
    phase: str
    found: Automatic | None

    @property
    def number(self) -> int:
        return len(self.values)

    @property
    def between(self) -> Array:
        """Whether each threshold is among the automatic ones."""
        low, high = self.found.between if self.found else (np.nan, np.nan)
        return (self.values >= low) & (self.values <= high)

    def coord(self) -> Coord:
        return Coord("threshold", ("threshold",), self.values, self.units, "threshold")

    def rank(self, block: Block) -> Block:
        """Give the ranks of a block's pixels: of bright phases from the highest threshold down."""
        if "ranks" not in block.memo:
            ranks = self._ranks(np.asarray(block.data))
            mine = ranks if self.phase == "dark" else np.uint32(self.number) - ranks
            block.memo["ranks"] = Block(mine, block.origin, block.core, block.whole)  # type: ignore[arg-type]
        found: Block = block.memo["ranks"]
        return found

    def rising(self, counts: Array) -> Array:
        """Put counts by rank in the order of the thresholds, or back."""
        return counts if self.phase == "dark" else counts[::-1]

    def _ranks(self, data: Array) -> Array:
        """Number of the first threshold that is not below each value, exactly as `void` compares."""
        data = np.asarray(data, dtype=self.dtype)
        if self.dtype.kind in "iu" and self.dtype.itemsize <= 2:
            return np.asarray(self._table[data.view(f"u{self.dtype.itemsize}")])
        below, cuts = self._cuts
        return (below + np.searchsorted(cuts, data)).astype(np.uint32)

    @cached_property
    def _table(self) -> Array:
        """Rank of every value of a short integer, by its bits."""
        size = self.dtype.itemsize
        every = np.arange(1 << 8 * size, dtype=f"u{size}").view(self.dtype)
        return np.searchsorted(self.values, every).astype(np.uint32)

    @cached_property
    def _cuts(self) -> tuple[int, Array]:
        """How many thresholds are below all that the dtype can hold, and the others; integers are compared as integers."""
        if self.dtype.kind == "f":
            return 0, self.values
        info = np.iinfo(self.dtype)
        whole = [int(np.floor(v)) for v in self.values]
        return sum(v < info.min for v in whole), np.array(
            [min(v, int(info.max)) for v in whole if v >= info.min], dtype=self.dtype
        )


@dataclass(frozen=True)
class _Curve(Measure):
    """A measure at every threshold: its counts and outputs have one more dim in front."""

    of: Sweeping
    levels: _Levels

    def halo(self, whole: Sequence[int]) -> int:
        """One pixel for all, so that they share the ranks."""
        return 1

    def count(self, block: Block) -> tuple[Counts, Counts]:
        steps = self.of.sweep(self.levels.rank(block), self.levels.number)
        return {k: self.levels.rising(np.cumsum(v, axis=0)) for k, v in steps.items()}, {}

    def report(self, counts: Counts, space: Space) -> tuple[list[Variable], list[Coord]]:
        if self.of.elementwise:
            firsts, places = self.of.report(counts, space)
            each = [first.values for first in firsts]
        else:
            alone = [self.of.report({k: v[i] for k, v in counts.items()}, space) for i in range(self.levels.number)]
            firsts, places = alone[0]
            each = [np.stack([found[n].values for found, _ in alone]) for n in range(len(firsts))]
        outputs = []
        for first, values in zip(firsts, each, strict=True):
            among = values[self.levels.between]
            ends = np.stack([among.min(axis=0), among.max(axis=0)], -1) if len(among) else np.full((*values.shape[1:], 2), np.nan)
            name = f"range of: {first.long_name}, between the automatic thresholds"
            outputs += [
                Variable(first.name, values, first.units, first.long_name, ("threshold", *first.dims), first.interval),
                Variable(f"{first.name}_range", ends.astype(float), first.units, name, (*first.dims, "bound"), interval=False),
            ]
        bound = Coord("bound", ("bound",), np.array(["lower", "upper"]), "1", "bound")
        return outputs, [*places, self.levels.coord(), bound]

    def attrs(self) -> dict[str, Any]:
        return self.of.attrs() | {"nsi_phase": self.levels.phase}

    def label(
        self, variables: Sequence[Variable], coords: Sequence[Coord]
    ) -> tuple[dict[str, xr.Variable], dict[str, xr.Variable]]:
        data, along = Measure.label(self, variables, coords)
        found = self.levels.found.found if self.levels.found else {}
        along["threshold"].attrs |= {f"nsi_{method}": value for method, value in found.items()}
        return data, along


@dataclass(frozen=True)
class _Share(Measure):
    """The histogram: share of the pixels between a threshold and the one before."""

    levels: _Levels
    name: ClassVar[str] = "pixel_share"

    def halo(self, whole: Sequence[int]) -> int:
        """As the curves, to share the ranks."""
        return 1

    def count(self, block: Block) -> tuple[Counts, Counts]:
        return {"pixels": self.levels.rising(pixels_by_rank(self.levels.rank(block), self.levels.number))}, {}

    def report(self, counts: Counts, space: Space) -> tuple[list[Variable], list[Coord]]:
        share = ratio(counts["pixels"][:-1], counts["pixels"].sum())
        name = "share of pixels above the threshold before and not above this one"
        return [Variable("pixel_share", share, "1", name, ("threshold",), interval=False)], []

    def attrs(self) -> dict[str, Any]:
        return {k: v for k, v in Measure.attrs(self).items() if k != "nsi_levels"}


def _bounds(each: Measure, counts: Counts, space: Space, level: float, seed: int) -> dict[str, Interval]:
    """Intervals at each threshold, as those of its mask; sums over several thresholds at once would round otherwise."""
    if not isinstance(each, _Curve):
        return {}
    found = [intervals(each.of, {k: v[:, i] for k, v in counts.items()}, space, level, seed) for i in range(each.levels.number)]
    return {
        name: Interval(np.stack([one[name].bounds for one in found]), Spread.together([one[name].spread for one in found]))
        for name in found[0]
    }
