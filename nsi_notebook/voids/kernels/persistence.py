"""Components of rising sublevel sets: basins first, then union-find over the pixels in which they meet, by the elder rule.

A pixel that has a lower neighbour joins that neighbour's component as it is born, which makes no pair; only the pixels in which
basins of different minima meet have to be sorted. Of pixels with one key that at the lowest place is the lower, so that no
answer depends on the order in which equal keys are taken.
"""

from __future__ import annotations

from numba import njit


@njit(cache=True, nogil=True)
def find_basins(key, places, steps, parent, rim):
    """Lead each pixel down to a minimum; give the number of pixels that have a lower neighbour in another basin.

    `key` is flat, of an array with a border one pixel wide, and `places` are those within the border, rising; `steps` lead to
    the neighbours. `parent` becomes the place of the minimum; of the border it is given. `rim` takes the places found.
    """
    for place in places:
        lowest, least = place, key[place]
        for step in steps:
            other = place + step
            if key[other] < least or (key[other] == least and other < lowest):
                lowest, least = other, key[other]
        parent[place] = lowest
    for place in places:
        root = place
        while parent[root] != root:
            root = parent[root]
        other = place
        while parent[other] != root:
            above = parent[other]
            parent[other] = root
            other = above
    found = 0
    for place in places:
        level, root = key[place], parent[place]
        for step in steps:
            other = place + step
            if parent[other] != root and (key[other] < level or (key[other] == level and other < place)):
                rim[found] = place
                found += 1
                break
    return found


@njit(cache=True, nogil=True)
def merge_basins(key, order, steps, parent, pairs):
    """Unite the basins that meet in the pixels of `order`, which rises in `key`; give the number of pairs.

    A row of `pairs` is the place of the minimum of a component, and of the pixel in which it meets one with a lower minimum;
    components that do so at the key of their minimum are left out.
    """
    found = 0
    for place in order:
        level = key[place]
        root = place
        while parent[root] != root:
            parent[root] = parent[parent[root]]
            root = parent[root]
        for step in steps:
            other = place + step
            if key[other] > level or (key[other] == level and other > place):
                continue
            while parent[other] != other:
                parent[other] = parent[parent[other]]
                other = parent[other]
            if other == root:
                continue
            if key[other] < key[root] or (key[other] == key[root] and other < root):
                young, root = root, other
            else:
                young = other
            parent[young] = root
            if key[young] != level:
                pairs[found, 0] = young
                pairs[found, 1] = place
                found += 1
    return found
