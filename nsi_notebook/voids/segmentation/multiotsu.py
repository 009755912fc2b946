"""Otsu's thresholds for several classes, exact for any number of bins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...errors import OptionError, PixelError
from .histogram import Array, Histogram


def threshold(histogram: Histogram, phase: str, *, classes: int = 3) -> float:
    """Position of the lowest (phase dark) or highest (bright) of the thresholds.

    Parameters
    ----------
    histogram : Histogram
        Counts of values.
    phase : {"dark", "bright"}
        Which class is empty: the first or the last.
    classes : int
        Number of classes.
    """
    found = thresholds(histogram, classes)
    return found[0] if phase == "dark" else found[-1]


def thresholds(histogram: Histogram, classes: int) -> list[float]:
    """Positions that maximise the variance between classes (Liao, Chen & Chung 2001, J Inf Sci Eng 17:713).

    Dynamic programming over the values that occur: the best partition of the values up to some end into c classes is the
    best one up to a cut into c - 1, and the rest. Where ends move on, the best cut does not move back (Gronlund et al. 2017,
    arXiv:1701.07204), so each class takes O(n log n) steps for n values.

    >>> thresholds(Histogram(np.array([5, 1, 0, 7, 1, 0, 0, 3]), first=0), 3)
    [1.0, 4.0]
    """
    there = np.flatnonzero(histogram.counts)
    if classes < 2:
        raise OptionError(f"classes={classes}: a threshold needs two at least", "for example classes=3")
    if len(there) < classes:
        what, more = ("different values", "") if histogram.exact else ("bins with pixels", ", or more nbins")
        raise PixelError(f"{len(there)} {what} cannot make {classes} classes", f"ask for fewer classes{more}")
    counts = histogram.counts[there].astype(float)
    middle = np.average(there, weights=counts)
    weight, moment = (np.concatenate([[0.0], np.cumsum(c)]) for c in (counts, counts * (there - middle)))

    def between(cut: Any, end: Any) -> Any:
        """Part of the variance between classes that the values from `cut` to before `end` contribute."""
        return (moment[end] - moment[cut]) ** 2 / (weight[end] - weight[cut])

    n = len(there)
    ends = np.arange(1, n + 1)
    best = np.concatenate([[-np.inf], between(0, ends)])
    cuts = []
    for number in range(2, classes):
        best, cut = _next_class(best, between, number)
        cuts.append(cut)
    # the last class ends at the last value, so its other ends need no answer
    last = np.arange(classes - 1, n)
    chain = [int(last[np.argmax(best[last] + between(last, n))])]
    for cut in reversed(cuts):
        chain.append(int(cut[chain[-1]]))
    return [float(there[cut - 1]) for cut in reversed(chain)]


def _next_class(best: Array, between: Callable[[Any, Any], Any], number: int) -> tuple[Array, Array]:
    """For each end, the best partition into `number` classes, and where its last class begins."""
    n = len(best) - 1
    result, cut = np.full(n + 1, -np.inf), np.full(n + 1, number - 1)
    stride = 1 << (n - number + 1).bit_length()
    while stride := stride // 2:
        # the cuts of every other end at this stride lie between those of its neighbours, which are known
        ends = np.arange(number - 1 + stride, n + 1, 2 * stride)
        low = cut[ends - stride]
        high = np.where(ends + stride <= n, cut[np.minimum(ends + stride, n)], n)
        lengths = np.minimum(high, ends - 1) - low + 1
        starts = np.cumsum(lengths) - lengths
        which = np.repeat(np.arange(len(ends)), lengths)
        tried = np.arange(lengths.sum()) + (low - starts)[which]
        values = best[tried] + between(tried, ends[which])
        result[ends] = np.maximum.reduceat(values, starts)
        hits = np.flatnonzero(values == result[ends][which])
        cut[ends] = tried[hits[np.searchsorted(hits, starts)]]
    return result, cut
