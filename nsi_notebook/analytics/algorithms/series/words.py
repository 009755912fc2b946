"""What was found in a series, in plain words: places by the clocks of the reader, lengths of time in a unit that suits them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ....voids.units import SECONDS
from ...core.shown import worth_said
from ..along import YEAR, Line
from ..noise import Noise
from ..statistics.words import digits, number, several, with_unit
from ..zones import months_apart, told_places

if TYPE_CHECKING:
    import xarray as xr

NAMED = 5  # changes that are told one by one
WHOLE = 1000  # of a unit of time are told as such
LONG = 2.0  # of a unit of time at least is what is told in it


def when(line: Line, coord: npt.NDArray[Any]) -> tuple[list[str], str]:
    """Write places of a series, and what they are told in: the zone of times, or a unit; no seconds where all are 0."""
    kind = line.coord.dtype.kind
    unit = line.zone if kind == "M" else "" if kind == "m" or line.per in ("1", "sample") else line.per
    whole = kind == "M" and not (line.coord.astype("datetime64[us]").astype(np.int64) % 60_000_000).any()
    return [text.removesuffix(":00") if whole else text for text in told_places(coord, line.zone)], unit


def unit_of_time(seconds: float) -> tuple[str, float]:
    """Give the largest unit of which there are two at least, and its seconds.

    >>> unit_of_time(7200.0), unit_of_time(90.0), unit_of_time(0.5)
    (('h', 3600.0), ('s', 1.0), ('ms', 0.001))
    """
    fitting = [(unit, size) for unit, size in SECONDS.items() if LONG * size <= seconds * (1 + 1e-9)]
    return fitting[-1] if fitting else ("ns", SECONDS["ns"])


def unit_of_slope(span: float) -> tuple[str, float]:
    """Give the unit of time per which a slope over so many seconds is told: a year, if there are two, or as `unit_of_time`.

    >>> unit_of_slope(7200.0), unit_of_slope(1e8)
    (('h', 3600.0), ('year', 31556952.0))
    """
    return ("year", YEAR) if span >= LONG * YEAR else unit_of_time(span)


def unit_of_steps(step: float, per: str) -> tuple[str, float]:
    """Give the unit in which a few steps are told, and how many of their own it is: of time the longest that a step is.

    >>> unit_of_steps(5400.0, "s"), unit_of_steps(0.5, "s"), unit_of_steps(2.0, "um")
    (('h', 3600.0), ('ms', 0.001), ('um', 1.0))
    """
    return unit_of_time(LONG * step) if per == "s" else (per, 1.0)


def length(value: float, per: str) -> str:
    """Write a length along a series, of time in the largest unit of which it is a whole number, if it is one.

    >>> length(86400.0, "s"), length(5400.0, "s"), length(5000.4, "s"), length(3.0, "mm"), length(7.0, "sample")
    ('1 d', '90 min', '83.34 min', '3 mm', '7 samples')
    """
    if per in ("1", "sample"):
        return f"{value:.4g} sample{'s'[: value != 1]}" if per == "sample" else f"{value:.4g}"
    if per != "s":
        return f"{value:.4g} {per}"
    whole = [(unit, size) for unit, size in SECONDS.items() if 1 <= value / size < WHOLE and (value / size).is_integer()]
    unit, size = whole[-1] if whole else unit_of_time(value)
    return f"{value / size:.4g} {unit}"


def length_with_bounds(value: float, lower: float, upper: float, per: str, level: float) -> str:
    """Write a length along a series with its interval.

    >>> length_with_bounds(86400.0, 85000.0, 87800.0, "s", 0.95)
    '24.00 h (95 % CI 23.61 to 24.39)'
    """
    unit, size = unit_of_time(value) if per == "s" else ("samples" if per == "sample" else per, 1.0)
    value, lower, upper = value / size, lower / size, upper / size
    decimals = digits(lower, upper, value)
    low, high = number(lower, decimals), number(upper, decimals)
    bounds = f"{low} to {high}" if np.isfinite(upper) else f"{low} or more"
    return f"{with_unit(number(value, decimals), unit)} ({100 * level:.4g} % CI {bounds})"


def period_said(period: int, step: float, line: Line) -> str:
    """Write a period in samples, and how long it is: in months, where the steps are of the calendar."""
    if line.per in ("1", "sample"):
        return f"{period} samples"
    months = months_apart(line.coord, line.zone)
    return f"{period} samples ({months_said(period * months) if months else length(period * step, line.per)})"


def about(period: float, step: float, line: Line) -> str:
    """Write near which length a period of samples is, in three digits."""
    if line.per in ("1", "sample"):
        return f"{period:.3g} samples"
    months = period * months_apart(line.coord, line.zone)
    if months:
        return f"{months:.3g} months" if months < 12 * LONG else f"{months / 12:.3g} years"
    return length(float(f"{period * step:.3g}"), line.per)


def seasons_said(periods: Sequence[str]) -> str:
    """Write of which periods there are seasons.

    >>> seasons_said(["12 samples"]), seasons_said(["24 samples (1 d)", "168 samples (7 d)"])
    ('a season of 12 samples', 'seasons of 24 samples (1 d) and 168 samples (7 d)')
    """
    return f"{'a season' if len(periods) == 1 else 'seasons'} of {several(periods)}"


def months_said(months: int) -> str:
    """Write months of the calendar.

    >>> months_said(1), months_said(3), months_said(12), months_said(18), months_said(24)
    ('1 month', '3 months', '1 year', '18 months', '2 years')
    """
    number, unit = (months, "month") if months % 12 else (months // 12, "year")
    return f"{number} {unit}{'s'[: number != 1]}"


def told_apart(one: xr.DataArray, two: xr.DataArray) -> tuple[str, str]:
    """Give the names of two series; if they are the same, what they are told apart by: long names, or where each was taken.

    >>> import xarray as xr
    >>> flow = xr.DataArray([[1.0], [2.0]], {"line": ["a", "b"]}, ("line", "time"), "flow")
    >>> told_apart(flow[0], flow[1]), told_apart(flow[0].rename("load"), flow[1]), told_apart(flow[0], flow[0])
    (('flow of line a', 'flow of line b'), ('load', 'flow'), ('first flow', 'other flow'))
    """
    name, other = ("" if array.name is None else str(array.name) for array in (one, two))
    if name != other or not name:
        return name or "first", other or "other"
    said, beside = (str(array.attrs.get("long_name") or "") for array in (one, two))
    if said and beside and said != beside:
        return said, beside
    for place, at in one.coords.items():
        if at.ndim == 0 and place in two.coords and two[place].ndim == 0 and at.item() != two[place].item():
            return f"{name} of {place} {at.item()}", f"{name} of {place} {two[place].item()}"
    return f"first {name}", f"other {name}"


def samples_said(noise: Noise, missing: int) -> str:
    """Say how many samples there are, what they are worth, and how many are missing.

    >>> samples_said(Noise(500, 2, 1.0, 5.5), 3)
    '500 samples, worth 90.9; 3 missing'
    >>> samples_said(Noise(14_310, 2, 1.0, 1.1), 0)
    '14,310 samples, worth 13,009'
    """
    worth = f", worth {worth_said(noise.effective)}" if noise.effective < 0.95 * noise.samples else ""
    return f"{noise.samples:,} samples{worth}" + (f"; {missing:,} missing" if missing else "")


def listed(parts: list[str]) -> str:
    """Write a list in words, of more than five the first five."""
    more = len(parts) - NAMED
    return several([*parts[:NAMED], f"{more} more"] if more > 0 else parts)


__all__ = [
    "length",
    "length_with_bounds",
    "listed",
    "months_said",
    "period_said",
    "samples_said",
    "seasons_said",
    "told_apart",
    "unit_of_slope",
    "unit_of_steps",
    "unit_of_time",
    "when",
]
