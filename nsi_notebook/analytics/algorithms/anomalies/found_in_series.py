"""What a detector finds along series: how strange each sample is, how surely, since when and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from ...core.drawn import Drawn
from ...core.shown import many
from ..zones import in_zone
from .base import StreamDetector
from .found import flagged_said, level_said, place_said

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class SeriesAnomalies(Drawn):
    """How strange the samples of series are beside those before them.

    Parameters
    ----------
    value, score, p, expected : numpy array of float64, shape (series, n)
        Of each sample: the value; how strange it is, higher being stranger; the conformal p-value, NaN in the part that
        calibrates; what was expected in its place. NaN where nothing can be said.
    adjusted : numpy array of float64, shape (series, n)
        p for the false discovery rate among the series of a moment (Benjamini & Hochberg 1995); p itself where not asked.
    flag : numpy array of bool, shape (series, n)
        Where that is alpha at most; of change alarms (CUSUM, Page and Hinkley), where the score is above their threshold.
    dim : str
        Along which the series lie.
    coord : numpy array, shape (n,)
        Where the samples lie: datetime64[us], UTC, of times.
    coords : dict of str to numpy array
        Of the dims along which there are many series; places where the data has none.
    name : str
        Of the values.
    units : tuple of str
        Of the values of each series.
    calibrated : int
        Samples at the beginning that calibrate.
    detectors : tuple of StreamDetector
        One for each series, as they are after the last sample: they go on with `score_one` and `learn_one`. That of a series
        that was left out has an empty calibration.
    alpha : float
        Share of false alarms; with `fdr` of false ones among the series that are flagged at one moment.
    fdr : bool
        Whether p was adjusted.
    method : str
        Name of the detector.
    zone : str
        In which times came, and are shown.
    refused : dict of tuple of int to str
        Places of series that were left out, and why; NaN in `to_xarray`, a row with `refused` in `table`.
    """

    figure: ClassVar[str] = "watched"

    value: Floats
    score: Floats
    p: Floats
    expected: Floats
    adjusted: Floats
    flag: npt.NDArray[np.bool_]
    dim: str
    coord: npt.NDArray[Any]
    coords: dict[str, npt.NDArray[Any]]
    name: str
    units: tuple[str, ...]
    calibrated: int
    detectors: tuple[StreamDetector, ...]
    alpha: float
    fdr: bool
    method: str
    zone: str = "UTC"
    refused: dict[tuple[int, ...], str] = field(default_factory=dict)

    def __len__(self) -> int:
        """How many runs of flags there are."""
        return sum(len(self.runs(number)) for number in range(len(self.value)))

    @property
    def missing(self) -> int:
        """How many values are NaN."""
        return int(np.isnan(self.value).sum())

    @property
    def judged(self) -> npt.NDArray[np.bool_]:
        """Whether each of the series was judged: the others were left out."""
        return np.array([place not in self.refused for place in self._places])

    @property
    def _able(self) -> list[StreamDetector]:
        return [model for model, able in zip(self.detectors, self.judged, strict=True) if able]

    @property
    def _places(self) -> list[tuple[int, ...]]:
        """Where along their dims the series are."""
        return list(np.ndindex(*(len(c) for c in self.coords.values())))

    @property
    def unscored(self) -> int:
        """How many values after those that calibrate have no score: nothing could be said of them."""
        return int((np.isnan(self.score) & ~np.isnan(self.value))[self.judged, self.calibrated :].sum())

    @property
    def thresholds(self) -> tuple[float, ...]:
        """Scores above which a sample is flagged, of each series."""
        return tuple(limit(model) for model in self.detectors)

    @property
    def false_alarms(self) -> tuple[float, float]:
        """Bounds (95 %) of the share of normal samples with p <= alpha, if independent, and like those that calibrate.

        0 and 1 of a detector whose p is not calibrated (Page and Hinkley's): nothing is known of it.
        """
        if self.detectors[0].drifts:
            return 0.0, 1.0
        return min((model.calibration_ for model in self._able), key=len).interval(self.alpha)

    @property
    def together(self) -> int:
        """How many series must be out at once for any to be flagged: more than 1 with `fdr` and few calibration samples."""
        smallest = max(model.calibration_.smallest for model in self._able)
        return max(1, ceil(smallest * len(self._able) / self.alpha * (1 - 1e-12))) if self.fdr else 1

    def runs(self, number: int = 0) -> list[tuple[int, int]]:
        """Give the places of the first and the last sample of each run of flags in a series; missing values end none.

        Parameters
        ----------
        number : int
            Of the series.
        """
        there = np.flatnonzero(~np.isnan(self.score[number]))
        flags = self.flag[number, there].astype(np.int8)
        edges = np.diff(flags, prepend=0, append=0)
        return [
            (int(there[begin]), int(there[end - 1]))
            for begin, end in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True)
        ]

    def why(self, at: int, number: int = 0) -> str:
        """Say what is strange of a sample.

        Parameters
        ----------
        at, number : int
            Place of the sample, and of its series.
        """
        kind, unit = self.detectors[number], "" if self.units[number] == "1" else f" {self.units[number]}"
        score, expected = self.score[number, at], self.expected[number, at]
        if np.isnan(score):
            return "nothing can be said of it"
        seen = f"{self.value[number, at]:.6g}{unit}"
        where = "" if np.isnan(expected) else f" where {kind.usual} was {expected:.6g}{unit}"
        return f"{seen}{where}: {score:.3g} {kind.measured}"

    def table(self) -> pd.DataFrame:
        """Give one row for each run of flags: since when and until when, of how many samples, the strangest of them, and why.

        A series that was left out has a row that says why in the column `refused`.
        """
        import pandas as pd

        rows = []
        shown = in_zone(self.coord, self.zone)
        for number, place in enumerate(self._places):
            series = {d: c[k] for (d, c), k in zip(self.coords.items(), place, strict=True)}
            if place in self.refused:
                gone = {"samples": 0, "unit": self.units[number], "why": ""}
                rows.append(series | gone | {"refused": self.refused[place]})
            for first, last in self.runs(number):
                at = first + int(np.nanargmax(self.score[number, first : last + 1]))
                since, until, when = (shown[k] for k in (first, last, at))
                row = series | {"refused": ""}
                row |= {"since": since, "until": until, "samples": int(self.flag[number, first : last + 1].sum()), self.dim: when}
                row |= {"value": self.value[number, at], "expected": self.expected[number, at], "score": self.score[number, at]}
                row |= {"p": self.p[number, at]} | ({"p_adjusted": self.adjusted[number, at]} if self.fdr else {})
                rows.append(row | {"unit": self.units[number], "why": self.why(at, number)})
        ps = ["p", "p_adjusted"] if self.fdr else ["p"]
        names = [*self.coords, "since", "until", "samples", self.dim, "value", "expected", "score", *ps, "unit", "why"]
        names += ["refused"] if self.refused else []
        found = pd.DataFrame(rows, columns=names)
        found.attrs["units"] = {"score": "1"} | dict.fromkeys(ps, "1")
        if len(set(self.units)) == 1:
            found.attrs["units"] |= dict.fromkeys(("value", "expected"), self.units[0])
        return found

    def to_xarray(self) -> xr.Dataset:
        """Give a Dataset of all samples, with the dims of the data: value, score, p, expected and flag."""
        import xarray as xr

        dims, shape = (*self.coords, self.dim), (*(len(c) for c in self.coords.values()), len(self.coord))
        unit = self.units[0] if len(set(self.units)) == 1 else None  # else they are a coordinate
        told = {
            "value": (self.value, unit, self.name),
            "score": (self.score, "1", f"strangeness by {self.method}"),
            "p": (self.p, "1", "conformal p-value" + ", not calibrated: scores depend on the length" * self.detectors[0].drifts),
            "expected": (self.expected, unit, self.detectors[0].usual),
            "flag": (self.flag, "1", "whether it is an anomaly"),
        }
        if self.fdr:
            told["p_adjusted"] = (self.adjusted, "1", "p for the false discovery rate among the series")
        found = {
            n: (dims, v.reshape(shape), ({"units": u} if u else {}) | {"long_name": said}) for n, (v, u, said) in told.items()
        }
        low, high = self.false_alarms
        attrs = {"method": self.method, "alpha": self.alpha, "calibrated": self.calibrated, "missing": self.missing}
        zone = {"timezone": "UTC"} if self.coord.dtype.kind == "M" else {}
        coords: dict[str, Any] = {**self.coords, self.dim: (self.dim, self.coord, zone)}
        if len(set(self.units)) > 1:
            coords["units"] = (tuple(self.coords), np.reshape(self.units, shape[:-1]))
        return xr.Dataset(found, coords, attrs | {"false_alarms_lower": low, "false_alarms_upper": high})

    def __repr__(self) -> str:
        return f"SeriesAnomalies({self.sentence})"

    @property
    def sentence(self) -> str:
        """What was found, in plain words."""
        judged, kind = int(self.judged.sum()), self.detectors[0]
        asked = (self.value.shape[1] - self.calibrated) * judged
        of = f" of {self.name}" * (self.name != "value") + f" in {judged:,} series" * bool(self.coords)
        level = "" if kind.changes else level_said(self.alpha, self.fdr, asked)
        found = flagged_said(int(self.flag.sum()), asked, of, self.method, level)
        missing = int(np.isnan(self.value[self.judged]).sum())
        told = [f"{found}, in {many(len(self), 'run')}" if len(self) else found]
        told += [f"{missing:,} missing"] * bool(missing) + [f"{self.unscored:,} without a score"] * bool(self.unscored)
        told += [f"{len(self.refused)} of {len(self.value)} series refused"] * bool(self.refused)
        told += ["p is not calibrated"] * kind.drifts
        if self.flag.any():
            number, at = map(int, np.unravel_index(np.where(self.flag, self.score, -np.inf).argmax(), self.flag.shape))
            named = zip(self.coords.items(), self._places[number], strict=True)
            where = [*(f"{d}={c[k]}" for (d, c), k in named), place_said(self.coord, at, self.zone)]
            told.append(f"strangest {', '.join(where)}: {self.why(at, number)}")
        return "; ".join(told) + "."


def limit(model: StreamDetector) -> float:
    """Give the score above which a sample is flagged."""
    return float(model.threshold) if model.changes else -float(model.offset_)
