"""Numbers in sentences: as many digits as their interval allows, p as journals write it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from ...core.shown import many, p_said
from .result import Estimate

CLOCKS = {"D": "%Y-%m-%d", "min": "%Y-%m-%d %H:%M%z", "s": "%Y-%m-%d %H:%M:%S%z"}  # as fine as moments are all apart
MOST, SURE = 6, 4  # digits that are written at most, and of a number that is known better than that


def digits(lower: float, upper: float, value: float) -> int:
    """Decimals that show two digits of the width of an interval, of a value without one three; negative beyond the point.

    No more than six digits are shown, and four where six do not tell value and bounds apart.

    >>> digits(3.1, 5.3, 4.213), digits(99999999.3, 100000001.5, 100000000.3)
    (1, -5)
    """
    width = upper - lower
    if not (math.isfinite(width) and width > 0):
        ends = [abs(value - end) for end in (lower, upper) if math.isfinite(end)]
        width = 2 * max(ends, default=0.0) or abs(value) / 10
    if not width > 0:
        return 0
    wanted = 1 - math.floor(math.log10(width))
    largest = max(abs(end) for end in (value, lower, upper) if math.isfinite(end))
    first = math.floor(math.log10(largest)) if largest else 0
    if wanted < MOST - first:
        return wanted
    alike = len({float(f"{end:.{MOST - 1}e}") for end in (value, lower, upper) if math.isfinite(end)}) == 1
    return (SURE if alike else MOST) - 1 - first


def number(value: float, decimals: int = 3) -> str:
    """Write a number with so many decimals, in full where that is readable.

    >>> number(0.04213, 3), number(1234.5, -1), number(1.2e-9, 10), number(float("inf"))
    ('0.042', '1230', '1.2e-09', 'inf')
    """
    if not math.isfinite(value):
        return f"{value:g}"
    kept = round(value, decimals) + 0.0  # no -0
    if not kept and decimals > 7:
        return "0"
    if decimals > 7 or abs(kept) >= 1e7:
        first = math.floor(math.log10(abs(kept))) if kept else 0
        return f"{kept:.{max(first + decimals, 0)}e}"
    return f"{kept:.{max(decimals, 0)}f}"


def with_unit(text: str, unit: str) -> str:
    """Write a number with its unit, if it has one.

    >>> with_unit("3", "um"), with_unit("0.2", "1")
    ('3 um', '0.2')
    """
    return text if unit in ("1", "") else f"{text} {unit}"


def interval(found: Estimate, sign: float = 1.0) -> str:
    """Write a number, or its opposite, with its interval and unit.

    >>> interval(Estimate("difference of means", 4.213, 3.1, 5.3, "um"))
    '4.2 um (95 % CI 3.1 to 5.3)'
    >>> interval(Estimate("difference of means", -4.213, -math.inf, -3.0), -1)
    '4.2 (95 % CI 3.0 or more)'
    >>> interval(Estimate("share", 1 - 2e-16, 1 - 3e-16, 1.0))
    '1.000 (95 % CI 1.000 to 1.000)'
    """
    value, lower, upper = found.value, found.lower, found.upper
    if sign < 0:
        value, lower, upper = -value, -upper, -lower
    decimals = digits(lower, upper, value)
    low, high = (number(end, decimals) for end in (lower, upper))
    bounds = f"{low} to {high}"
    if math.isinf(upper) and not math.isinf(lower):
        bounds = f"{low} or more"
    elif math.isinf(lower) and not math.isinf(upper):
        bounds = f"{high} or less"
    return f"{with_unit(number(value, decimals), found.unit)} ({100 * found.level:.4g} % CI {bounds})"


def statistic_said(name: str, value: float, df: Iterable[float] = ()) -> str:
    """Write a statistic with its degrees of freedom.

    >>> statistic_said("t", 7.6543, [37.24]), statistic_said("U", 120.0), statistic_said("U", 20771.5)
    ('t(37.2) = 7.65', 'U = 120', 'U = 20772')
    """
    freedom = ", ".join(f"{one:.4g}" if one < 1000 else f"{one:.0f}" for one in (float(f"{d:.3g}") if d < 100 else d for d in df))
    return (
        f"{name}({freedom}) = {value:.3g}"
        if freedom
        else f"{name} = {value:.0f}"
        if 1e4 <= value < 1e7
        else f"{name} = {value:.4g}"
    )


def several(parts: Iterable[object]) -> str:
    """Write a list in words.

    >>> several([20, 22]), several("abc")
    ('20 and 22', 'a, b and c')
    """
    said = list(map(str, parts))
    return " and ".join([", ".join(said[:-1]), said[-1]]) if len(said) > 1 else "".join(said)


def named(labels: Sequence[Any]) -> list[str]:
    """Write labels: days without a clock, times as finely as they are all apart, anything else as its text.

    >>> days = np.array(["2026-03-02", "2026-03-03"], "datetime64[us]")
    >>> named(days), named(days + np.timedelta64(10, "h"))
    (['2026-03-02', '2026-03-03'], ['2026-03-02 10:00', '2026-03-03 10:00'])
    """
    if not len(labels) or not all(isinstance(one, np.datetime64 | datetime) for one in labels):
        return [str(one) for one in labels]
    import pandas as pd

    moments = [pd.Timestamp(one) for one in labels]
    clock = pd.DatetimeIndex([one.tz_localize(None) for one in moments if not pd.isna(one)])
    exact = (form for part, form in CLOCKS.items() if (clock == clock.floor(part)).all())
    form = next(exact, "%Y-%m-%d %H:%M:%S.%f%z")
    return [str(one) if pd.isna(one) else one.strftime(form) for one in moments]


def located(places: Iterable[tuple[str, object]]) -> str:
    """Say where something is: each dim with its coordinate.

    >>> located([("depth", 20.0), ("day", np.datetime64("2026-03-02T00:00:00"))])
    'depth = 20.0, day = 2026-03-02'
    """
    return ", ".join(f"{dim} = {named([at])[0]}" for dim, at in places)


def at_first(text: str) -> str:
    """Write the first letter as a capital, unless the word is a symbol: of one letter, or with a capital or a digit in it.

    >>> at_first("load changed"), at_first("a peak"), at_first("pH changed"), at_first("q is level"), at_first("pm10 rises")
    ('Load changed', 'A peak', 'pH changed', 'q is level', 'pm10 rises')
    """
    word = text.split(maxsplit=1)[0] if text.strip() else ""
    symbol = any(c.isupper() or c.isdigit() for c in word) or (len(word) == 1 and word != "a")
    return text if symbol else text[:1].upper() + text[1:]


__all__ = [
    "at_first",
    "digits",
    "interval",
    "located",
    "many",
    "named",
    "number",
    "p_said",
    "several",
    "statistic_said",
    "with_unit",
]
