"""Base of the measures that are known at every threshold of a grey image after one pass over its pixels.

What a mask counts changes little from one threshold to the next, and each pixel says where it changes. A measure of this kind
gives these differences; their sums are the counts that the mask of each threshold has, to the bit.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ..block import Block
from .base import Array, Counts, Measure


class Sweeping(Measure):
    """A measure that `nsi_notebook.curves` can take through the thresholds.

    Class attributes
    ----------------
    elementwise : bool
        Whether `report` gives the same bits for many thresholds at once as for each alone. Sums of floats (`@`) may round
        otherwise in another shape; without a promise it is called for each.
    """

    elementwise: ClassVar[bool] = False

    def sweep(self, block: Block, number: int) -> Counts:
        """Count what each threshold adds to the counts of the one before; the first adds to nothing.

        Parameters
        ----------
        block : Block
            In place of a mask the ranks of the pixels (uint32): the number of the threshold from which on a pixel is empty,
            `number` where it never is.
        number : int
            Of thresholds.

        Returns
        -------
        dict of ndarray of int64, shape (number, ...)
            Their cumulative sums are what `count` gives of the masks `block.data <= threshold`.
        """
        raise NotImplementedError


def pixels_by_rank(block: Block, number: int) -> Array:
    """Count the pixels of each rank, shape (number + 1,)."""
    if "pixels_by_rank" not in block.memo:
        block.memo["pixels_by_rank"] = np.bincount(block.inner.ravel(), minlength=number + 1)
    found: Array = block.memo["pixels_by_rank"]
    return found
