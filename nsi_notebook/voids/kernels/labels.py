"""Sizes and first pixels of labelled components."""

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
