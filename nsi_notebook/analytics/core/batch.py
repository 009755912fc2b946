"""Samples in columns: what passes from a source to the windows and the store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from ...errors import OptionError, SeriesError
from . import times
from .series import Series

ERROR = "error"
MISSING = (ERROR, "keep")


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Samples of any number of series, in columns, in the order in which they came.

    Parameters
    ----------
    series : tuple of Series
        Each once.
    code : numpy array of int32, shape (n,)
        Index into `series`.
    time : numpy array of int64, shape (n,)
        Event time, microseconds since 1970-01-01 UTC, in the years 1 to 9999.
    value : numpy array of float64, shape (n,)
        NaN where a value is missing; never infinite.

    Examples
    --------
    >>> batch = Batch.of("camera.void_fraction", [0.31, 0.30], ["2026-11-26T12:00:00Z", "2026-11-26T12:00:01Z"])
    >>> len(batch), batch.series[0].name
    (2, 'camera.void_fraction')
    """

    series: tuple[Series, ...]
    code: npt.NDArray[np.int32]
    time: times.Micros
    value: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.time)

    @classmethod
    def of(
        cls,
        name: str,
        value: Any,
        time: Any,
        *,
        unit: str = "1",
        tags: Mapping[str, str] | None = None,
        tz: str | tzinfo | None = None,
        missing: str = "error",
    ) -> Self:
        """Check values and times of one series, and make a batch of them.

        Parameters
        ----------
        name, unit, tags
            See `Series`.
        value : array-like of real numbers, shape (n,)
            At least one.
        time : array-like of times, shape (n,)
            See `times.instants`.
        tz : str or tzinfo, optional
            Zone of naive times.
        missing : {"error", "keep"}
            What to do with NaN: refuse it, or keep it as a missing value, which windows count and leave out.

        Raises
        ------
        SeriesError, TimeError, OptionError
            If anything does not fit: nothing is made then.
        """
        series = Series.of(name, unit, tags)
        values, moments = checked(str(series), value, missing), times.instants(time, tz)
        if len(values) != len(moments):
            raise SeriesError(f"{series}: {len(values)} values and {len(moments)} times", "one time for each value")
        return cls((series,), np.zeros(len(values), dtype=np.int32), moments, values)

    @classmethod
    def joined(cls, batches: Iterable[Batch]) -> Self:
        """Put batches behind one another.

        Raises
        ------
        SeriesError
            If a series has two units.
        """
        parts = list(batches)
        index: dict[Series, int] = {}
        units: dict[Any, str] = {}
        codes = []
        for part in parts:
            for series in part.series:
                same_unit(series, units.setdefault(series.key, series.unit))
                index.setdefault(series, len(index))
            new = np.array([index[series] for series in part.series], dtype=np.int32)
            codes.append(new[part.code] if len(new) else part.code)
        return cls(
            tuple(index),
            np.concatenate([*codes, np.empty(0, dtype=np.int32)]),
            np.concatenate([*(p.time for p in parts), np.empty(0, dtype=np.int64)]),
            np.concatenate([*(p.value for p in parts), np.empty(0, dtype=np.float64)]),
        )

    @property
    def nbytes(self) -> int:
        """Bytes of the columns."""
        return self.code.nbytes + self.time.nbytes + self.value.nbytes

    def take(self, chosen: npt.NDArray[Any] | slice) -> Self:
        """Give the samples at these places, or where a mask is true."""
        return type(self)(self.series, self.code[chosen], self.time[chosen], self.value[chosen])


def known(missing: object) -> None:
    """Refuse what is no way to treat a missing value.

    Raises
    ------
    OptionError
        Names those that there are.
    """
    if not isinstance(missing, str) or missing not in MISSING:
        raise OptionError(f"missing is {missing!r:.80}", " or ".join(map(repr, MISSING)))


def checked(name: str, value: Any, missing: str = "error") -> npt.NDArray[np.float64]:
    """Give values as float64, or say what cannot be a sample.

    Raises
    ------
    SeriesError, OptionError
        If there are none, they are not real numbers in one dimension, or one is infinite, or missing and not to be kept.
    """
    known(missing)
    try:
        given = np.asarray(value)
    except ValueError as error:
        raise SeriesError(f"{name}: the values are no array: {error}", "numbers in one dimension") from None
    if given.dtype.kind not in "biuf":
        raise SeriesError(f"{name}: the values are of type {given.dtype}", "real numbers")
    if given.ndim != 1 or not given.size:
        raise SeriesError(f"{name}: the values have shape {given.shape}", "one dimension, at least one value")
    values = given.astype(np.float64)
    if given.dtype.kind in "iu" and (values.astype(given.dtype) != given).any():
        raise SeriesError(f"{name}: whole numbers beyond 2**53 lose digits as floats", "scale them, or take an offset")
    if np.isfinite(values).all():
        return values
    infinite, gone = int(np.isinf(values).sum()), int(np.isnan(values).sum())
    if infinite:
        raise SeriesError(f"{name}: {infinite} of {values.size} values are infinite", "leave them out, or mark them NaN")
    if gone and missing == "error":
        raise SeriesError(f"{name}: {gone} of {values.size} values are NaN", "missing='keep' keeps them as missing")
    return values


def same_unit(series: Series, unit: str) -> None:
    """Refuse samples whose unit is not that of their series.

    Raises
    ------
    SeriesError
        Says both.
    """
    if series.unit != unit:
        raise SeriesError(f"{series} is in {unit!r}; these samples are in {series.unit!r}", "convert them, or give another name")


def by_series(batch: Batch) -> Sequence[tuple[Series, npt.NDArray[np.int64]]]:
    """Give the places of the samples of each series that has any, in their order."""
    order = np.argsort(batch.code, kind="stable")
    ends = np.cumsum(np.bincount(batch.code, minlength=len(batch.series)))
    return [(s, order[e - n : e]) for s, e, n in zip(batch.series, ends, np.diff(ends, prepend=0), strict=True) if n]
