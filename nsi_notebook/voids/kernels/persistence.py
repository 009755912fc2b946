"""Components of rising sublevel sets without sorting: basins first, then one triplet for each, over the pixels in raster order.

The triplet of a basin is its minimum, the key at which its component dies, and a basin with a lower minimum that it is joined to
by then; a pixel that lies between two basins is worked into the two chains of triplets, in any order (Smirnov & Morozov 2020,
Triplet merge trees, in Topological Methods in Data Analysis and Visualization V). Nearly linear on images; the worst, such as
stripes whose contrast rises from one to the next, takes the number of pixels times that of the minima along a chain.

Of pixels with one key that at the lowest place is the lower, so that no answer depends on the order in which they are taken.
"""

from __future__ import annotations

from numba import njit


@njit(cache=True, nogil=True)
def find_basins(key, places, steps, basin, minima):
    """Number the minima from 1 in raster order, and lead each pixel down to one; give their number.

    `key` is flat, of an array with a border one pixel wide, and `places` are those within the border, rising; `steps` lead to
    the neighbours. `basin` holds 0, which stays that of the border, and becomes the number of each pixel's minimum; `minima`
    becomes their places.
    """
    for place in places:
        lowest, least = place, key[place]
        for step in steps:
            other = place + step
            if key[other] < least or (key[other] == least and other < lowest):
                lowest, least = other, key[other]
        basin[place] = -lowest  # until its number is known
    found = 0
    for place in places:
        end = place
        while basin[end] < 0 and basin[end] != -end:
            end = -basin[end]
        if basin[end] < 0:
            minima[found] = end
            found += 1
            basin[end] = found
        number = basin[end]
        while basin[place] < 0:
            below = -basin[place]
            basin[place] = number
            place = below
    return found


@njit(cache=True, nogil=True)
def _at(level, number, death, elder):
    """Basin with the lowest minimum of the component that holds a basin at a level; shortens the way there."""
    while death[number] <= level:
        above = elder[number]
        if death[above] <= death[number]:
            elder[number] = above = elder[above]
        number = above
    return number


@njit(cache=True, nogil=True)
def merge_basins(key, places, steps, basin, birth, death, elder):
    """Find the key at which each basin's component meets one with a lower minimum.

    `birth` are keys of the minima by basin, with the border's first. `death` holds a number above all keys, which stays where
    nothing lower is met; `elder` holds the basin itself.
    """
    for place in places:
        level, own = key[place], basin[place]
        last = own
        for step in steps:
            other = basin[place + step]
            if other in (own, last) or key[place + step] > level:
                continue
            last = other
            old, young, meet = own, other, level
            while True:
                old, young = _at(meet, old, death, elder), _at(meet, young, death, elder)
                if old == young:
                    break
                if birth[young] < birth[old] or (birth[young] == birth[old] and young < old):
                    old, young = young, old
                later, rest = death[young], elder[young]
                death[young], elder[young] = meet, old
                if rest == young:
                    break
                meet, young = later, rest  # what it had met so far, its new elder meets then
