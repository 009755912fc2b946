"""What needs no reading: finite floats as a detector learned them; the numbers of one sample, and one value of a stream."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ....errors import SeriesError
from .tables import same_measures

Floats = npt.NDArray[np.float64]


def plain(X: Any, features: int) -> bool:
    """Whether rows need no reading, being finite floats in so many columns; all else goes the long way, which says why."""
    ready = type(X) is np.ndarray and X.dtype == np.float64 and X.ndim == 2 and len(X) > 0 and X.shape[1] == features > 0
    return ready and bool(np.isfinite(X).all())


def one_row(x: Any, names: Sequence[str] = ()) -> Floats:
    """Give the numbers of one sample as a table of one row.

    Parameters
    ----------
    x : array-like, pandas.Series or mapping of str to number
        What has names is read by them where the measures have names, and else in its order. None is missing.
    names : sequence of str
        Of the measures.

    Raises
    ------
    SeriesError
        If they are no numbers in one dimension, or those of other measures.
    """
    there = list(x) if isinstance(x, Mapping) else list(getattr(x, "index", ())) if hasattr(x, "to_numpy") else []
    if len(names) and there and all(isinstance(name, str) for name in there):
        same_measures(there, names)
        x = [x[name] for name in names]
    try:
        row = np.asarray(x)
        if row.dtype.kind == "O" and not any(isinstance(value, str | bytes) for value in row.flat):
            row = row.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        raise _no_sample(x) from None
    if row.dtype.kind not in "biuf" or np.ma.is_masked(x):
        raise _no_sample(x)
    if row.ndim != 1:
        raise SeriesError(f"one sample has shape {row.shape}", "its numbers, one of each measure; score_samples takes several")
    return row.astype(np.float64, copy=False)[None]


def value_of(x: Any) -> float:
    """Give one value of a stream; None is missing, as NaN is.

    Raises
    ------
    SeriesError
        If it is no number, or infinite.
    """
    if x is None:
        return np.nan
    if not isinstance(x, float):
        try:
            if isinstance(x, str) or np.ndim(x):
                raise ValueError
            x = float(x)
        except OverflowError:  # of a whole number that no float can hold
            x = np.inf
        except (TypeError, ValueError):
            raise SeriesError(f"the value is {x!r:.40}, no number", "one number at a time; NaN or None is missing") from None
    if x - x != 0 and x == x:
        raise SeriesError("the value is infinite", "leave it out, or mark it as NaN")
    return float(x)


def _no_sample(x: Any) -> SeriesError:
    return SeriesError(f"{x!r:.80} is no sample", "its numbers, one of each measure, NaN where one is missing")
