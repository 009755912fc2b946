"""When a set of pixels that grows first spans its window: union-find over the pixels in the order in which they join."""

from __future__ import annotations

from numba import njit


@njit(cache=True, nogil=True)
def _root(parent, i):
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@njit(cache=True, nogil=True)
def first_spanning(order, shape, offsets, parent, faces, found):
    """Write to `found` (3,) the place in `order` of the pixel with which each axis is first spanned; it holds -1.

    `order` (n,) lists raster indices in `shape` (z, y, x). `parent` and `faces` (uint8) are scratch of one number for each pixel
    of the window padded by one, `parent` full of -1 (a pixel that has not joined). `offsets` (k,) are the steps to the
    neighbours there. A set touches face 2 a (lower) and 2 a + 1 (upper) of axis a where bit of `faces` says so. Axes with
    `found` other than -1 at the start are left alone.
    """
    depth, height, width = shape
    left = 0
    for axis in range(3):
        left += found[axis] == -1
    for n in range(len(order)):
        q = order[n]
        line, x = q // width, q % width
        z, y = line // height, line % height
        p = ((z + 1) * (height + 2) + y + 1) * (width + 2) + x + 1
        bits = (z == 0) | (z == depth - 1) << 1 | (y == 0) << 2 | (y == height - 1) << 3 | (x == 0) << 4 | (x == width - 1) << 5
        parent[p] = p
        root = p
        for offset in offsets:
            if parent[p + offset] < 0:
                continue
            other = _root(parent, p + offset)
            if other != root:
                bits |= faces[other]
                if other < root:  # towards one end, so that paths stay short
                    parent[root] = other
                    root = other
                else:
                    parent[other] = root
        faces[root] |= bits
        for axis in range(3):
            if found[axis] == -1 and faces[root] >> 2 * axis & 3 == 3:
                found[axis] = n
                left -= 1
        if left == 0:
            return
