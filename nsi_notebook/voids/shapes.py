"""Size, place and shape of each labelled component.

Lengths are of pixels as boxes, so that a component of one pixel has a width: an axis of the box has the variance s^2 / 12 (as in
MATLAB and MorphoLibJ; scikit-image leaves it out), and Feret diameters are between corners of pixels (as in MorphoLibJ).
"""

from __future__ import annotations

from math import pi
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gamma

from .labelling import lifted
from .measures.base import ratio
from .space import Space

Array = NDArray[Any]
Columns = dict[str, tuple[Array, str]]  # values and unit


def shapes(labels: Array, number: int, space: Space) -> Columns:
    """Describe labels 1..number, in their order: see `components` for the columns."""
    d, pixel = space.ndim, space.pixel
    flat = lifted(labels)
    first, moments, low, high, surface = _sums(flat, number, space)
    count = moments[:, 0]
    size = count * pixel
    mean = moments[:, 1:4] / count[:, None]
    columns: Columns = {
        "pixels": (count, "pixel"),
        "size": (size, space.power(d)),
        # diameter of the ball of the same size: V = pi^(d/2) / Gamma(d/2 + 1) r^d
        "equivalent_diameter": (2 * (size * gamma(d / 2 + 1) / pi ** (d / 2)) ** (1 / d), space.unit),
    }
    border = np.zeros(number, dtype=bool)
    box: Columns = {}
    for axis, (dim, n, step) in enumerate(zip(space.dims, space.shape, space.spacing, strict=True), 3 - d):
        border |= (low[:, axis] == 0) | (high[:, axis] == n - 1)
        along = space.coord(dim)
        columns[f"centroid_{dim}"] = (np.interp(first[:, axis] + mean[:, axis], np.arange(n), along), space.unit)
        ends = np.sort(along[np.stack([low[:, axis], high[:, axis]])], axis=0)
        box[f"bbox_min_{dim}"] = (ends[0] - step / 2, space.unit)
        box[f"bbox_max_{dim}"] = (ends[1] + step / 2, space.unit)
    columns |= {"touches_border": (border, "1"), **box}
    columns["extent"] = (count / (high - low + 1).prod(axis=1), "1")
    columns |= _axes(moments, mean, space)
    if d == 1:
        return columns
    if d == 2:
        columns["perimeter"] = (surface, space.unit)
        columns["circularity"] = (ratio(4 * pi * size, surface**2), "1")
    else:
        columns["surface_area"] = (surface, space.power(2))
        columns["sphericity"] = (ratio(pi ** (1 / 3) * (6 * size) ** (2 / 3), surface), "1")
    return columns | _ferets(flat, low, high, size, space) | {"neighbours": (_neighbours(flat, number), "1")}


def intensities(labels: Array, number: int, values: Array, unit: str) -> Columns:
    """Mean, least, greatest and standard deviation (of all pixels, not of a sample) of an image under labels 1..number."""
    from .kernels.shapes import weigh_labels

    count, mean, squares = np.zeros((3, number + 1))
    least, greatest = np.full(number + 1, np.inf), np.full(number + 1, -np.inf)
    image = np.require(values, dtype=np.float64, requirements=["C", "W"])
    weigh_labels(lifted(labels).ravel(), image.ravel(), count, mean, squares, least, greatest)
    found = {"mean": mean, "min": least, "max": greatest, "std": np.sqrt(ratio(squares, count))}
    return {f"intensity_{k}": (v[1:], unit) for k, v in found.items()}


def _sums(labels: Array, number: int, space: Space) -> tuple[Array, ...]:
    """First pixel, moments, least and greatest index, and Crofton surface of each label."""
    from .kernels.shapes import describe_labels
    from .measures.surface import direction_weights

    lift = 3 - space.ndim
    steps, weights = np.empty((0, 3), dtype=np.int64), np.empty(0)
    shares = np.ones((3, max(labels.shape)))
    if lift < 2:
        directions, parts = direction_weights(space.spacing)
        lengths = np.linalg.norm(np.multiply(directions, space.spacing), axis=1)
        weights = (2 if space.ndim == 3 else pi / 2) * np.array(parts) / lengths * space.pixel
        steps = np.pad(np.array(directions), ((0, 0), (lift, 0)))
        for axis in range(lift, 3):
            # of the 2^d windows that hold a pair, those over the border of the image do not count
            n = labels.shape[axis]
            shares[axis, [0, n - 1]] = 0.5 if n > 1 else 0.0
    moments = np.zeros((number + 1, 10), dtype=np.int64)
    low = np.full((number + 1, 3), max(labels.shape), dtype=np.int64)
    first, high = np.full((2, number + 1, 3), -1, dtype=np.int64)
    surface = np.zeros(number + 1)
    describe_labels(labels, steps, weights, shares, first, moments, low, high, surface)
    return first[1:], moments[1:], low[1:], high[1:], surface[1:]


def _axes(moments: Array, mean: Array, space: Space) -> Columns:
    """Full axes of the ellipsoid of the same second moments, 2 sqrt((d + 2) variance), and where they point."""
    d = space.ndim
    squares = np.empty((len(mean), 3, 3))
    for column, (a, b) in enumerate([(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)], 4):
        squares[:, a, b] = squares[:, b, a] = moments[:, column] / moments[:, 0] - mean[:, a] * mean[:, b]
    steps = np.array(space.spacing)
    covariance = squares[:, 3 - d :, 3 - d :] * np.outer(steps, steps) + np.diag(steps**2 / 12)
    variance, vectors = np.linalg.eigh(covariance)
    lengths = 2 * np.sqrt((d + 2) * variance)
    named = {1: (), 2: ("minor", "major"), 3: ("minor", "middle", "major")}[d]
    found: Columns = {f"axis_{n}_length": (lengths[:, i], space.unit) for i, n in reversed(list(enumerate(named)))}
    signs = np.array(space.signs or (1,) * d)
    if d == 2:
        y, x = (vectors[:, :, 1] * signs).T
        angle = np.arctan2(x, y)
        found["orientation"] = (np.where(angle > pi / 2, angle - pi, np.where(angle <= -pi / 2, angle + pi, angle)), "rad")
    if d == 3:
        for name, i in (("major", 2), ("minor", 0)):
            along = vectors[:, :, i] * signs
            lead = np.take_along_axis(along, np.argmax(np.abs(along) > 1e-9, axis=1)[:, None], axis=1)
            along = along * np.where(lead < 0, -1, 1)
            found |= {f"axis_{name}_{dim}": (along[:, a], "1") for a, dim in enumerate(space.dims)}
    return found


def _ferets(labels: Array, low: Array, high: Array, size: Array, space: Space) -> Columns:
    """Greatest Feret diameter; in a plane also the least, and the share of the convex hull that is filled."""
    from .kernels.hulls import feret_diameters, find_ends

    low, high = (np.concatenate([np.zeros((1, 3), dtype=np.int64), a]) for a in (low, high))
    rows = (high - low + 1)[:, :2].prod(axis=1)
    offset = np.cumsum(rows) - rows
    left, right = np.full(rows.sum(), labels.shape[2], dtype=np.int32), np.full(rows.sum(), -1, dtype=np.int32)
    find_ends(labels, low, high, offset, left, right)
    most, least, area = np.zeros((3, len(low)))
    steps = np.array((1.0,) * (3 - space.ndim) + space.spacing)
    feret_diameters(low, high, offset, left, right, labels.shape[2], steps, space.ndim == 3, most, least, area)
    found: Columns = {"feret_diameter_max": (most[1:], space.unit)}
    if space.ndim == 2:
        found["feret_diameter_min"] = (least[1:], space.unit)
        found["solidity"] = (size / area[1:], "1")
    return found


def _neighbours(labels: Array, number: int) -> Array:
    from .kernels.shapes import count_neighbours

    found = np.zeros(number + 1, dtype=np.int64)
    count_neighbours(labels, found)
    return found[1:]
