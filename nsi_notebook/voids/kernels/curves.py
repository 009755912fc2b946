"""Histograms of the 2^d neighbourhoods of a grey image at every threshold, in one pass.

A pixel has a rank: the number of the first threshold at which it is empty. Going up through the thresholds, a window begins
solid and takes in its pixels in the order of their ranks; where it goes from one configuration to the next, one is taken from
the first and given to the second. Sums of these differences over the thresholds are the histograms.
"""

from __future__ import annotations

from numba import njit, uint32


@njit(cache=True, nogil=True)
def sweep_squares(rank, far_y, far_x, keys, change):
    """Follow the 2 x 2 windows of `rank` (uint32, (y, x)) through the thresholds.

    `far_y` and `far_x` (uint8) say of each window along an axis whether it reaches over the border there. `keys` (6, x) is uint32
    scratch. `change` (2, thresholds * 16) has what is added at each threshold to the windows inside, and to those over the
    border. Bit of a pixel: y + 2 x, as in `kernels.configurations`.
    """
    rows, columns = rank.shape
    for i in range(rows - 1):
        a, b = rank[i], rank[i + 1]
        for j in range(columns):
            # a key is the rank and, in its last bits, the pixel: sorted, they say which pixel is next, and when
            one, two = a[j] << 2, (b[j] << 2) | uint32(1)
            keys[4, j], keys[5, j] = min(one, two), max(one, two)
        for j in range(columns - 1):
            q0, q1, q2, q3 = keys[4, j], keys[5, j], keys[4, j + 1] | uint32(2), keys[5, j + 1] | uint32(2)
            q0, q2 = min(q0, q2), max(q0, q2)
            q1, q3 = min(q1, q3), max(q1, q3)
            keys[0, j], keys[1, j], keys[2, j], keys[3, j] = q0, min(q1, q2), max(q1, q2), q3
        for j in range(columns - 1):
            mine = change[far_y[i] | far_x[j]]
            code = uint32(0)
            for n in range(4):
                key = keys[n, j]
                at = (key >> 2) << 4
                mine[at | code] -= 1
                code |= uint32(1) << (key & uint32(3))
                mine[at | code] += 1


@njit(cache=True, nogil=True)
def sweep_cubes(rank, far_z, far_y, far_x, keys, change):
    """Follow the 2 x 2 x 2 windows of `rank` (uint32, (z, y, x)) through the thresholds.

    As `sweep_squares`, with `keys` (12, x) and `change` (2, thresholds * 256). Bit of a pixel: y + 2 z + 4 x.
    """
    planes, rows, columns = rank.shape
    for k in range(planes - 1):
        for i in range(rows - 1):
            a, b, c, d = rank[k, i], rank[k, i + 1], rank[k + 1, i], rank[k + 1, i + 1]
            for j in range(columns):
                q0, q1, q2, q3 = a[j] << 3, (b[j] << 3) | uint32(1), (c[j] << 3) | uint32(2), (d[j] << 3) | uint32(3)
                q0, q1 = min(q0, q1), max(q0, q1)
                q2, q3 = min(q2, q3), max(q2, q3)
                q0, q2 = min(q0, q2), max(q0, q2)
                q1, q3 = min(q1, q3), max(q1, q3)
                keys[8, j], keys[9, j], keys[10, j], keys[11, j] = q0, min(q1, q2), max(q1, q2), q3
            for j in range(columns - 1):
                # two sorted columns of four are merged (Batcher 1968, AFIPS 32:307)
                q0, q1, q2, q3 = keys[8, j], keys[9, j], keys[10, j], keys[11, j]
                q4, q5 = keys[8, j + 1] | uint32(4), keys[9, j + 1] | uint32(4)
                q6, q7 = keys[10, j + 1] | uint32(4), keys[11, j + 1] | uint32(4)
                q0, q4 = min(q0, q4), max(q0, q4)
                q1, q5 = min(q1, q5), max(q1, q5)
                q2, q6 = min(q2, q6), max(q2, q6)
                q3, q7 = min(q3, q7), max(q3, q7)
                q2, q4 = min(q2, q4), max(q2, q4)
                q3, q5 = min(q3, q5), max(q3, q5)
                keys[0, j], keys[1, j], keys[2, j] = q0, min(q1, q2), max(q1, q2)
                keys[3, j], keys[4, j] = min(q3, q4), max(q3, q4)
                keys[5, j], keys[6, j], keys[7, j] = min(q5, q6), max(q5, q6), q7
            far = far_z[k] | far_y[i]
            for j in range(columns - 1):
                mine = change[far | far_x[j]]
                code = uint32(0)
                for n in range(8):
                    key = keys[n, j]
                    at = (key >> 3) << 8
                    mine[at | code] -= 1
                    code |= uint32(1) << (key & uint32(7))
                    mine[at | code] += 1
