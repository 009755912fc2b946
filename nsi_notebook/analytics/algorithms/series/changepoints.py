"""When the mean of a series changed, how surely, and from what to what.

The cut into segments of constant mean is the one of least squared error plus a penalty for each change, found exactly by PELT
(Killick, Fearnhead & Eckley 2012, J Am Stat Assoc 107:1590). The penalty is 3 log n times the long-run variance of the noise
(`noise`), as dependent noise wanders: with the variance of differences of neighbours, 35 % of series of AR(1) noise of 0.3
without a change seem to have one, and all of 0.6. A change counts as noise until it is cut out, so the long-run variance
is that of the residuals of a preliminary cut: binary segmentation into k + 1 segments (Scott & Knott 1974, Biometrics 30:507),
with the k of 1 or more at which AICc of the autoregressive model of the residuals plus 3 log n for each cut is least. One cut
alone, without that choice, never finds a series that goes up and comes back.

For each change, given those beside it, the posterior of its place with a flat prior of the place and of both means is
proportional to exp(gain / 2 g) / sqrt(n1 n2) (Smith 1975, Biometrika 62:407), where g is the long-run variance, which is what the
place of a change in dependent noise scales with (Bai 1997, Rev Econ Stat 79:551). Its set holds the likeliest places.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from ....errors import OptionError, SeriesError
from ....voids.intervals import check_level
from ....voids.units import multiplied
from ...core.drawn import Drawn
from ...core.shown import many
from ..along import Line, each
from ..every import Each
from ..noise import Floats, Noise, known
from ..statistics.result import Check, Estimate
from ..statistics.words import at_first, interval
from .checks import of_changes
from .ordered import refuse_pixels
from .preliminary import preliminary, sums
from .words import listed, samples_said, when

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

Ints = npt.NDArray[np.int64]

LEAST = 20  # samples of a series
MOST = 100_000  # which take some seconds if nothing changes; time grows with the square then


@dataclass(frozen=True, slots=True, eq=False)
class Changes(Drawn):
    """Changes of the mean of one series.

    Parameters
    ----------
    place : numpy array of int64, shape (m,)
        Of the first sample after each change, among the samples that are not missing.
    sets : tuple of numpy array of int64
        Places that hold each change at `level`, given the other changes; not always in one piece.
    mean : numpy array of float64, shape (m + 1,)
        Of each segment.
    line : Line
        What was looked at.
    noise : Noise
        About the means.
    penalty : float
        Of one change, in the square of the unit.
    level : float
        Of the sets and intervals.
    """

    figure: ClassVar[str] = "changes"

    place: Ints
    sets: tuple[Ints, ...]
    mean: Floats
    line: Line
    noise: Noise
    penalty: float
    level: float

    def __len__(self) -> int:
        return len(self.place)

    @property
    def coord(self) -> npt.NDArray[Any]:
        """Of each sample: datetime64[us], UTC, if it is time."""
        return self.line.coord

    @property
    def missing(self) -> int:
        """Samples that were NaN."""
        return self.line.missing

    @property
    def gaps(self) -> int:
        """How often a sample is farther from the next than a step."""
        return self.line.gaps

    @property
    def unit(self) -> str:
        """Of the values."""
        return self.line.unit

    @property
    def at(self) -> npt.NDArray[Any]:
        """The coordinate of the first sample after each change."""
        return self.coord[self.place]

    @property
    def count(self) -> Ints:
        """Samples of each segment."""
        return np.diff(self.place, prepend=0, append=len(self.coord))

    @property
    def interval(self) -> Floats:
        """Bounds of each mean, shape (m + 1, 2); places being chosen by the data, they are a little narrow."""
        half = self._quantile() * np.sqrt(self.noise.long_run / self.count)
        return np.stack([self.mean - half, self.mean + half], axis=1)

    @property
    def jump(self) -> Floats:
        """By how much the mean changed."""
        return np.diff(self.mean)

    @property
    def jump_interval(self) -> Floats:
        """Bounds of each jump, shape (m, 2)."""
        half = self._quantile() * np.sqrt(self.noise.long_run * (1 / self.count[1:] + 1 / self.count[:-1]))
        return np.stack([self.jump - half, self.jump + half], axis=1)

    def __repr__(self) -> str:
        return f"Changes({self.sentence})"

    @property
    def finding(self) -> str:
        """What was found, in a few words, by which series are counted."""
        return many(len(self), "change") if len(self) else "no change seen"

    @property
    def sentence(self) -> str:
        """What was found, in plain words; of more than five changes the first five."""
        tail = f"; {samples_said(self.noise, self.missing)}."
        if not len(self):
            return at_first(f"{self.line.title} is not seen to change{tail}")
        (at, unit), low, high = when(self.line, self.at), *(when(self.line, self.coord[end])[0] for end in self._ends())
        told = []
        for place, first, last, jump, (lower, upper) in zip(at, low, high, self.jump, self.jump_interval, strict=True):
            between = f" (set {first} to {last})" if first != last else ""
            told.append(f"at {place}{between} by {interval(Estimate('jump', jump, lower, upper, self.unit, self.level))}")
        often = {1: "once", 2: "twice"}.get(len(self), f"{len(self)} times")
        zone = unit if self.coord.dtype.kind == "M" else f"{self.line.dim} in {unit}"
        return at_first(f"{self.line.title} changed {often}{f' ({zone})' if unit else ''}: {listed(told)}{tail}")

    @property
    def checks(self) -> tuple[Check, ...]:
        """What is assumed, and what was found of it; looked at when it is asked for, as it takes longer than the changes."""
        return of_changes(self)

    def table(self) -> pd.DataFrame:
        """Give one row for each change: where, the bounds and the size of its set, the means, the jump and its bounds."""
        import pandas as pd

        low, high = self._ends()
        found = pd.DataFrame(
            {
                self.line.dim: self.line.shown(self.at),
                "first": self.line.shown(self.coord[low]),
                "last": self.line.shown(self.coord[high]),
                "places": np.array([len(s) for s in self.sets], dtype=np.int64),
                "before": self.mean[:-1],
                "after": self.mean[1:],
                "jump": self.jump,
                "lower": self.jump_interval[:, 0],
                "upper": self.jump_interval[:, 1],
            }
        )
        found.attrs["units"] = dict.fromkeys(["before", "after", "jump", "lower", "upper"], self.unit)
        return found

    def segments(self) -> pd.DataFrame:
        """Give one row for each segment: its first and last sample, how many it has, the mean and its bounds."""
        import pandas as pd

        edges = np.concatenate([[0], self.place, [len(self.coord)]])
        columns = {
            "first": self.line.shown(self.coord[edges[:-1]]),
            "last": self.line.shown(self.coord[edges[1:] - 1]),
            "count": self.count,
        }
        found = pd.DataFrame({**columns, "mean": self.mean, "lower": self.interval[:, 0], "upper": self.interval[:, 1]})
        found.attrs["units"] = dict.fromkeys(["mean", "lower", "upper"], self.unit)
        return found

    def to_xarray(self) -> xr.Dataset:
        """Give a Dataset with the dims `change`, `segment` and `bound`."""
        import xarray as xr

        low, high = self._ends()
        values, places = {"units": self.unit}, {"timezone": "UTC"} if self.coord.dtype.kind == "M" else {}
        found = {
            "at": ("change", self.at, {"long_name": "first sample after the change", **places}),
            "set_ci": (("change", "bound"), np.stack([self.coord[low], self.coord[high]], axis=1), places),
            "set_places": ("change", np.array([len(s) for s in self.sets], dtype=np.int64), {"units": "1"}),
            "jump": ("change", self.jump, values),
            "jump_ci": (("change", "bound"), self.jump_interval, values),
            "mean": ("segment", self.mean, values),
            "mean_ci": (("segment", "bound"), self.interval, values),
            "count": ("segment", self.count, {"units": "1"}),
            "long_run_variance": ((), self.noise.long_run, {"units": multiplied((self.unit, 2))}),
            "effective": ((), self.noise.effective, {"units": "1"}),
            "missing": ((), self.missing, {"units": "1"}),
        }
        coords = {"change": np.arange(len(self)), "segment": np.arange(len(self) + 1), "bound": ["lower", "upper"]}
        return xr.Dataset(found, coords, {"level": self.level, "dim": self.line.dim})

    def _ends(self) -> tuple[Ints, Ints]:
        return np.array([s.min() for s in self.sets], dtype=np.int64), np.array([s.max() for s in self.sets], dtype=np.int64)

    def _quantile(self) -> float:
        from scipy.special import stdtrit

        return float(stdtrit(max(self.noise.effective - len(self.mean), 1), 0.5 + self.level / 2))


def changes(
    data: Any,
    dim: str | None = None,
    *,
    penalty: float = 3.0,
    least: int = 10,
    noise: str = "ar",
    conservative: bool = False,
    level: float = 0.95,
    tz: str | tzinfo | None = None,
) -> Changes | Each[Changes]:
    """Find when the mean of a series changed.

    Parameters
    ----------
    data : xarray.DataArray, pandas.Series, or array-like of shape (n,)
        Real numbers; NaN is missing: left out, and counted. Of a DataArray each series along `dim` is looked at.
    dim : str, optional
        Along which; default: "time", or the only one.
    penalty : float
        Of a change, in units of log n times the long-run variance. 3 was measured to give few false alarms.
    least : int
        Samples that a segment has: what is shorter is an outlier, not a change. With 2, every third series of 500 samples of
        Student's t with 3 degrees of freedom seems to have a change.
    noise : {"ar", "white"}
        How it depends from sample to sample: by an autoregressive model, for which samples must follow one another in equal steps
        (gaps do no harm), or not at all.
    conservative : bool
        Take the largest long-run variance by the three methods of `effective_n`.
    level : float
        Of the sets of places and the intervals.
    tz : str or tzinfo, optional
        Zone of naive times; a coordinate of xarray may say it in its attr `timezone`.

    Returns
    -------
    Changes, or Each of them if the data has other dims

    Raises
    ------
    SeriesError
        If there are fewer than 20 values or more than 100,000, they are all the same, infinite, or not real.
    TimeError
        If times are naive, missing, repeated or not rising; or their steps differ and the noise is not said to be white.
    OptionError, DimsError
        If an option is outside its range, it is not clear along which dim, or it is one of pixels or tiles.

    Warns
    -----
    NsiWarning
        Below 200 samples, or 10 effective ones: false alarms are more frequent there than is wanted.

    Examples
    --------
    >>> load = np.random.default_rng(0).normal(size=300) + np.repeat([10.0, 12.0], [180, 120])
    >>> found = changes(load)
    >>> found
    Changes(The series changed once: at 180 (set 179 to 182) by 1.83 (95 % CI 1.60 to 2.07); 300 samples.)
    >>> found.table()[["sample", "first", "last"]].to_dict("records")
    [{'sample': 180, 'first': 179, 'last': 182}]
    >>> bool(found.interval[1, 0] < 12 < found.interval[1, 1])
    True
    """
    known(noise)
    check_level(level, "level")
    if not (isinstance(penalty, (int, float)) and 0 < penalty < np.inf):
        raise OptionError(f"penalty is {penalty!r:.80}", "a number above 0; 3 by default")
    if not isinstance(least, (int, np.integer)) or least < 1:
        raise OptionError(f"least is {least!r:.80}", "a whole number of samples, from 1")

    def find(line: Line) -> Changes:
        return _changes(line, float(penalty), int(least), noise, conservative, level)

    refuse_pixels(data, dim)
    return each(data, dim, tz, max(LEAST, 2 * least), find)


def breaks(values: Floats, penalty: float, least: int = 2) -> Ints:
    """Cut samples where the squared error about the means of the segments, plus a penalty for each cut, is least.

    Parameters
    ----------
    values : numpy array of float64, shape (n,)
        Finite.
    penalty : float
        Of a cut, in the square of the unit of the values, above 0.
    least : int
        Samples of a segment.

    Returns
    -------
    numpy array of int64, shape (m,)
        The first sample after each cut.

    Examples
    --------
    >>> breaks(np.array([0.0, 0.1, 0.0, 5.0, 5.1, 5.0]), penalty=1.0)
    array([3])
    """
    return _cut(sums(values), float(penalty), least)


def _cut(total: Floats, penalty: float, least: int) -> Ints:
    from ..kernels.segments import partition

    last = partition(total, penalty, least)
    found, end = [], int(last[-1])
    while end > 0:
        found.append(end)
        end = int(last[end])
    return np.array(found[::-1], dtype=np.int64)


def _changes(line: Line, penalty: float, least: int, noise: str, conservative: bool, level: float) -> Changes:
    n = len(line)
    if n > MOST:
        raise SeriesError(f"{n} values are more than {MOST:,}, for which the time would grow too much", "means of windows first")
    joined = line.regular() if noise == "ar" else None
    scale = float(np.abs(line.value).max())
    value = line.value / scale
    middle = value.mean()
    spread = float(np.abs(value - middle).max())
    value = (value - middle) / spread
    total = sums(value)
    found = preliminary(value, total, joined, conservative)
    each_costs = penalty * float(np.log(n)) * found.long_run
    place = _cut(total, each_costs, least)
    edges = np.concatenate([[0], place, [n]])
    sets = tuple(
        begin + _likeliest(total[begin : end + 1], found.long_run, least, level)
        for begin, end in zip(edges[:-2], edges[2:], strict=True)
    )
    means = np.array([line.value[a:b].mean() for a, b in pairwise(edges)])
    size = scale * spread
    return Changes(
        place,
        sets,
        means,
        line,
        found.times(size),
        each_costs * size**2,
        level,
    )


def _likeliest(sums: Floats, long_run: float, least: int, level: float) -> Ints:
    """Give the places of greatest posterior that together have the level, of one change among samples of these sums."""
    n = len(sums) - 1
    place = np.arange(least, n - least + 1)
    left, right = place, n - place
    step = sums[place] - sums[0] - left * (sums[-1] - sums[0]) / n
    gain = step**2 * n / (left * right)
    logarithm = gain / (2 * long_run) - np.log(left * right) / 2
    posterior = np.exp(logarithm - logarithm.max())
    order = np.argsort(-posterior, kind="stable")
    enough = int(np.searchsorted(np.cumsum(posterior[order]), level * posterior.sum())) + 1
    return np.sort(place[order[:enough]])
