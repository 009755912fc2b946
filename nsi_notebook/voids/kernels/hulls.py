"""Convex hulls and Feret diameters of labelled components, of pixels with their corners."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def find_ends(labels, low, high, offset, left, right):
    """Write the least and greatest x of each label in each row of its box.

    Row (z, y) of a label is at offset[label] + (z - low z) * rows + y - low y; `left` holds a number beyond all x, `right` -1.
    """
    depth, height, width = labels.shape
    for k in range(depth):
        for i in range(height):
            for j in range(width):
                label = labels[k, i, j]
                if label:
                    rows = high[label, 1] - low[label, 1] + 1
                    at = offset[label] + (k - low[label, 0]) * rows + i - low[label, 1]
                    left[at] = min(left[at], j)
                    right[at] = max(right[at], j)


@njit(cache=True, nogil=True)
def _hull(left, right, width, hull):
    """Corners of the convex hull of one plane of pixels, as (y, x) in order; their number.

    `left` and `right` (rows,) are the ends of its rows; where `right` is -1 a row is empty. Andrew's monotone chain, up one side
    and down the other.
    """
    rows = len(left)
    n = 0
    for side in range(2):
        base = n
        for step in range(rows + 1):
            y = step if side == 0 else rows - step
            x = width + 1 if side == 0 else -1
            for row in (y - 1, y):
                if 0 <= row < rows and right[row] >= 0:
                    x = min(x, left[row]) if side == 0 else max(x, right[row] + 1)
            if x == width + 1 or x == -1:
                continue
            while n - base >= 2:
                ay, ax = hull[n - 1, 0] - hull[n - 2, 0], hull[n - 1, 1] - hull[n - 2, 1]
                by, bx = y - hull[n - 1, 0], x - hull[n - 1, 1]
                if ay * bx - ax * by > 0:
                    break
                n -= 1
            hull[n, 0], hull[n, 1] = y, x
            n += 1
    return n


@njit(cache=True, nogil=True)
def _width(points, n):
    """Least distance between two parallel lines that hold the n corners (y, x) of a convex polygon, and its area."""
    least, area = np.inf, 0.0
    for a in range(n):
        b = (a + 1) % n
        ey, ex = points[b, 1] - points[a, 1], points[b, 2] - points[a, 2]
        area += points[a, 1] * points[b, 2] - points[a, 2] * points[b, 1]
        far = 0.0
        for c in range(n):
            far = max(far, abs(ey * (points[c, 2] - points[a, 2]) - ex * (points[c, 1] - points[a, 1])))
        length = np.hypot(ey, ex)
        if length > 0:
            least = min(least, far / length)
    return least, abs(area) / 2


@njit(cache=True, nogil=True)
def _farthest(points, n, p):
    best, at = -1.0, 0
    for q in range(n):
        square = (points[q, 0] - p[0]) ** 2 + (points[q, 1] - p[1]) ** 2 + (points[q, 2] - p[2]) ** 2
        if square > best:
            best, at = square, q
    return best, at


@njit(cache=True, nogil=True)
def _diameter(points, n):
    """Greatest distance between n points: those too near the middle to reach beyond a distance that there is are left out."""
    _, one = _farthest(points, n, points[0])
    best, other = _farthest(points, n, points[one])
    middle = (points[one] + points[other]) / 2
    radius = np.sqrt(_farthest(points, n, middle)[0])
    kept = 0
    for q in range(n):
        square = 0.0
        for axis in range(3):
            square += (points[q, axis] - middle[axis]) ** 2
        if np.sqrt(square) + radius >= np.sqrt(best) * (1 - 1e-12):
            points[kept] = points[q]
            kept += 1
    for q in range(kept):
        square, _ = _farthest(points, q, points[q])
        best = max(best, square)
    return np.sqrt(best)


@njit(cache=True, nogil=True)
def feret_diameters(low, high, offset, left, right, width, steps, deep, most, least, area):
    """Write the greatest Feret diameter of each label, and for planes the least one and the area of the convex hull.

    `steps` (3,) is the spacing; `deep` tells planes (z has no extent) from volumes, where `least` and `area` stay as they are.
    """
    for label in range(1, len(low)):
        planes, rows = high[label, 0] - low[label, 0] + 1, high[label, 1] - low[label, 1] + 1
        hull = np.empty((2 * rows + 2, 2), dtype=np.int64)
        points = np.empty((planes * 2 * len(hull), 3))
        n = 0
        for k in range(planes):
            at = offset[label] + k * rows
            corners = _hull(left[at : at + rows], right[at : at + rows], width, hull)
            for face in range(1 + deep):
                for c in range(corners):
                    points[n, 0] = (k + face) * steps[0]
                    points[n, 1] = hull[c, 0] * steps[1]
                    points[n, 2] = hull[c, 1] * steps[2]
                    n += 1
        if not deep:
            least[label], area[label] = _width(points, n)
        most[label] = _diameter(points, n)
