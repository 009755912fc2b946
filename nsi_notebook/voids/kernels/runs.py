"""Runs of empty pixels along one axis.

Where a pixel differs from the one before, a run begins or ends. The differences of a row are made at once, and eight of them are
passed over together where there is none (the order of the bytes in a word is that of little-endian machines, as all are that
Numba compiles for).
"""

from __future__ import annotations

import numpy as np
from numba import int64, njit, uint64

ONE, TOP = uint64(1), uint64(61)
# the lowest 1 of a word of eight bytes 0 or 1 stands at 2^(8 k); this times that has k in its three highest bits
PLACE = uint64(sum(k << (61 - 8 * k) for k in range(8)))


@njit(cache=True, nogil=True, inline="always")
def _next(word):
    """Place of the lowest byte that is 1, and the word without it."""
    lowest = word & (~word + ONE)
    return int64((lowest * PLACE) >> TOP), word ^ lowest


@njit(cache=True, nogil=True, inline="always")
def _close(start, stop, n, line, low_open, high_open, inner, border, open_line, open_start, open_stop, opened):
    """Count a run by length, in `border` if it touches the border of the whole; or list it, if it ends on an open face."""
    if (start == 0 and low_open) or (stop == n and high_open):
        open_line[opened] = line
        open_start[opened] = start
        open_stop[opened] = stop
        return opened + 1
    if start == 0 or stop == n:
        border[stop - start] += 1
    else:
        inner[stop - start] += 1
    return opened


@njit(cache=True, nogil=True)
def count_runs(p, low_open, high_open, change, inner, border, open_line, open_start, open_stop):
    """Sort the runs along the last axis of `p` (uint8, shape (a, n)) by length.

    Runs that end on an open face are written to the `open_*` arrays and their number is returned; the others are counted by
    length, in `border` if they touch the border of the whole, else in `inner`. `change` is scratch, uint8 zeros, of a multiple
    of 8 and more than n.
    """
    lines, n = p.shape
    eights = change.view(uint64)
    opened = 0
    for i in range(lines):
        row = p[i]
        change[0] = row[0]
        for k in range(1, n):
            change[k] = row[k] ^ row[k - 1]
        change[n] = row[n - 1]
        start = -1
        for w in range(n // 8 + 1):
            word = eights[w]
            while word:
                place, word = _next(word)
                k = 8 * w + place
                if start < 0:
                    start = k
                    continue
                opened = _close(start, k, n, i, low_open, high_open, inner, border, open_line, open_start, open_stop, opened)
                start = -1
    return opened


@njit(cache=True, nogil=True)
def count_runs_across(p, low_open, high_open, change, start, inner, border, open_line, open_start, open_stop):
    """Do as `count_runs` along the middle axis of `p` (uint8, shape (a, n, b)), all b lines together, in the order of memory.

    `change` is scratch, uint8 zeros, of a multiple of 8 and at least b; `start` (b,) is scratch too.
    """
    slabs, n, b = p.shape
    eights = change.view(uint64)
    opened = 0
    for i in range(slabs):
        start[:] = -1
        for k in range(n + 1):
            if k == 0 or k == n:
                row = p[i, min(k, n - 1)]
                for j in range(b):
                    change[j] = row[j]
            else:
                before, row = p[i, k - 1], p[i, k]
                for j in range(b):
                    change[j] = before[j] ^ row[j]
            for w in range((b + 7) // 8):
                word = eights[w]
                while word:
                    place, word = _next(word)
                    j = 8 * w + place
                    s = start[j]
                    if s < 0:
                        start[j] = k
                        continue
                    line = i * b + j
                    opened = _close(s, k, n, line, low_open, high_open, inner, border, open_line, open_start, open_stop, opened)
                    start[j] = -1
    return opened


@njit(cache=True, nogil=True, inline="always")
def _within(at, boxes):
    """Number of the first of the boxes (k, d, 2) that holds a pixel, or -1."""
    for k in range(len(boxes)):
        held = True
        for axis in range(len(at)):
            if at[axis] < boxes[k, axis, 0] or at[axis] >= boxes[k, axis, 1]:
                held = False
                break
        if held:
            return k
    return -1


@njit(cache=True, nogil=True)
def settle_runs(place, length, place2, length2, apart, whole, boxes, homes, parted, inner, border, open_place, open_length):
    """Join runs that go on where another ends, and count those whose ends are seen from the boxes, or are at the border.

    `place` and `place2` (each rises) say axis, line and start as `measures.runs` writes them, the axes `apart`; both are read
    once, in the order of place. Closed runs are counted by the home in which they begin, axis and length, in `border` if they
    touch the border of the whole, else in `inner`; if `parted`, where they enter a further one, what is left of them is added
    there and taken from the one before. Open ones are written to the beginning of `open_place` and `open_length`; gives their
    number.
    """
    at = np.empty(len(whole), dtype=np.int64)
    opened = 0
    i = j = 0
    while i < len(place) or j < len(place2):
        first = place[i] if j == len(place2) or (i < len(place) and place[i] < place2[j]) else place2[j]
        total = int64(0)
        while True:
            if i < len(place) and place[i] == first + total:
                total += length[i]
                i += 1
            elif j < len(place2) and place2[j] == first + total:
                total += length2[j]
                j += 1
            else:
                break
        axis = first // apart
        side = whole[axis]
        line, start = divmod(first - axis * apart, side + 1)
        for k in range(len(whole) - 1, -1, -1):
            if k != axis:
                line, at[k] = divmod(line, whole[k])
        low, high = start == 0, start + total == side
        closed = True
        if not low:
            at[axis] = start - 1
            closed = _within(at, boxes) >= 0
        if closed and not high:
            at[axis] = start + total
            closed = _within(at, boxes) >= 0
        if closed:
            at[axis] = start
            home = max(_within(at, homes), 0)
            number = border if low or high else inner
            number[home, axis, total] += 1
            if parted and len(homes) > 1:
                stop = start + total
                while homes[home, axis, 1] < stop:
                    at[axis] = homes[home, axis, 1]
                    number[home, axis, stop - at[axis]] -= 1
                    home = _within(at, homes)
                    number[home, axis, stop - at[axis]] += 1
        else:
            open_place[opened], open_length[opened] = first, total
            opened += 1
    return opened
