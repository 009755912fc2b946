"""Samples one by one: checked, named, and turned into columns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from ...errors import SeriesError
from ..core.batch import Batch
from ..core.series import Series

Sample: TypeAlias = tuple[Series, int, float]


def number(series: object, value: Any, missing: str = "error") -> float:
    """Give a value as a float.

    Raises
    ------
    SeriesError
        If it is no real number, infinite, or missing and not to be kept.
    """
    try:
        found = float(value)
    except (TypeError, ValueError):
        raise SeriesError(f"{series}: the value is {value!r}", "a real number") from None
    if not math.isfinite(found) and (missing != "keep" or not math.isnan(found)):
        raise SeriesError(f"{series}: the value is {found}", "leave it out; missing='keep' keeps NaN as missing")
    return found


def columns(samples: Sequence[Sample]) -> Batch:
    """Make a batch of samples, in their order."""
    series, moments, values = zip(*samples, strict=True)
    index: dict[Series, int] = {}
    codes = [index.setdefault(each, len(index)) for each in series]
    return Batch(tuple(index), np.array(codes, np.int32), np.array(moments, np.int64), np.array(values, np.float64))
