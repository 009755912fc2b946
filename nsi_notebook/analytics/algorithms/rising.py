"""Positions of samples: that they rise, and by which steps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ...errors import TimeError
from ...voids.units import spelled
from ..core.times import instants
from .noise import Floats
from .zones import told_places

if TYPE_CHECKING:
    import xarray as xr

NEIGHBOURS = 1.2  # of a step: what is farther apart is a gap


def positions(array: xr.DataArray, dim: str, tz: str | tzinfo | None) -> tuple[npt.NDArray[Any], Floats, str]:
    """Give the coordinate, positions in a unit, and that unit, in any order."""
    if dim not in array.coords:
        places = np.arange(array.sizes[dim])
        return places, places.astype(float), "sample"
    coord = array[dim]
    values = coord.to_numpy()
    kind = values.dtype.kind
    per = spelled(str(coord.attrs.get("units", "1")))
    if kind == "M" or kind == "O":
        micros = instants(values, coord.attrs.get("timezone") or tz)
        values, numbers, per = micros.view("datetime64[us]"), (micros - micros[:1]).astype(float) / 1e6, "s"
    elif kind == "m":
        if np.isnat(values).any():
            raise TimeError(
                f"{int(np.isnat(values).sum())} of {values.size} positions along {dim!r} are missing (NaT)", "drop these samples"
            )
        numbers, per = (values - values[:1]) / np.timedelta64(1, "us") / 1e6, "s"
    elif kind in "iuf":
        numbers = values.astype(float)
        if not np.isfinite(numbers).all():
            gone = int((~np.isfinite(numbers)).sum())
            raise TimeError(f"{gone} of {numbers.size} positions along {dim!r} are NaN or infinite", "drop these samples")
    else:
        raise TimeError(f"the coordinate {dim!r} is of type {values.dtype}", "times, or numbers")
    return values, numbers, per


def one_unit(arrays: Sequence[xr.DataArray], dim: str) -> None:
    """Refuse places along a dim in several units where they say which values belong together, as their numbers are compared."""
    units: dict[str, None] = {}
    for coord in (array[dim] for array in arrays if dim in array.coords):
        units["s" if coord.dtype.kind in "mMO" else spelled(str(coord.attrs.get("units", "1")))] = None
    said = [unit for unit in units if unit != "1"]
    if len(said) > 1:
        raise TimeError(
            f"places along {dim!r} are in {' and in '.join(said)}: which belong together?",
            f"one unit of all: data.assign_coords({dim}=...), with its attr `units`",
        )


def rising(values: npt.NDArray[Any], numbers: Floats, dim: str, zone: str = "UTC") -> None:
    """Refuse positions that are there twice or go back."""
    steps = np.diff(numbers)
    back, same = np.flatnonzero(steps < 0), np.flatnonzero(steps == 0)

    def place(at: int) -> str:
        return told_places(values[[at]], zone)[0] + (f" {zone}" if values.dtype.kind == "M" else "")

    if back.size:
        often = "once" if back.size == 1 else f"{back.size} times"
        raise TimeError(
            f"the coordinate {dim!r} goes back {often}, first after {place(back[0])}",
            f"data.sortby({dim!r}); of pandas: data.sort_index()",
        )
    if same.size:
        raise TimeError(
            f"the coordinate {dim!r} holds {same.size} value{'s'[: same.size != 1]} twice, first {place(same[0])}",
            f"data.groupby({dim!r}).mean(), or leave the repeated ones out",
        )


def places_beside(array: xr.DataArray, dim: str) -> dict[str, npt.NDArray[Any]]:
    """Give the coordinates of the dims beside one, in order; places where there are none."""
    return {str(d): array[d].to_numpy() if d in array.coords else np.arange(array.sizes[d]) for d in array.dims if d != dim}


def typical(steps: Floats) -> tuple[float, bool]:
    """Give the typical one of steps above 0, and whether all are equal but for gaps.

    >>> typical(np.array([1.0, 1.0, 5.0, 1.0])), typical(np.array([1.0, 2.5, 1.3, 1.0]))
    ((1.0, True), (1.0, False))
    """
    tenth = (steps.size - 1) // 10
    step = float(np.median(steps[steps <= 1.5 * np.partition(steps, tenth)[tenth]]))
    odd = (steps < (2 - NEIGHBOURS) * step) | (steps > NEIGHBOURS * step) & (steps < 1.5 * step)
    return step, not odd.any() and bool(2 * (steps <= NEIGHBOURS * step).sum() >= steps.size)


def step_of(position: Floats, dim: str, per: str) -> tuple[float, str]:
    """Give the step from sample to sample, and what is wrong with the steps: gaps are not."""
    steps = np.diff(position)
    if not steps.size:
        return 1.0, ""
    step, equal = typical(steps)
    if equal:
        return step, ""
    return step, f"the steps along {dim!r} differ: from {steps.min():g} to {steps.max():g} {per}".removesuffix(" 1")
