"""The noise of a series whose mean may change: that of the residuals of a preliminary cut (see `changepoints`)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..effective import at_worst
from ..noise import Floats, Noise, apart, fit, noise_of

FINEST = 40  # of how many parts of a series the shortest segment of the preliminary cut is one
CUTS = 60  # of the preliminary cut at most
PATIENCE = 12  # cuts more that may be no better
SLAB = 1 << 16  # values that are looked at at a time: they stay in a cache


def preliminary(value: Floats, total: Floats, joined: npt.NDArray[np.bool_] | None, conservative: bool) -> Noise:
    """Tell the noise about the means of a preliminary cut; values are of about 1, and `total` their `sums`."""
    from ..kernels.segments import bisect, residuals

    n = len(value)
    least = max(5, n // FINEST)
    cuts = bisect(total, min(n // (2 * least), CUTS), least)
    best, chosen, kept = np.inf, 1, value
    together = max(1, min(PATIENCE + 1, SLAB // n))
    residual = value
    for first in range(0, len(cuts), together):
        if first >= chosen + PATIENCE:
            break
        rows = np.empty((len(cuts[first : first + together]), n))
        residuals(residual, cuts, first, rows)
        residual = rows[-1]
        aicc = fit(apart(rows, joined), dependent=joined is not None).aicc
        for k, (row, one) in enumerate(zip(rows, aicc.tolist(), strict=True), first + 1):
            cost = one + 3 * np.log(n) * k
            if k <= chosen + PATIENCE and cost < best:
                best, chosen, kept = cost, k, row
    # a cut where the data would have it takes about 4 degrees of freedom (measured), and each mean draws the sum down
    told = noise_of(kept, joined, 1 + 4 * chosen, (1 + chosen, 3 * (1 + chosen)))
    return at_worst(told, kept, joined) if conservative else told


def sums(value: Floats) -> Floats:
    """Give the sums of the first 0, 1, 2, ... values, less their mean."""
    return np.concatenate([[0.0], np.cumsum(value - value.mean())])
