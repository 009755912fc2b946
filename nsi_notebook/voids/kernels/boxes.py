"""Masses of gliding boxes and of the boxes of a grid."""

from __future__ import annotations

from numba import njit


@njit(cache=True, nogil=True)
def _row_moments(line, r, columns, box):
    """Sum m, and m^2 in two words of 32 bits, over the boxes of one row, given its column sums."""
    m = 0
    for j in range(r - 1):
        m += line[j]
    for j in range(columns):
        m += line[j + r - 1]
        box[j] = m
        m -= line[j]
    mass = 0
    low = 0
    high = 0
    for j in range(columns):
        square = box[j] * box[j]
        mass += box[j]
        low += square & 0xFFFFFFFF
        high += square >> 32
    return mass, low, high


@njit(cache=True, nogil=True)
def _plane_moments(plane, r, rows, columns, line, box):
    """Sum the moments over the boxes of one plane (or of one plane of slab sums)."""
    width = columns + r - 1
    mass, low, high = 0, 0, 0
    line[:width] = 0
    for i in range(rows + r - 1):
        if i >= r:
            for j in range(width):
                line[j] += plane[i, j]
                line[j] -= plane[i - r, j]
        else:
            for j in range(width):
                line[j] += plane[i, j]
        if i >= r - 1:
            a, b, c = _row_moments(line, r, columns, box)
            mass += a
            low += b
            high += c
    return mass, low, high


@njit(cache=True, nogil=True)
def gliding_moments(p, r, planes, rows, columns, slab, line, box):
    """Sum m and m^2 over boxes of side r whose lowest corner is in the first planes x rows x columns pixels.

    `p` is uint8 of shape (z, y, x); a 2-D mask has z = 1 and takes boxes one pixel deep. `slab` (y, x), `line` (x,) and
    `box` (x,) are int64 scratch. m^2 is summed in two words of 32 bits, so that no sum overflows.

    Returns
    -------
    mass, low, high : int
        Sum of m; sums of the low 32 bits and of the rest of m^2.
    """
    if p.shape[0] == 1:
        return _plane_moments(p[0], r, rows, columns, line, box)
    height, width = rows + r - 1, columns + r - 1
    mass, low, high = 0, 0, 0
    slab[:height, :width] = 0
    for k in range(planes + r - 1):
        for i in range(height):
            if k >= r:
                for j in range(width):
                    slab[i, j] += p[k, i, j]
                    slab[i, j] -= p[k - r, i, j]
            else:
                for j in range(width):
                    slab[i, j] += p[k, i, j]
        if k >= r - 1:
            a, b, c = _plane_moments(slab, r, rows, columns, line, box)
            mass += a
            low += b
            high += c
    return mass, low, high


@njit(cache=True, nogil=True)
def grid_masses(p, r, oz, oy, ox, masses):
    """Add the empty pixels of `p` (uint8 or int64, (z, y, x)) to boxes of side r.

    The offsets oz, oy, ox are those of p[0, 0, 0] in its box.
    """
    for k in range(p.shape[0]):
        bz = (k + oz) // r
        for i in range(p.shape[1]):
            by = (i + oy) // r
            bx = 0
            left = r - ox
            total = 0
            for j in range(p.shape[2]):
                if left == 0:
                    masses[bz, by, bx] += total
                    total = 0
                    bx += 1
                    left = r
                total += p[k, i, j]
                left -= 1
            masses[bz, by, bx] += total
