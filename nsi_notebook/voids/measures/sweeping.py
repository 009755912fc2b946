"""Base of the measures that are known at every threshold of a grey image after one pass over its pixels.

What a mask counts changes little from one threshold to the next, and each pixel says where it changes. A measure of this kind
gives these differences; their sums are the counts that the mask of each threshold has, to the bit.
"""

from __future__ import annotations

from ..block import Block
from .base import Counts, Measure


class Sweeping(Measure):
    """A measure that `nsi_notebook.curves` can take through the thresholds."""

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
