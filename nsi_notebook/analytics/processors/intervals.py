"""Confidence intervals of windows of frames, by resampling parts of them.

Frames that follow one another are seldom independent. So a window is cut into parts of equal time, at least `PARTS` of them if
microseconds allow it, the counts of the frames of each part are put together, and the parts that have frames are drawn with
replacement, as tiles of a frame are (`voids.intervals`). What varies together within a part does no harm; where adjacent parts
do, the interval is widened by their covariance, and is in doubt where that is as much as their variance. What varies together
for longer than two parts is not seen: so a window must be long against the time in which what it shows changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from ...voids.doubts import DOUBT
from ...voids.intervals import REPLICATES, Interval, Pieces
from ...voids.intervals import intervals as resampled
from ...voids.measures.base import Counts, Measure
from ...voids.space import Space

PARTS = 64
FEWEST = 8  # parts with frames
LONGER = "longer windows, or more frames in them"

Parts = Sequence[tuple[int, Counts]]  # of a window: how many frames, and what was counted in them


def intervals(
    measure: Measure,
    windows: Sequence[Parts],
    space: Space,
    how: Mapping[str, Any],
    length: str,
    points: Mapping[str, xr.Variable],
) -> dict[str, xr.Variable]:
    """Give the intervals of the variables of a measure along `window`; NaN where a window has too few parts.

    Parameters
    ----------
    measure : Measure
        Whose counts they are.
    windows : sequence of parts
        By time.
    space : Space
        The frame.
    how : mapping
        With `ci` and `seed`.
    length : str
        How long a part is.
    points : mapping of str to Variable
        What they are intervals of.
    """
    found = [_of(measure, parts, space, how) if len(parts) >= FEWEST else {} for parts in windows]
    out = {}
    for name, point in points.items():
        bounds = np.full((*point.shape, 2), np.nan)
        doubts = []
        for i, each in enumerate(found):
            if name in each:
                bounds[i] = each[name].bounds
                doubts.append(each[name].spread.doubt(len(windows[i]), "parts", length))
        doubt = next(filter(None, doubts), "")
        attrs = {
            **point.attrs,
            "long_name": f"{how['ci']:.3g} confidence interval of: {point.attrs['long_name']}",
            "nsi_ci": how["ci"],
            "nsi_ci_pieces": f"parts of {length} with the frames in them; NaN where fewer than {FEWEST} have any",
            "nsi_ci_assumes": "parts that are not adjacent are independent: what is seen changes faster than the window is long",
            "nsi_replicates": REPLICATES,
            "nsi_seed": how["seed"],
            **({DOUBT: doubt} if doubt else {}),
        }
        out[f"{name}_ci"] = xr.Variable((*point.dims, "bound"), bounds, attrs)
    return out


def _of(measure: Measure, parts: Parts, space: Space, how: Mapping[str, Any]) -> dict[str, Interval]:
    frames = np.array([n for n, _ in parts])
    counts = {key: np.stack([each[key] for _, each in parts]) for key in parts[0][1]}
    return resampled(measure, counts, space, how["ci"], how["seed"], Pieces(frames, (len(parts),), 1.0))
