"""Two thresholds, with hysteresis."""

from __future__ import annotations

import math

import numpy as np

from ...errors import OptionError
from .histogram import Array


def mark(frame: Array, phase: str, *, low: float, high: float) -> Array:
    """Mark what is beyond one threshold and connected to what is beyond both (Canny 1986, IEEE Trans PAMI 8:679).

    Pixels are connected through faces. With low = high it is the threshold of that value.

    Parameters
    ----------
    frame : ndarray
        Values of one frame.
    phase : {"dark", "bright"}
        bright: empty is what is above `low` and connected to what is above `high`; dark: what is not above `high` and
        connected to what is not above `low`.
    low, high : float
        The two thresholds, in the image's units.
    """
    from skimage.filters import apply_hysteresis_threshold

    if low > high:
        raise OptionError(f"low={low:g} is above high={high:g}", "swap them")
    # as `void` compares with one threshold: floats in float64, integers with integers
    low, high = (np.float64(v) if frame.dtype.kind == "f" else math.floor(v) for v in (low, high))
    # 0, 1 or 2 thresholds are passed: unlike -frame, this cannot wrap around
    passed = np.add(frame > low, frame > high, dtype=np.int8)
    return np.asarray(apply_hysteresis_threshold(2 - passed if phase == "dark" else passed, 0.5, 1.5))
