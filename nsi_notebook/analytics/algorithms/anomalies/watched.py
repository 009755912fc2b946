"""Detectors along series: when what was seen does not look like what was there before, how surely, and why."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from ....errors import NsiError, OptionError, SeriesError, TimeError, UnknownNameError, warn
from ....voids.intervals import check_level
from ....voids.units import spelled
from ...core.tables import ZONE, dataset_of
from ..along import Steps, labelled, steps
from ..clocks import in_time
from ..moments import refuse_extreme
from ..rising import places_beside
from ..series_warnings import warn_refused
from ..zones import zone_of
from .base import StreamDetector
from .conformal import Calibration, needed
from .found_in_series import SeriesAnomalies, limit
from .registry import STREAMS, detector
from .tables import read, refuse_pixels

if TYPE_CHECKING:
    import xarray as xr

Floats = npt.NDArray[np.float64]

EXPLAINED = 0.97  # of the mean deviation of the values: a period that leaves more explains nothing
MORE = "calibrate=, more of them; or a larger alpha"
LOOKED = 1 << 14  # values of noise by which a first score is waited for
OTHER, FEW = 0.15, 5  # share and number of steps after what calibrates that may be others
LONGEST_GAP = 10  # times the samples that there are: how many may be missing where places count


def detect_series(
    data: Any,
    method: str | StreamDetector = "novelty",
    dim: str | None = None,
    *,
    calibrate: float = 0.5,
    alpha: float = 0.01,
    fdr: bool = False,
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
        Dims other than `dim` stay: each place of them has a detector of its own. Of a Dataset or DataFrame each variable has.
    method : str or StreamDetector
        Name of a detector of single series, or one with its options, which is not changed.
    dim : str, optional
        Along which the series lie; default: "time", or the only one.
    calibrate : float or int
        Share of the samples, below 1, or how many of the first ones calibrate.
    alpha : float
        Share of false alarms.
    fdr : bool
        Hold the share of false ones among the series that are flagged at one moment to alpha (Benjamini & Hochberg), not that
        among all moments.
    tz : str or tzinfo, optional
        Zone of times that have none.
    **options
        Of the detector.

    Raises
    ------
    UnknownNameError, OptionError
        If there is no such detector or option, or so few samples cannot reach alpha.
    SeriesError, TimeError, DimsError
        If the data is no series of finite numbers, or one of pixels; if what calibrates is constant, or was sampled otherwise;
        or if the steps differ and the detector counts them.

    Warns
    -----
    NsiWarning
        If some of many series are left out, a period does not fit, or values have no score; or if so few samples calibrate that
        `fdr` flags no series alone.

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
    if fdr and model.changes:
        raise OptionError(f"fdr with {_name(model)}, which alarms by a threshold of its own", "fdr=False")
    array, dim = beside(data, dim)
    others = places_beside(array, dim)
    lie = steps(array, dim, tz)
    n = array.sizes[dim]
    if not array.size:
        raise SeriesError(f"there are no values: the shape is {array.shape}", "at least one series with samples")
    first = _first(calibrate, n)
    values = np.asarray(array.transpose(*others, dim).to_numpy(), dtype=np.float64).reshape(-1, n)
    place = _places(lie, model)
    _refuse_other_steps(lie, model, first)
    scores, expected, models = np.full_like(values, np.nan), np.full_like(values, np.nan), []
    refused = dict[tuple[int, ...], NsiError]()
    for number, at in enumerate(np.ndindex(*(len(c) for c in others.values()))):
        try:
            scores[number], expected[number], made = _one(values[number], model, first, place)
        except NsiError as error:
            refused[at] = error
            made = model.suited(np.zeros(first))._calibrated(Calibration.of([]))
        models.append(made)
    left = warn_refused(refused, others, len(values) - len(refused))
    p = np.array([made.calibration_.p(score) for made, score in zip(models, scores, strict=True)])
    p[:, :first] = np.nan
    adjusted = _among(p) if fdr else p
    over = np.array([score > limit(made) for made, score in zip(models, scores, strict=True)])
    flag = adjusted <= model.alpha if fdr else over
    flag[:, :first] = False
    found = SeriesAnomalies(
        values, scores, p, expected, adjusted, flag, dim, lie.coord, others, str(array.name or "value"), _units(array, others),
        first, tuple(models), model.alpha, fdr, _name(model), zone_of(array, dim, tz), left,
    )  # fmt: skip
    if found.unscored:
        gone = f", {found.missing} being NaN" if found.missing else ""
        warn(f"{found.unscored} of {flag.size} values have no score: too little was there before them{gone}", "more samples")
    if found.together > 1 and not flag.any():
        warn(
            f"the samples that calibrate flag at this fdr no fewer than {found.together} of {len(values)} series at once",
            f"{needed(model.alpha / len(values))} of them, or fdr=False",
        )
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

    if not isinstance(reference, (xr.DataArray, xr.Dataset)) and np.ndim(reference) == 0:
        return detect_series(data, dim=dim, calibrate=reference, **options)
    (first, along), (then, also) = (beside(part, dim) for part in (reference, data))
    if not then.sizes[also]:
        raise SeriesError("there are no samples", "those that come after the reference")
    others = [[d for d in array.dims if d != end] for array, end in ((first, along), (then, also))]
    units = [spelled(str(array.attrs.get("units", "1"))) for array in (first, then)]
    if along != also or set(others[0]) != set(others[1]) or units[0] != units[1]:
        said = [f"{dict(array.sizes)} in {array.attrs.get('units', '1')!r}" for array in (first, then)]
        raise SeriesError(f"the reference has {said[0]}, the data {said[1]}", "the same dims and units in both")
    try:
        joined = xr.concat([first, then], dim=along, join="exact", combine_attrs="override")
    except ValueError:
        raise SeriesError(
            f"the reference and the data have other {', '.join(map(str, others[0])) or 'coords'}", "the same series in both"
        ) from None
    return detect_series(joined, dim=along, calibrate=first.sizes[along], **options)


def _model(method: Any, alpha: float, options: dict[str, Any]) -> StreamDetector:
    if isinstance(method, StreamDetector):
        if options:
            raise OptionError(f"a detector with the options {sorted(options)}", "options in the detector itself")
        return method
    if method not in STREAMS:
        raise UnknownNameError.among("detector of series", method, STREAMS)
    made = detector(method, alpha=check_level(alpha, "alpha"), **options)
    if not isinstance(made, StreamDetector):
        raise OptionError(f"{method!r} takes tables", "detect(...)")
    return made


def beside(data: Any, dim: str | None) -> tuple[xr.DataArray, str]:
    """Give series and their dim; the variables of a Dataset, or columns of a table, lie beside one another along `measure`."""
    import pandas as pd
    import xarray as xr

    if (not isinstance(data, (xr.Dataset, pd.DataFrame)) and np.ndim(data) != 2) or isinstance(data, xr.DataArray):
        array, dim = labelled(data, dim)
        refuse_pixels(data, dim)
        return array, dim
    table = read(data, dim)
    refuse_pixels(data, table.dim)
    held = in_time(dataset_of(data, dim) if isinstance(data, pd.DataFrame) else data, dim)
    at = held[table.dim] if table.dim in getattr(held, "coords", ()) else None  # of rows that are only counted
    told = ({} if at is None else dict(at.attrs)) | ({"timezone": "UTC"} if table.aware else {})
    coord = (table.dim, table.coord, told | ({} if table.zone == "UTC" else {ZONE: table.zone}))
    coords: dict[str, Any] = {} if at is None else {table.dim: coord}
    if len(table.measures) == 1:
        attrs = {"units": table.units[0]}
        return xr.DataArray(table.values[:, 0], coords, (table.dim,), table.measures[0], attrs), table.dim
    coords |= {"measure": list(table.measures), "units": ("measure", list(table.units))}
    return xr.DataArray(table.values.T, coords, ("measure", table.dim)), table.dim


def _units(array: xr.DataArray, others: dict[str, Any]) -> tuple[str, ...]:
    """Give the unit of each series."""
    shape = tuple(len(places) for places in others.values())
    if "units" not in array.coords or not set(array["units"].dims) <= set(others):
        return (str(array.attrs.get("units", "1")),) * int(np.prod(shape, dtype=int))
    dims = [d for d in others if d in array["units"].dims]
    told = array["units"].transpose(*dims).to_numpy()
    told = told.reshape([size if d in dims else 1 for d, size in zip(others, shape, strict=True)])
    return tuple(map(str, np.broadcast_to(told, shape).ravel()))


def _among(p: Floats) -> Floats:
    """Adjust the p-values of each moment for the false discovery rate among the series that have one."""
    count = (~np.isnan(p)).sum(axis=0)
    order = np.argsort(p, axis=0)  # NaN last
    ranked = np.take_along_axis(p, order, axis=0) * count / np.arange(1, len(p) + 1)[:, None]
    least = np.fmin.accumulate(ranked[::-1], axis=0)[::-1]
    found = np.empty_like(p)
    np.put_along_axis(found, order, np.minimum(least, 1.0), axis=0)
    return np.where(np.isnan(p), np.nan, found)


def _name(model: StreamDetector) -> str:
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


def _places(lie: Steps, model: StreamDetector) -> npt.NDArray[np.intp] | None:
    """Give the place of each sample among those there would be without gaps, where that matters."""
    if not model.steady:
        return None
    if lie.irregular:
        raise TimeError(f"{lie.irregular}, and {type(model).__name__} counts them", "means of equal windows")
    apart = np.maximum(np.rint(np.diff(lie.position) / lie.step), 1)  # from one to the next, as months differ
    place: npt.NDArray[np.intp] = np.concatenate([[0], np.cumsum(apart)]).astype(np.intp)
    if place[-1] + 1 > LONGEST_GAP * len(place):
        raise TimeError(f"of {place[-1] + 1:,} steps only {len(place):,} have a sample", "means of longer windows")
    return place


def _refuse_other_steps(lie: Steps, model: StreamDetector, first: int) -> None:
    """Refuse to judge samples by the scores of others that lie closer or farther apart."""
    if model.steady or not model.paced or first < 2:
        return
    steps = np.diff(lie.position)
    known, asked = steps[: first - 1], steps[first:]
    low, high = np.quantile(known, (0.1, 0.9))
    other = (asked < low / 2) | (asked > 2 * high)
    if other.sum() > max(FEW, OTHER * other.size):
        raise TimeError(
            f"what calibrates is sampled otherwise, every {np.median(known):g} {lie.per}, than what is asked, every "
            f"{np.median(asked):g}: so p means little",
            "means of equal windows; novelty, which looks at values alone; or a part that calibrates which is sampled like that",
        )


def live(array: xr.DataArray, dim: str, model: StreamDetector, tz: str | tzinfo | None) -> StreamDetector:
    """Give the detector of one series after its last sample, calibrated by all of it."""
    values = np.asarray(array.to_numpy(), dtype=np.float64)
    return _one(values, model, len(values), _places(steps(array, dim, tz), model))[2]


def _one(values: Floats, model: StreamDetector, first: int, place: Any) -> tuple[Floats, Floats, StreamDetector]:
    """Run a detector over a series, calibrated by the first part."""
    refuse_extreme(values, power=2)
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
        raise _too_short(made, first, int(np.isnan(part).sum()), len(held), least)
    made.n_features_in_ = 1
    made._calibrated(held)
    _doubt(made, part, expected[:first])
    return scores, expected, made


def _too_short(model: StreamDetector, first: int, missing: int, held: int, least: int) -> OptionError:
    """Say how many values a detector waits for before its first score, and which of its options say so."""
    waits = before_first(model)
    named = ", ".join(f"{name}={getattr(model, name)}" for name in model.waits)
    gone = f", of which {missing} are missing," if missing else ""
    why = f", as {_name(model)} has none for the first {waits:,} values" + f" ({named})" * bool(named) if waits else ""
    hints = [f"calibrate={waits + least + missing} or more", *(f"a smaller {name}=" for name in model.waits), "a larger alpha"]
    return OptionError(
        f"alpha={model.alpha:g} needs {least} scores that calibrate; {first} samples{gone} give {held}{why}", "; or ".join(hints)
    )


def before_first(model: StreamDetector) -> int:
    """Count the values for which a detector that begins anew has no score, of noise; of many at least how many were looked at.

    Examples
    --------
    >>> before_first(detector("robust_z", window=30)), before_first(detector("frozen"))
    (30, 0)
    """
    size = 64
    while True:
        scored = ~np.isnan(clone(model).replay(np.random.default_rng(0).normal(size=size))[0])
        if scored.any() or size >= LOOKED:
            return int(scored.argmax()) if scored.any() else size
        size *= 4


def _doubt(model: StreamDetector, values: Floats, expected: Floats) -> None:
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
