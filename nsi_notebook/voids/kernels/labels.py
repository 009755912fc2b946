"""Sizes, first pixels and places of labelled components."""

from __future__ import annotations

from numba import njit


@njit(cache=True, nogil=True)
def measure_labels(labels, planes, rows, columns, first, size):
    """Write the raster index of each label's first pixel and count its pixels in the core.

    `labels` is int32 (z, y, x); the core is its first planes x rows x columns pixels; `first` holds -1.
    """
    depth, height, width = labels.shape
    for k in range(depth):
        for i in range(height):
            core = k < planes and i < rows
            for j in range(width):
                label = labels[k, i, j]
                if label:
                    if first[label] < 0:
                        first[label] = (k * height + i) * width + j
                    if core and j < columns:
                        size[label] += 1


@njit(cache=True, nogil=True)
def locate_labels(labels, total, low, high):
    """Sum the index of the pixels of each label along each axis, and find its least and greatest.

    `labels` is int32 (z, y, x); `total`, `low` and `high` are int64 (labels, 3); `low` holds a number that no index reaches,
    `high` holds -1.
    """
    depth, height, width = labels.shape
    for k in range(depth):
        for i in range(height):
            for j in range(width):
                label = labels[k, i, j]
                if label == 0:
                    continue
                total[label, 0] += k
                total[label, 1] += i
                total[label, 2] += j
                low[label, 0] = min(low[label, 0], k)
                low[label, 1] = min(low[label, 1], i)
                low[label, 2] = min(low[label, 2], j)
                high[label, 0] = max(high[label, 0], k)
                high[label, 1] = max(high[label, 1], i)
                high[label, 2] = max(high[label, 2], j)
