"""Largest ball over each pixel: which balls lie in another, and painting the others from the largest down.

A ball holds the pixels whose centre is strictly nearer to its own than its radius, and lengths are squared, in the arithmetic of
`kernels/distances.py` (axis after axis), so that what is equal there is equal here.
"""

from __future__ import annotations

from numba import njit


@njit(cache=True, nogil=True)
def containing(radii, steps, shape, table):
    """Find the least squared radius that holds the ball of a neighbour, by the neighbour's place and radius.

    `radii` (k,) are squared, rising; `steps` (3,) and `shape` (3,) those of the mask; `table` (8, k), zero, gets for the offset
    (4 dz + 2 dy + dx) the largest squared distance of a pixel of the ball from there: a larger radius contains it.
    """
    sz, sy, sx = steps
    for z in range(shape[0]):
        zz = (z * sz) * (z * sz)
        if not zz < radii[-1]:
            break
        for y in range(shape[1]):
            yy = zz + (y * sy) * (y * sy)
            if not yy < radii[-1]:
                break
            k = 0
            for x in range(shape[2]):
                square = yy + (x * sx) * (x * sx)
                if not square < radii[-1]:
                    break
                # the first radius whose ball holds this pixel; it rises along the row
                if not square < radii[k]:
                    low, high = k + 1, len(radii) - 1
                    while low < high:
                        middle = (low + high) // 2
                        if square < radii[middle]:
                            high = middle
                        else:
                            low = middle + 1
                    k = low
                for offset in range(1, 8):
                    dz, dy, dx = (z + offset // 4) * sz, (y + offset // 2 % 2) * sy, (x + offset % 2) * sx
                    table[offset, k] = max(table[offset, k], dz * dz + dy * dy + dx * dx)
    for offset in range(1, 8):
        for k in range(1, len(radii)):
            table[offset, k] = max(table[offset, k], table[offset, k - 1])


@njit(cache=True, nogil=True)
def maximal(squares, rank, table, places):
    """List the empty pixels whose ball lies in that of no neighbour; give how many.

    `squares` (a, b, c) and `rank` (a, b, c), the place of each in the radii; `places` (n,) gets indices of the raveled array.
    """
    a, b, c = squares.shape
    number = 0
    for z in range(a):
        for y in range(b):
            for x in range(c):
                own = squares[z, y, x]
                if own == 0:
                    continue
                k = rank[z, y, x]
                free = True
                for dz in range(-1 if z > 0 else 0, 2 if z < a - 1 else 1):
                    for dy in range(-1 if y > 0 else 0, 2 if y < b - 1 else 1):
                        for dx in range(-1 if x > 0 else 0, 2 if x < c - 1 else 1):
                            other = squares[z + dz, y + dy, x + dx]
                            if other > own and other > table[4 * abs(dz) + 2 * abs(dy) + abs(dx), k]:
                                free = False
                                break
                        if not free:
                            break
                    if not free:
                        break
                if free:
                    places[number] = (z * b + y) * c + x
                    number += 1
    return number


@njit(cache=True, nogil=True)
def _widths(radius, steps, shape, width):
    """Half width of the ball in each row of a quarter of it, -1 where there is none; give how many planes there are."""
    sz, sy, sx = steps
    planes = 0
    for z in range(shape[0]):
        zz = (z * sz) * (z * sz)
        if not zz < radius:
            break
        planes = z + 1
        x = shape[2] - 1
        for y in range(shape[1]):
            yy = zz + (y * sy) * (y * sy)
            if not yy < radius:
                width[z, y] = -1
                break
            if y == 0:
                x = min(x, int(((radius - yy) ** 0.5) / sx) + 1)
            while not yy + (x * sx) * (x * sx) < radius:
                x -= 1
            width[z, y] = x
    return planes


@njit(cache=True, nogil=True)
def paint(squares, places, steps, skip, width, largest):
    """Write the square of the radius of the largest ball over each pixel.

    `squares` (a, b, c) of radii; `places` of the centres, the largest ball first; `skip` (a, b, c + 1) leads to the next
    empty pixel of the row that no ball has reached; `width` (a, b + 1) is scratch; `largest` (a, b, c), zero, gets the answer.
    """
    a, b, c = squares.shape
    left = 0
    for z in range(a):
        for y in range(b):
            skip[z, y, c] = c
            for x in range(c - 1, -1, -1):
                empty = squares[z, y, x] != 0
                left += empty
                skip[z, y, x] = x if empty else skip[z, y, x + 1]
    radius = squares[0, 0, 0] * 0
    planes = 0
    for place in places:
        z0, y0, x0 = place // (b * c), place // c % b, place % c
        if squares[z0, y0, x0] != radius:
            radius = squares[z0, y0, x0]
            planes = _widths(radius, steps, (a, b, c), width)
        for z in range(max(z0 - planes + 1, 0), min(z0 + planes, a)):
            dz = abs(z - z0)
            for direction in (-1, 1):
                y = y0 if direction > 0 else y0 - 1
                while 0 <= y < b:
                    half = width[dz, abs(y - y0)]
                    if half < 0:
                        break
                    stop = min(x0 + half + 1, c)
                    start = max(x0 - half, 0)
                    x = skip[z, y, start]
                    if x < stop:
                        row = skip[z, y]
                        while row[x] != x:
                            x = row[x]
                        while x < stop:
                            largest[z, y, x] = radius
                            left -= 1
                            x += 1
                            while row[x] != x:
                                x = row[x]
                        for i in range(start, stop):  # the next ball need not go this way again
                            row[i] = x
                    y += direction
        if left == 0:
            break
