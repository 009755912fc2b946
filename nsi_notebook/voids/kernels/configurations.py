"""Histograms of the 2^d neighbourhoods of a mask.

Each column of a row of windows has a code: its pixels as bits, made for a whole row at once. Several columns side by side are
one number, so that one increment counts several neighbourhoods; what they are is read off the histogram afterwards.
"""

from __future__ import annotations

from numba import njit, uint32

SQUARES, CUBES = 6, 4  # columns in one increment


@njit(cache=True, nogil=True)
def count_squares(p, code, wide, narrow):
    """Count the 2 x 2 windows of `p` (uint8, (y, x)).

    `code` (x,) is uint8 scratch. `wide` (4^6) counts runs of 5 windows by the codes of their 6 columns, lowest first; `narrow`
    (16) counts the windows that are left at the end of each row. Bit of a pixel: y + 2 x.
    """
    rows, columns = p.shape
    groups = (columns - 1) // 5
    for i in range(rows - 1):
        a, b = p[i], p[i + 1]
        for j in range(columns):
            code[j] = a[j] | (b[j] << 1)
        j = 0
        for _ in range(groups):
            low = uint32(code[j]) | (uint32(code[j + 1]) << 2) | (uint32(code[j + 2]) << 4)
            high = uint32(code[j + 3]) | (uint32(code[j + 4]) << 2) | (uint32(code[j + 5]) << 4)
            wide[low | (high << 6)] += 1
            j += 5
        for k in range(j, columns - 1):
            narrow[uint32(code[k]) | (uint32(code[k + 1]) << 2)] += 1


@njit(cache=True, nogil=True)
def count_cubes(p, code, wide, narrow):
    """Count the 2 x 2 x 2 windows of `p` (uint8, (z, y, x)).

    `code` (x,) is uint8 scratch. `wide` (16^4) counts runs of 3 windows by the codes of their 4 columns, lowest first; `narrow`
    (256) counts the windows that are left at the end of each row. Bit of a pixel: y + 2 z + 4 x.
    """
    planes, rows, columns = p.shape
    groups = (columns - 1) // 3
    for k in range(planes - 1):
        for i in range(rows - 1):
            a, b, c, d = p[k, i], p[k, i + 1], p[k + 1, i], p[k + 1, i + 1]
            for j in range(columns):
                code[j] = a[j] | (b[j] << 1) | (c[j] << 2) | (d[j] << 3)
            j = 0
            for _ in range(groups):
                low = uint32(code[j]) | (uint32(code[j + 1]) << 4)
                high = uint32(code[j + 2]) | (uint32(code[j + 3]) << 4)
                wide[low | (high << 8)] += 1
                j += 3
            for m in range(j, columns - 1):
                narrow[uint32(code[m]) | (uint32(code[m + 1]) << 4)] += 1
