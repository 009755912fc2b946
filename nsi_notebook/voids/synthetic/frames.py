"""Check the window that was asked for, and label the mask that was made in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np
import xarray as xr

from ...errors import DimsError, OptionError, SpacingError
from ..reading.labels import label
from .truths import Truth

Spacing = float | Sequence[float] | None


def check_shape(shape: Sequence[int], ndims: Sequence[int], needs: str) -> tuple[int, ...]:
    """Give the shape as whole numbers, if it has pixels and one of these numbers of dims."""
    sizes = tuple(np.ravel(np.asarray(shape)).tolist())
    if len(sizes) not in ndims or any(not isinstance(n, int) or n < 1 for n in sizes):
        raise DimsError(f"shape={shape!r}: {needs}", f"for example shape={(256,) * ndims[0]}")
    return sizes


def check_spacing(spacing: Spacing, shape: Sequence[int]) -> tuple[float, ...]:
    """Give one spacing for each dim."""
    steps = np.array(1.0 if spacing is None else spacing, dtype=float)
    steps = np.full(len(shape), steps) if steps.ndim == 0 else steps
    if steps.shape != (len(shape),) or not (np.isfinite(steps) & (steps > 0)).all():
        raise SpacingError(f"spacing={spacing!r} does not fit the shape {tuple(shape)}", "give one positive number for each dim")
    return tuple(steps.tolist())


def check_length(name: str, value: float, spacing: Sequence[float], example: float) -> float:
    """Give a length in the unit of the spacing, if pixels can show it."""
    _check_real(name, value)
    if not 0 < value < math.inf:
        raise OptionError(f"{name}={value:g} is not a positive number", f"for example {name}={example:g}")
    if value < max(spacing):
        raise OptionError(
            f"{name}={value:g} is below a pixel, which is {max(spacing):g} wide",
            f"{name} is in the unit of the spacing: choose a larger one, or smaller pixels",
        )
    return float(value)


def check_fraction(fraction: float, lowest: str, highest: str) -> float:
    """Give a void fraction, if it lies between 0 and 1: "above" 0 or "at least" 0, "below" 1 or "at most" 1."""
    _check_real("fraction", fraction)
    low = fraction >= 0 if lowest == "at least" else fraction > 0
    high = fraction <= 1 if highest == "at most" else fraction < 1
    if not (low and high):
        raise OptionError(f"fraction={fraction:g} is not {lowest} 0 and {highest} 1", "for example fraction=0.6")
    return float(fraction)


def _check_real(name: str, value: Any) -> None:
    if not isinstance(value, Real):
        raise OptionError(f"{name}={value!r} is not a number", "give it in digits")


def check_level(level: Any, ndim: int) -> int:
    """Give the number of times that a fractal is cut, if its pixels can be counted."""
    if not isinstance(level, int | np.integer) or isinstance(level, bool) or level < 1:
        raise OptionError(f"level={level!r} is not a whole number from 1", "for example level=4")
    largest = {2: 10, 3: 6}[ndim]
    if level > largest:
        raise OptionError(f"level={level} makes a mask of {3}^{level * ndim} pixels", f"choose a level from 1 to {largest}")
    return int(level)


def labelled(void: Any, truth: Truth, spacing: Spacing, unit: str | None) -> xr.DataArray:
    """Give the mask its dims, coords and truth; coords only if a spacing or a unit was given."""
    dims = ("z", "y", "x")[-truth.ndim :]
    known = {} if spacing is None and unit is None else dict(zip(dims, truth.spacing, strict=True))
    attrs = {"units": "1", "long_name": "void", "source": truth.source, **truth.attrs()}
    return label(void, dims, steps=known, unit=unit, name="void", attrs=attrs)
