"""What is asked of a batch before anything is stored."""

from __future__ import annotations

import numpy as np

from ...errors import OptionError, SeriesError, TimeError
from ..core import times
from ..core.batch import Batch
from ..core.series import Series

KINDS = [np.dtype(name) for name in ("int32", "int64", "float64")]


def checked(batch: Batch, key: str | None, *, empty: bool = False) -> None:
    """Refuse what is no batch: it may have been made by hand. One without samples is one where it is said.

    Raises
    ------
    SeriesError, TimeError, OptionError
        Says what does not fit.
    """
    given: object = batch
    if not isinstance(given, Batch):
        raise OptionError(f"{type(batch).__name__} is no batch", "Batch.of(name, values, times)")
    if key is not None and (not isinstance(key, str) or not key):
        raise OptionError(f"the key of a batch is {key!r}", "a text that no other batch has, or none")
    sizes = {len(batch.code), len(batch.time), len(batch.value)}
    if len(sizes) > 1 or not (len(batch) or empty):
        raise SeriesError(f"a batch with columns of {sorted(sizes)} samples", "as many times as values, at least one")
    kinds = [getattr(column, "dtype", type(column).__name__) for column in (batch.code, batch.time, batch.value)]
    if kinds != KINDS:
        raise SeriesError(
            f"a batch with columns of {', '.join(map(str, kinds))}", "int32, int64, float64, as Batch.of makes them"
        )
    if not len(batch):
        return
    if batch.code.min() < 0 or batch.code.max() >= len(batch.series):
        raise SeriesError(f"a batch with codes beyond its {len(batch.series)} series", "Batch.of and Batch.joined make them")
    if batch.time.min() < times.FIRST or batch.time.max() > times.LAST:
        raise TimeError("a batch with times outside the years 1 to 9999", "whole microseconds since 1970-01-01 UTC")
    infinite = np.isinf(batch.value)
    if infinite.any():
        raise SeriesError(f"{int(infinite.sum())} of {len(batch)} values are infinite", "leave them out, or mark them NaN")


def used(batch: Batch) -> list[tuple[int, Series]]:
    """Give the codes and series that have samples."""
    return [(int(code), batch.series[code]) for code in np.flatnonzero(np.bincount(batch.code, minlength=len(batch.series)))]
