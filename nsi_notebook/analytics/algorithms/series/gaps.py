"""Where a series has no samples, and how its steps lie."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from ....errors import NsiError, OptionError, SeriesError
from ...core.drawn import Drawn
from ...core.shown import many
from ..along import labelled
from ..every import Each
from ..noise import Floats
from ..rising import NEIGHBOURS, places_beside, positions, typical
from ..series_warnings import warn_refused
from ..statistics.words import several
from ..zones import in_zone, months_apart, told_places, zone_of
from .words import length, months_said

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

Ints = npt.NDArray[np.int64]

UNEVEN = 3.0  # median steps: what is farther apart is a gap in a series without a step


@dataclass(frozen=True, slots=True, eq=False)
class Gaps(Drawn):
    """Gaps of one series.

    Parameters
    ----------
    before, after : numpy array, shape (m,)
        The coordinate of the sample before each gap, and of that after it: datetime64[us], UTC, of times.
    length : numpy array of float64, shape (m,)
        From the one to the other, in `per`.
    absent : numpy array of int64, shape (m,)
        Steps of each without a sample; about as many where the steps differ.
    nan : numpy array of int64, shape (m,)
        How many of these are there, and are NaN.
    step : float
        Typical step, in `per`.
    jitter : float
        By what part of a step those from neighbour to neighbour differ at most; where there is no step, half of the range of
        the middle 90 %.
    regular : bool
        Whether the samples are in equal steps, but for gaps.
    samples, missing : int
        Values, and NaN at an end or within.
    duplicates, backwards : int
        How often the coordinate is the same again, or goes back, in the order in which the samples are.
    first, last : object
        The coordinate of the first and last value.
    dim, per : str
    zone : str
        In which times came, and are shown.
    leading, trailing : int
        NaN before the first value, and after the last.
    months : int
        Of the calendar in a step; 0 if the steps are none.
    begin, end : object
        The coordinate of the first and last sample, be it NaN.
    """

    figure: ClassVar[str] = "gaps"

    before: npt.NDArray[Any]
    after: npt.NDArray[Any]
    length: Floats
    absent: Ints
    nan: Ints
    step: float
    jitter: float
    regular: bool
    samples: int
    missing: int
    duplicates: int
    backwards: int
    first: Any
    last: Any
    dim: str
    per: str
    zone: str = "UTC"
    leading: int = 0
    trailing: int = 0
    months: int = 0
    begin: Any = None
    end: Any = None

    def __len__(self) -> int:
        return len(self.before)

    @property
    def share(self) -> float:
        """Part of all steps that has no value: of those from the first value to the last, and NaN before and after."""
        absent = int(self.absent.sum()) + self.leading + self.trailing
        return absent / (absent + self.samples - self.duplicates)

    def __repr__(self) -> str:
        return f"Gaps({self.sentence})"

    @property
    def finding(self) -> str:
        """What was found, in a few words, by which series are counted."""
        return many(len(self), "gap") if len(self) else "no gap"

    @property
    def sentence(self) -> str:
        """What was found, in plain words."""
        how = f"in steps of {months_said(self.months) if self.months else length(self.step, self.per)}"
        if not (self.regular or self.months):
            how = f"in irregular steps of about {length(self.step, self.per)}"
        odd = [(self.duplicates, "the same place again"), (self.backwards, "back")]
        tail = "".join(f"; {'once' if many == 1 else f'{many:,} times'} {what}" for many, what in odd if many)
        ends = [(self.leading, "first"), (self.trailing, "last")]
        told = several([f"{'' if many == 1 else f'{many:,} '}{what}" for many, what in ends if many])
        if told:
            tail = f"; the {told} {'is' if self.leading + self.trailing == 1 else 'are'} missing{tail}"
        share = f"{100 * self.share:.2g} % of all steps are missing"
        if not len(self):
            return f"{self.samples:,} samples {how} have no gap{f'; {share}' if told else ''}{tail}."
        longest = int(np.argmax(self.length))
        around = told_places(np.array([self.before[longest], self.after[longest]]), self.zone)
        where = " to ".join(around) + (f" {self.zone}" if self.before.dtype.kind == "M" else "")
        many = "a gap" if len(self) == 1 else f"{len(self)} gaps"
        which = "from" if len(self) == 1 else f"the longest of {length(float(self.length[longest]), self.per)} from"
        return f"{self.samples:,} samples {how} have {many}, {which} {where}; {share}{tail}."

    def table(self) -> pd.DataFrame:
        """Give one row for each gap: the samples around it, its length, steps that are absent, and how many of these are NaN."""
        import pandas as pd

        ends = {"before": self.before, "after": self.after}
        shown = {name: in_zone(c, self.zone) for name, c in ends.items()}
        found = pd.DataFrame({**shown, "length": self.length, "absent": self.absent, "nan": self.nan})
        found.attrs["units"] = {"length": self.per, "absent": "1", "nan": "1"}
        return found

    def to_xarray(self) -> xr.Dataset:
        """Give a Dataset with the dim `gap`."""
        import xarray as xr

        zone = {"timezone": "UTC"} if self.before.dtype.kind == "M" else {}
        one = {"units": "1"}
        found = {
            "before": ("gap", self.before, zone),
            "after": ("gap", self.after, zone),
            "length": ("gap", self.length, {"units": self.per}),
            "absent": ("gap", self.absent, one),
            "nan": ("gap", self.nan, one),
            "step": ((), self.step, {"units": self.per}),
            "jitter": ((), self.jitter, one),
            "share": ((), self.share, one),
            "samples": ((), self.samples, one),
            "missing": ((), self.missing, one),
            "leading": ((), self.leading, one),
            "trailing": ((), self.trailing, one),
            "duplicates": ((), self.duplicates, one),
            "backwards": ((), self.backwards, one),
        }
        return xr.Dataset(found, {"gap": np.arange(len(self))}, {"dim": self.dim})


def gaps(data: Any, dim: str | None = None, *, longer: float | None = None, tz: str | tzinfo | None = None) -> Gaps | Each[Gaps]:
    """Find where a series has no samples, and describe its steps; nothing is refused that has an order.

    Parameters
    ----------
    data, dim, tz
        See `changes`; NaN is a value that is not there. The coordinate may repeat and go back, which is counted; it is sorted.
    longer : float, optional
        Steps from a sample to the next above which there is a gap; default: 1.2, or 3 typical ones where the steps differ.

    Returns
    -------
    Gaps, or Each of them if the data has other dims

    Raises
    ------
    SeriesError, TimeError, OptionError, DimsError
        If there are fewer than 3 values, of many series in each; times are naive or missing, or it is not clear along which dim.

    Warns
    -----
    NsiWarning
        If some of many series are left out: it names them, and says why.

    Examples
    --------
    >>> load = np.sin(np.arange(100.0))
    >>> load[40:45] = np.nan
    >>> gaps(load)
    Gaps(95 samples in steps of 1 sample have a gap, from 39 to 45; 5 % of all steps are missing.)
    >>> gaps(load).table()[["before", "after", "absent", "nan"]].to_dict("records")
    [{'before': 39, 'after': 45, 'absent': 5, 'nan': 5}]
    """
    if longer is not None and not (isinstance(longer, (int, float)) and longer >= 1):
        raise OptionError(f"longer is {longer!r:.80}", "a number of steps, at least 1")
    array, dim = labelled(data, dim)
    if not array.size:
        raise SeriesError(f"there are no values: the shape is {array.shape}", "at least one series with samples")
    coord, position, per = positions(array, dim, tz)
    others = places_beside(array, dim)
    there = ~np.isnan(array.transpose(*others, dim).to_numpy().astype(np.float64)).reshape(-1, array.sizes[dim])
    order = np.argsort(position, kind="stable")
    back = int((np.diff(position) < 0).sum())
    zone = zone_of(array, dim, tz)
    found, refused = [], dict[tuple[int, ...], NsiError]()
    for place, row in zip(np.ndindex(*(len(c) for c in others.values())), there, strict=True):
        try:
            if row.sum() < 3:
                raise SeriesError(f"{int(row.sum())} value{'s are' if row.sum() != 1 else ' is'} too few", "at least 3")
            found.append(_gaps(coord[order], position[order], row[order], per, dim, back, longer, zone))
        except NsiError as error:
            refused[place] = error
    told = warn_refused(refused, others, len(found))
    return Each(tuple(found), others, told) if others else found[0]


def _gaps(
    coord: npt.NDArray[Any],
    position: Floats,
    there: npt.NDArray[np.bool_],
    per: str,
    dim: str,
    back: int,
    longer: float | None,
    zone: str,
) -> Gaps:
    at = np.flatnonzero(there)
    apart = np.diff(position[at])
    whole = np.diff(position)
    grown = whole[whole > 0]
    if not grown.size:
        raise SeriesError(f"all samples are at {told_places(coord[:1], zone)[0]}", "a coordinate that rises")
    step, regular = typical(grown)
    if regular:
        jitter = float(np.abs(grown[grown <= NEIGHBOURS * step] / step - 1).max())
    else:
        step = float(np.median(grown))
        jitter = float(np.ptp(np.quantile(grown, [0.05, 0.95]))) / 2 / step
    most = step * (longer if longer is not None else NEIGHBOURS if regular else UNEVEN)
    gap = np.flatnonzero(apart > most)
    before, after = at[gap], at[gap + 1]
    absent = np.maximum(np.rint(apart[gap] / step).astype(np.int64) - 1, 1)
    nan = after - before - 1
    jitter = jitter if jitter > 1e-6 else 0.0
    return Gaps(
        coord[before], coord[after], apart[gap], np.maximum(absent, nan), nan, step, jitter, regular, len(at),
        int((~there).sum()), int((whole == 0).sum()), back, coord[at[0]], coord[at[-1]], dim, per, zone,
        int(at[0]), len(there) - 1 - int(at[-1]), months_apart(coord, zone), coord[0], coord[-1],
    )  # fmt: skip
