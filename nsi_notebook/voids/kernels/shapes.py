"""Moments, surfaces, neighbours and intensities of labelled components."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def describe_labels(labels, steps, weights, shares, first, moments, low, high, surface):
    """Sum up each label in one pass.

    `labels` is int32 (z, y, x). `first` (labels, 3) holds -1 and gets the place of the first pixel, from which the `moments`
    (labels, 10; number, z, y, x, zz, yy, xx, zy, zx, yx) are taken, so that they stay small. `low` and `high` (labels, 3) are
    least and greatest indices; `low` holds a number that no index reaches, `high` holds -1. `surface` (labels,) sums, over pairs
    of pixels `steps` (k, 3) apart of which one has the label, `weights` (k,) times the `shares` (3, longest side) of the axes
    along which the step does not move.
    """
    depth, height, width = labels.shape
    for k in range(depth):
        for i in range(height):
            for j in range(width):
                label = labels[k, i, j]
                if label:
                    if first[label, 0] < 0:
                        first[label, 0], first[label, 1], first[label, 2] = k, i, j
                    z, y, x = k - first[label, 0], i - first[label, 1], j - first[label, 2]
                    m = moments[label]
                    m[0] += 1
                    m[1] += z
                    m[2] += y
                    m[3] += x
                    m[4] += z * z
                    m[5] += y * y
                    m[6] += x * x
                    m[7] += z * y
                    m[8] += z * x
                    m[9] += y * x
                    low[label, 0] = min(low[label, 0], k)
                    low[label, 1] = min(low[label, 1], i)
                    low[label, 2] = min(low[label, 2], j)
                    high[label, 0] = max(high[label, 0], k)
                    high[label, 1] = max(high[label, 1], i)
                    high[label, 2] = max(high[label, 2], j)
                for n in range(len(steps)):
                    dz, dy, dx = steps[n, 0], steps[n, 1], steps[n, 2]
                    z, y, x = k + dz, i + dy, j + dx
                    if z >= depth or y < 0 or y >= height or x < 0 or x >= width:
                        continue
                    other = labels[z, y, x]
                    if other == label:
                        continue
                    share = weights[n]
                    if dz == 0:
                        share *= shares[0, k]
                    if dy == 0:
                        share *= shares[1, i]
                    if dx == 0:
                        share *= shares[2, j]
                    surface[label] += share
                    surface[other] += share


@njit(cache=True, nogil=True)
def count_neighbours(labels, neighbours):
    """Count in `neighbours` (labels,) the labels that touch, at a face, edge or corner, a pixel of 0 which each label touches."""
    depth, height, width = labels.shape
    n = np.int64(len(neighbours))
    pairs = {np.int64(-1)}
    seen = np.empty(27, dtype=np.int32)
    for k in range(depth):
        for i in range(height):
            for j in range(width):
                if labels[k, i, j]:
                    continue
                found = 0
                for z in range(max(k - 1, 0), min(k + 2, depth)):
                    for y in range(max(i - 1, 0), min(i + 2, height)):
                        for x in range(max(j - 1, 0), min(j + 2, width)):
                            label = labels[z, y, x]
                            if label == 0 or (found and label == seen[found - 1]):
                                continue
                            new = True
                            for s in range(found):
                                new &= seen[s] != label
                            if new:
                                seen[found] = label
                                found += 1
                for a in range(found):
                    for b in range(a):
                        pairs.add(n * min(seen[a], seen[b]) + max(seen[a], seen[b]))
    for pair in pairs:
        if pair >= 0:
            neighbours[pair // n] += 1
            neighbours[pair % n] += 1


@njit(cache=True, nogil=True)
def weigh_labels(labels, values, count, mean, squares, least, greatest):
    """Mean, sum of squared deviations (Welford 1962), least and greatest of the `values` under each label; NaN if one is.

    `labels` is int32 (n,), `values` float64 (n,); `least` holds inf, `greatest` holds -inf.
    """
    for i in range(len(labels)):
        label = labels[i]
        if label == 0:
            continue
        v = values[i]
        count[label] += 1
        change = v - mean[label]
        mean[label] += change / count[label]
        squares[label] += change * (v - mean[label])
        if v < least[label] or v != v:
            least[label] = v
        if v > greatest[label] or v != v:
            greatest[label] = v
