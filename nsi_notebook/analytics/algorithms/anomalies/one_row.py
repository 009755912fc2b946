"""What needs no reading: finite floats as a detector learned them, and the numbers of one sample."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ....errors import SeriesError

Floats = npt.NDArray[np.float64]


def plain(X: Any, features: int) -> bool:
    """Whether rows need no reading, being finite floats in so many columns; all else goes the long way, which says why."""
    ready = type(X) is np.ndarray and X.dtype == np.float64 and X.ndim == 2 and len(X) > 0 and X.shape[1] == features > 0
    return ready and bool(np.isfinite(X).all())


def one_row(x: Any) -> Floats:
    """Give the numbers of one sample as a table of one row.

    Raises
    ------
    SeriesError
        If they are no numbers in one dimension.
    """
    try:
        row = np.asarray(x, dtype=np.float64)
    except (TypeError, ValueError):
        raise SeriesError(f"{x!r:.80} is no sample", "its numbers, one of each measure") from None
    if row.ndim != 1:
        raise SeriesError(f"one sample has shape {row.shape}", "its numbers, one of each measure; score_samples takes several")
    return row[None]
