"""Detectors along series: when what was seen does not look like what was there before, how surely, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from ....errors import NsiError, OptionError, SeriesError, TimeError, UnknownNameError, warn
from ....voids.intervals import check_level
from ...core.drawn import Drawn
from ..along import MEND, Steps, labelled, steps
from ..moments import refuse_infinite
from .conformal import Calibration, needed
from .registry import STREAMS, detector
from .series import SeriesDetector

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

Floats = npt.NDArray[np.float64]

EXPLAINED = 0.97  # of the mean deviation of the values: a period that leaves more explains nothing
MORE = "calibrate=, more of them; what the detector keeps, shorter; or a larger alpha"
LONGEST_GAP = 10  # times the samples that there are: how many may be missing where places count


@dataclass(frozen=True, slots=True, eq=False)
class SeriesAnomalies(Drawn):
    """How strange the samples of series are beside those before them.

    Parameters
    ----------
    value, score, p, expected : numpy array of float64, shape (series, n)
        Of each sample: the value; how strange it is, higher being stranger; the conformal p-value, NaN in the part that
        calibrates; what was expected in its place. NaN where nothing can be said.
    flag : numpy array of bool, shape (series, n)
        Where p is alpha at most; of change alarms (CUSUM, Page and Hinkley), where the score is above their threshold.
    dim : str
        Along which the series lie.
    coord : numpy array, shape (n,)
        Where the samples lie: datetime64[us], UTC, of times.
    coords : dict of str to numpy array
        Of the dims along which there are many series; places where the data has none.
    name, unit : str
        Of the values.
    calibrated : int
        Samples at the beginning that calibrate.
    detectors : tuple of SeriesDetector
        One for each series, as they are after the last sample: they go on with `score_one` and `learn_one`.
    alpha : float
        Share of false alarms.
    method : str
        Name of the detector.
    """

    figure: ClassVar[str] = "watched"

    value: Floats
    score: Floats
    p: Floats
    expected: Floats
    flag: npt.NDArray[np.bool_]
    dim: str
    coord: npt.NDArray[Any]
    coords: dict[str, npt.NDArray[Any]]
    name: str
    unit: str
    calibrated: int
    detectors: tuple[SeriesDetector, ...]
    alpha: float
    method: str

    def __len__(self) -> int:
        """How many runs of flags there are."""
        return sum(len(self.runs(number)) for number in range(len(self.value)))

    @property
    def missing(self) -> int:
        """How many values are NaN."""
        return int(np.isnan(self.value).sum())

    @property
    def unscored(self) -> int:
        """How many values after those that calibrate have no score: nothing could be said of them."""
        return int((np.isnan(self.score) & ~np.isnan(self.value))[:, self.calibrated :].sum())

    @property
    def thresholds(self) -> tuple[float, ...]:
        """Scores above which a sample is flagged, of each series."""
        return tuple(_limit(model) for model in self.detectors)

    @property
    def false_alarms(self) -> tuple[float, float]:
        """Bounds (95 %) of the share of normal samples with p <= alpha, if independent, and like those that calibrate."""
        return min((model.calibration_ for model in self.detectors), key=len).interval(self.alpha)

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
        kind, unit = self.detectors[number], "" if self.unit == "1" else f" {self.unit}"
        score, expected = self.score[number, at], self.expected[number, at]
        if np.isnan(score):
            return "nothing can be said of it"
        seen = f"{self.value[number, at]:.6g}{unit}"
        where = "" if np.isnan(expected) else f" where {kind.usual} was {expected:.6g}{unit}"
        return f"{seen}{where}: {score:.3g} {kind.measured}"

    def table(self) -> pd.DataFrame:
        """Give one row for each run of flags: since when and until when, of how many samples, the strangest of them, and why."""
        import pandas as pd

        rows = []
        zone = "UTC" if self.coord.dtype.kind == "M" else None
        for number, place in enumerate(np.ndindex(*(len(c) for c in self.coords.values()))):
            for first, last in self.runs(number):
                at = first + int(np.nanargmax(self.score[number, first : last + 1]))
                since, until, when = (_stamp(self.coord[k], zone) for k in (first, last, at))
                row = {d: c[k] for (d, c), k in zip(self.coords.items(), place, strict=True)}
                row |= {"since": since, "until": until, "samples": int(self.flag[number, first : last + 1].sum()), self.dim: when}
                row |= {"value": self.value[number, at], "expected": self.expected[number, at], "score": self.score[number, at]}
                rows.append(row | {"p": self.p[number, at], "unit": self.unit, "why": self.why(at, number)})
        names = [*self.coords, "since", "until", "samples", self.dim, "value", "expected", "score", "p", "unit", "why"]
        found = pd.DataFrame(rows, columns=names)
        found.attrs["units"] = {"value": self.unit, "expected": self.unit, "score": "1", "p": "1"}
        return found

    def to_xarray(self) -> xr.Dataset:
        """Give a Dataset of all samples, with the dims of the data: value, score, p, expected and flag."""
        import xarray as xr

        dims, shape = (*self.coords, self.dim), (*(len(c) for c in self.coords.values()), len(self.coord))
        told = {
            "value": (self.value, self.unit, self.name),
            "score": (self.score, "1", f"strangeness by {self.method}"),
            "p": (self.p, "1", "conformal p-value"),
            "expected": (self.expected, self.unit, f"{self.detectors[0].usual}"),
            "flag": (self.flag, "1", "whether it is an anomaly"),
        }
        found = {n: (dims, v.reshape(shape), {"units": u, "long_name": said}) for n, (v, u, said) in told.items()}
        low, high = self.false_alarms
        attrs = {"method": self.method, "alpha": self.alpha, "calibrated": self.calibrated, "missing": self.missing}
        coords = {**self.coords, self.dim: self.coord}
        return xr.Dataset(found, coords, attrs | {"false_alarms_lower": low, "false_alarms_upper": high})

    def __repr__(self) -> str:
        asked = self.value.shape[1] - self.calibrated
        many = f" in {len(self.value)} series" if self.coords else ""
        gone = f", {self.missing} missing" * (self.missing > 0) + f", {self.unscored} without a score" * (self.unscored > 0)
        worst = ""
        if self.flag.any():
            number, at = np.unravel_index(np.where(self.flag, self.score, -np.inf).argmax(), self.flag.shape)
            worst = f"; strangest {self.coord[at]}: {self.why(int(at), int(number))}"
        flags = f"{int(self.flag.sum())} of {asked * len(self.value)} samples{many}, in {len(self)} run{'s' * (len(self) != 1)}"
        return f"SeriesAnomalies({flags}, by {self.method}{gone}{worst})"


def detect_series(
    data: Any,
    method: str | SeriesDetector = "novelty",
    dim: str | None = None,
    *,
    calibrate: float = 0.5,
    alpha: float = 0.01,
    tz: str | tzinfo | None = None,
    **options: Any,
) -> SeriesAnomalies:
    """Find what is strange in a series, or each of many, beside what was there before.

    Each sample is scored before it is learned, as it would have been live. The scores of the first part calibrate; p of those
    after it is the share of these that are as strange. So the first part has to be normal; and where noise remembers, alarms come
    in runs: `table` has a row for each.

    Parameters
    ----------
    data : DataArray, pandas Series, or array of one dimension
        Dims other than `dim` stay: each place of them has a detector of its own.
    method : str or SeriesDetector
        Name of a detector of single series, or one with its options, which is not changed.
    dim : str, optional
        Along which the series lie; default: "time", or the only one.
    calibrate : float or int
        Share of the samples, below 1, or how many of the first ones calibrate.
    alpha : float
        Share of false alarms.
    tz : str or tzinfo, optional
        Zone of times that have none.
    **options
        Of the detector.

    Raises
    ------
    UnknownNameError, OptionError
        If there is no such detector or option, or so few samples cannot reach alpha.
    SeriesError, TimeError, DimsError
        If the data is no series of finite numbers, what calibrates is constant, or the steps differ and the detector depends on
        them.

    Warns
    -----
    NsiWarning
        If a period does not fit, or values have no score.

    Examples
    --------
    >>> load = np.random.default_rng(0).normal(size=2000)
    >>> load[1500:1503] += 9
    >>> found = detect_series(load, alpha=0.002)
    >>> found.table()[["since", "until", "samples"]].to_numpy().tolist()
    [[1500, 1501, 2]]
    >>> found.detectors[0].score_one(20.0) > found.thresholds[0]
    True
    """
    model = _model(method, alpha, options)
    array, dim = labelled(data, dim)
    others = {str(d): array[d].to_numpy() if d in array.coords else np.arange(array.sizes[d]) for d in array.dims if d != dim}
    lie = steps(array, dim, tz)
    n = array.sizes[dim]
    if not array.size:
        raise SeriesError(f"there are no values: the shape is {array.shape}", "at least one series with samples")
    first = _first(calibrate, n)
    values = np.asarray(array.transpose(*others, dim).to_numpy(), dtype=np.float64).reshape(-1, n)
    place = _places(lie, model)
    scores, expected, models = np.empty_like(values), np.empty_like(values), []
    for number, at in enumerate(np.ndindex(*(len(c) for c in others.values()))):
        try:
            scores[number], expected[number], made = _one(values[number], model, first, place)
        except NsiError as error:
            which = ", ".join(f"{d}={others[d][i]}" for d, i in zip(others, at, strict=True))
            raise (type(error)(f"{which}: {error.message}", error.hint) if which else error) from None
        models.append(made)
    p = np.array([made.calibration_.p(score) for made, score in zip(models, scores, strict=True)])
    p[:, :first] = np.nan
    flag = np.array([score > _limit(made) for made, score in zip(models, scores, strict=True)])
    flag[:, :first] = False
    named, unit, known = str(array.name or "value"), str(array.attrs.get("units", "1")), _name(model)
    found = SeriesAnomalies(
        values, scores, p, expected, flag, dim, lie.coord, others, named, unit, first, tuple(models), model.alpha, known
    )
    if found.unscored:
        warn(f"{found.unscored} of {flag.size} values have no score: too little was there before them", "more samples")
    return found


def after(data: Any, reference: Any, dim: str | None = None, **options: Any) -> SeriesAnomalies:
    """Find what is strange in series after a reference.

    Parameters
    ----------
    data : DataArray, pandas Series, or array of one dimension
        What is judged.
    reference : the same, or number
        What was before it and is normal; or how many of the first samples are, or what share.
    dim, **options
        As `detect_series` takes them.
    """
    import xarray as xr

    if np.ndim(reference) == 0 and not isinstance(reference, xr.DataArray):
        return detect_series(data, dim=dim, calibrate=reference, **options)
    (first, along), (then, also) = labelled(reference, dim), labelled(data, dim)
    others = [[d for d in array.dims if d != end] for array, end in ((first, along), (then, also))]
    if along != also or set(others[0]) != set(others[1]) or first.attrs.get("units") != then.attrs.get("units"):
        said = [f"{dict(array.sizes)} in {array.attrs.get('units', '1')!r}" for array in (first, then)]
        raise SeriesError(f"the reference has {said[0]}, the data {said[1]}", "the same dims and units in both")
    try:
        joined = xr.concat([first, then], dim=along, join="exact", combine_attrs="override")
    except ValueError:
        raise SeriesError(
            f"the reference and the data have other {', '.join(map(str, others[0])) or 'coords'}", "the same series in both"
        ) from None
    return detect_series(joined, dim=along, calibrate=first.sizes[along], **options)


def _model(method: Any, alpha: float, options: dict[str, Any]) -> SeriesDetector:
    if isinstance(method, SeriesDetector):
        if options:
            raise OptionError(f"a detector with the options {sorted(options)}", "options in the detector itself")
        return method
    if method not in STREAMS:
        raise UnknownNameError.among("detector of series", method, STREAMS)
    made = detector(method, alpha=check_level(alpha, "alpha"), **options)
    if not isinstance(made, SeriesDetector):
        raise OptionError(f"{method!r} takes tables", "detect(...)")
    return made


def _name(model: SeriesDetector) -> str:
    named = [name for name, home in STREAMS.items() if home.endswith(f":{type(model).__name__}")]
    return named[0] if named else type(model).__name__


def _first(calibrate: Any, n: int) -> int:
    """Give how many of the first samples calibrate."""
    real = isinstance(calibrate, (int, float, np.integer, np.floating)) and not isinstance(calibrate, bool)
    if not real or not calibrate > 0:
        raise OptionError(f"calibrate is {calibrate!r:.80}", "a share of the samples, as 0.5, or how many of the first")
    first = int(calibrate * n) if calibrate < 1 else int(calibrate)
    if not 1 <= first < n or (calibrate >= 1 and first != calibrate):
        raise OptionError(f"calibrate is {calibrate:g}, of {n} samples", "fewer than there are, as the others are judged")
    return first


def _places(lie: Steps, model: SeriesDetector) -> npt.NDArray[np.intp] | None:
    """Give the place of each sample among those there would be without gaps, where that matters."""
    if not model.steady:
        return None
    if lie.irregular:
        raise TimeError(f"{lie.irregular}, and {type(model).__name__} counts them", "means of equal windows")
    place: npt.NDArray[np.intp] = np.round((lie.position - lie.position[0]) / lie.step).astype(np.intp)
    if (np.diff(place) < 1).any():
        raise TimeError(f"steps of {lie.step:g} are not equal enough to count them", MEND.partition(";")[0])
    if place[-1] + 1 > LONGEST_GAP * len(place):
        raise TimeError(f"of {place[-1] + 1:,} steps only {len(place):,} have a sample", "means of longer windows")
    return place


def _one(values: Floats, model: SeriesDetector, first: int, place: Any) -> tuple[Floats, Floats, SeriesDetector]:
    """Run a detector over a series, calibrated by the first part."""
    refuse_infinite(values)
    part = values[:first]
    least = 1 if model.changes else needed(model.alpha)
    if first < least:
        raise OptionError(
            f"alpha={model.alpha:g} needs {least} scores that calibrate, and the first {first} of the samples do", MORE
        )
    if np.isnan(part).all():
        raise SeriesError(f"all of the first {first} values, which calibrate, are NaN", "calibrate=, more of them")
    if np.nanmin(part) == np.nanmax(part):
        raise SeriesError(
            f"all of the first {first} values, which calibrate, are {np.nanmin(part):g}", "is the sensor frozen? calibrate=, more"
        )
    made = model.suited(part)
    placed, put = values, slice(None)
    if place is not None:
        placed, put = np.full(place[-1] + 1, np.nan), place
        placed[put] = values
    scores, expected = (found[put] for found in made.replay(placed))
    held = Calibration.of(scores[:first])
    if len(held) < least:
        raise OptionError(f"alpha={made.alpha:g} needs {least} scores that calibrate; {first} samples give {len(held)}", MORE)
    made.n_features_in_ = 1
    made._calibrated(held)
    _doubt(made, part, expected[:first])
    return scores, expected, made


def _limit(model: SeriesDetector) -> float:
    """Give the score above which a sample is flagged."""
    return float(model.threshold) if model.changes else -float(model.offset_)


def _doubt(model: SeriesDetector, values: Floats, expected: Floats) -> None:
    """Warn where a period explains nothing."""
    period = getattr(model, "period", None)
    known = ~np.isnan(values + expected)
    if period is None or known.sum() < period:
        return
    left, whole = values[known] - expected[known], values[known]
    spread = [float(np.abs(part - np.median(part)).mean()) for part in (left, whole)]
    if spread[0] >= EXPLAINED * spread[1]:
        warn(
            f"a period of {period} does not fit: what it leaves varies by {spread[0]:.3g}, the values by {spread[1]:.3g}",
            "period=, in samples; or a detector without one",
        )


def _stamp(value: Any, zone: str | None) -> Any:
    import pandas as pd

    return pd.Timestamp(value, tz=zone) if zone else value
