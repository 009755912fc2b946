"""Sauvola's threshold, which follows the mean and deviation around each pixel."""

from __future__ import annotations

import numpy as np

from ...errors import OptionError
from .histogram import Array


def mark(frame: Array, phase: str, *, window: int = 15, k: float = 0.2, r: float | None = None) -> Array:
    """Compare with m (1 + k (s / r - 1)), from the mean m and deviation s in a window.

    Sauvola & Pietikainen 2000, Pattern Recognit 33:225.

    Parameters
    ----------
    frame : ndarray
        Values of one frame.
    phase : {"dark", "bright"}
        Which side of the threshold is empty.
    window : int
        Side of the window in pixels, odd.
    k : float
        Weight of the deviation.
    r : float, optional
        Largest deviation; default: half the range of the dtype for integers, of the frame for floats.
    """
    from skimage.filters import threshold_sauvola

    if window < 3 or window % 2 == 0:
        raise OptionError(f"window={window} is not an odd number of at least 3 pixels", "for example window=25")
    if r is not None and r <= 0:
        raise OptionError(f"r={r:g} is not positive", "leave it out, or give the largest deviation that can occur")
    if r is None and frame.dtype.kind == "f":
        r = (float(frame.max()) - float(frame.min())) / 2 or 1.0
    solid = frame > threshold_sauvola(frame, window_size=window, k=k, r=r)
    return np.asarray(~solid if phase == "dark" else solid)
