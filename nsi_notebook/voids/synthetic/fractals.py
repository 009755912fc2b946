"""What the carpet and the sponge have in common: a middle that is cut out, and so on in what is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from ...errors import OptionError
from .frames import Spacing, check_level, check_spacing, labelled
from .truths import Array, Truth


@dataclass(frozen=True, kw_only=True)
class Fractal(Truth):
    """What is known of a square or cube that was cut.

    Parameters
    ----------
    level : int
        Number of times that it was cut; it has 3^level pixels a side.
    spacing : tuple of float
        Distance between pixels along each dim.
    """

    level: int
    left: ClassVar[int]  # cells that a cut leaves, of the 3^d

    def box_count(self, box: ArrayLike) -> Array:
        """Boxes of `box` pixels a side, powers of 3, that hold both phases: those that the last cut but some left."""
        sizes = np.asarray(box)
        powers = {1: 0} | {3**k: self.left ** (self.level - k) for k in range(1, self.level + 1)}  # a pixel holds one phase
        if any(n not in powers for n in sizes.ravel().tolist()):
            raise OptionError(f"box={box!r} are not all powers of 3 up to {3**self.level}", "for example box=[3, 9]")
        return np.array([powers[n] for n in sizes.ravel().tolist()]).reshape(sizes.shape)


def fractal(kind: type[Fractal], ndim: int, level: int, spacing: Spacing, unit: str | None) -> xr.DataArray:
    """Mark the pixels that at some step lie in the middle third along two axes or more."""
    shape = (3 ** check_level(level, ndim),) * ndim
    truth = kind(level=int(level), spacing=check_spacing(spacing, shape))
    void = np.zeros(shape, dtype=bool)
    side = shape[0]
    while side > 1:
        side //= 3
        middle = (np.arange(shape[0]) // side % 3 == 1).astype(np.int8)
        void |= sum(np.ix_(*(middle,) * ndim)) >= 2
    return labelled(void, truth, spacing, unit)
