"""Squared Euclidean distances, one axis after the other.

The first axis counts steps to the nearest solid pixel, all its lines at once. Each further axis takes at every pixel the lowest
of the parabolas that stand on the squares found so far (Felzenszwalb & Huttenlocher 2012, Theory Comput 8:415). Which parabolas
take part follows from cross products, without a division, so whole numbers stay exact. Solid pixels part a line: nothing beyond
one is nearer than the solid pixel itself.
"""

from __future__ import annotations

from numba import njit

TOGETHER = 16  # lines along an axis that is not the last that are fetched at once, as many as share a cache line


@njit(cache=True, nogil=True)
def first_axis(p, step, far, squares, below):
    """Write the squared distance along the first axis of `p` (uint8, (n, m)) to `squares` (n, m), `far` where there is no solid.

    `below` (m,) is scratch of the dtype of the squares.
    """
    n, m = p.shape
    for j in range(m):
        squares[0, j] = n if p[0, j] else 0
    for i in range(1, n):
        for j in range(m):
            squares[i, j] = min(squares[i - 1, j] + 1, n) if p[i, j] else 0
    below[:] = n
    for i in range(n - 1, -1, -1):
        for j in range(m):
            steps = min(squares[i, j], below[j] + 1)
            below[j] = steps
            squares[i, j] = far if steps >= n else (steps * step) * (steps * step)


@njit(cache=True, nogil=True, inline="always")
def _push(q, height, step, foot, base, k):
    """Put the parabola over q on the envelope, after taking off those that it hides; give how many there are."""
    while k > 1:
        b, a = foot[k - 1], foot[k - 2]
        area = step * step * (q - a) * (q - b) * (b - a)
        if (height - base[k - 1]) * (b - a) - (base[k - 1] - base[k - 2]) * (q - b) + area > 0:
            break
        k -= 1
    foot[k] = q
    base[k] = height
    return k + 1


@njit(cache=True, nogil=True)
def _lower(line, step, far, foot, base):
    """Replace the squares of a line by the lowest parabola at each pixel."""
    n = len(line)
    start = 0
    while start < n:
        if line[start] == 0:
            start += 1
            continue
        k = _push(start - 1, line[start - 1], step, foot, base, 0) if start > 0 else 0
        stop = start
        while stop < n and line[stop] != 0:
            if line[stop] != far:
                k = _push(stop, line[stop], step, foot, base, k)
            stop += 1
        if stop < n:
            k = _push(stop, line[stop], step, foot, base, k)
        if k:
            at = 0
            for q in range(start, stop):
                gap = (q - foot[at]) * step
                best = base[at] + gap * gap
                while at + 1 < k:
                    gap = (q - foot[at + 1]) * step
                    other = base[at + 1] + gap * gap
                    if other > best:
                        break
                    best = other
                    at += 1
                line[q] = best
        start = stop + 1


@njit(cache=True, nogil=True)
def next_axis(squares, step, far, lines, foot, base):
    """Lower `squares` (outer, n, inner) along the middle axis.

    `lines` (TOGETHER, n) and `base` (n,) are scratch of the dtype of the squares, or of one that holds their products; `foot`
    (n,) is int64 scratch.
    """
    outer, n, inner = squares.shape
    for i in range(outer):
        if inner == 1:
            _lower(squares[i, :, 0], step, far, foot, base)
            continue
        for first in range(0, inner, TOGETHER):
            number = min(TOGETHER, inner - first)
            for k in range(n):
                for j in range(number):
                    lines[j, k] = squares[i, k, first + j]
            for j in range(number):
                _lower(lines[j], step, far, foot, base)
            for k in range(n):
                for j in range(number):
                    squares[i, k, first + j] = lines[j, k]
