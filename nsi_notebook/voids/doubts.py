"""Where resampled tiles do not tell how sure a number is.

The bootstrap takes the tiles for many, for alike and for independent. Where they are not, the interval is still given, and said
to be in doubt:

few
    Fewer than 20 tiles.
long
    The covariance of adjacent tiles makes the variance at least twice that of independent ones. Intervals are widened for
    it, but tiles that are further apart then vary together as well. For independent tiles the ratio is 1, give or take a third.
rare
    Tiles without which there would be no variance are fewer than 4. Their number is (sum i^2)^2 / sum i^4 for the influences i
    of the tiles: k where k of many hold something, a third of all where influences are normal. The Euler number of a disc is
    spread over the tiles of its outline; so what counts things rests on no more of them than there are, the sum over the tiles of
    what each counts, without the sign. That of separate discs is then in doubt where the number of components is.

The limits are from simulations of 200 windows of 128 x 128 pixels, 64 tiles of 16 x 16 (the void fraction; R is the radius of
Boolean discs at a fraction of 0.5, L the correlation length of Gaussian level sets at 0.4):

    ======================  ======  ======  ======  ======  ======  ======  ======  ======
    pixels                  R = 4   R = 8   R = 12  R = 16  R = 32  L = 4   L = 8   L = 12
    held the truth, %       94      94      93      86      67      94      90      86
    median ratio            1.1     1.5     2.0     2.5     3.2     1.3     1.8     2.3
    in doubt, %             0       8       50      92      100     2       30      89
    ======================  ======  ======  ======  ======  ======  ======  ======  ======

With a mean of 1, 2, 4, 6, 8 and 12 small discs in the window, 60, 84, 91, 95, 91 and 92 % held the truth and 97, 90, 45, 19, 6
and 0 % rested on fewer than 4 tiles. Of 400 windows with pixels at random, a tile each, 86 % held it with 4 tiles, 94 to 98 %
with 8 to 36: so few tell the spread of what is alike and independent, but not whether it is that.

Of 60 windows with a mean of 1, 2, 4 and 8 discs of void of R = 16, the interval of the Euler number held their mean in 72, 83, 92
and 98 % and is in doubt in 97, 78, 33 and 7 %, that of the number of components in 97, 77, 27 and 5 %; by tiles alone the Euler
number would be in 47, 25, 5 and 5 %. `tests/voids/test_doubts.py` repeats some of this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import xarray as xr

from ..errors import warn
from .measures.base import Array, ratio

FEWEST, LONGEST, RAREST = 20, 2.0, 4.0
DOUBT = "nsi_ci_doubt"


@dataclass(frozen=True)
class Spread:
    """How the tiles vary, for each of some values.

    Parameters
    ----------
    own, adjacent : ndarray, shape (values,)
        Sum of the squares of the tiles' influences, and of twice the products of those of adjacent tiles.
    fourth : ndarray, shape (values,)
        Sum of the fourth powers.
    things : ndarray, shape (values,)
        Number of things that are counted; infinite if it is not things.
    """

    own: Array
    adjacent: Array
    fourth: Array
    things: Array

    @classmethod
    def of(cls, influence: Array) -> Spread:
        """Sum over a grid of tiles, shape (*tiles, values)."""
        axes = tuple(range(influence.ndim - 1))
        square = influence**2
        adjacent = np.zeros(influence.shape[-1])
        for axis in axes:
            moved = np.moveaxis(influence, axis, 0)
            adjacent += 2 * (moved[1:] * moved[:-1]).sum(axis=axes)
        return cls(square.sum(axis=axes), adjacent, (square**2).sum(axis=axes), np.full(adjacent.shape, np.inf))

    def among(self, chosen: Array) -> Spread:
        """Keep some of the values."""
        return Spread(*(getattr(self, f.name)[chosen] for f in fields(self)))

    @classmethod
    def together(cls, parts: Sequence[Spread]) -> Spread:
        """Put the values of several side by side."""
        return cls(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)))

    @property
    def inflation(self) -> Array:
        """By how much the covariance of adjacent tiles multiplies the variance."""
        return np.asarray(np.fmax(1, 1 + ratio(self.adjacent, self.own)))

    def doubt(self, number: int, pieces: str, size: str) -> str:
        """Say why the intervals of the values are in doubt, or nothing; values count by their variance.

        Parameters
        ----------
        number : int
            Of the pieces that were drawn.
        pieces, size : str
            What they are, and how large one is: "tiles", "16 x 16 pixels".
        """
        if not len(self.own):
            return ""
        own = self.own.sum()
        if number < FEWEST:
            return f"there are {number} {pieces}, fewer than {FEWEST}"
        if own == 0:
            return f"the {number} {pieces} do not differ"
        inflation = 1 + self.adjacent.sum() / own
        if inflation >= LONGEST:
            return (
                f"adjacent {pieces} of {size} vary together, which makes the variance {inflation:.1f} times that of"
                f" independent ones ({LONGEST:g} or more is too much): the structure is about as long as a {pieces[:-1]}"
            )
        rests = (self.own * ratio(self.own**2, self.fourth)).sum() / own
        if rests < RAREST:
            return f"it rests on {rests:.1f} of {number} {pieces} of {size}, fewer than {RAREST:g}"
        things = (self.own * np.where(self.own > 0, self.things, 0)).sum() / own
        if things < RAREST:
            return f"it counts {things:.1f} things, fewer than {RAREST:g}"
        return ""


def warn_of_doubts(result: xr.Dataset, hint: str = "measure a larger window, or compare groups of images") -> None:
    """Warn once of all intervals of a result that are in doubt."""
    said = {str(name).removesuffix("_ci"): v.attrs[DOUBT] for name, v in result.data_vars.items() if DOUBT in v.attrs}
    if said:
        first = next(iter(said.values()))
        warn(
            f"intervals in doubt: {', '.join(said)}; the first, as {first}",
            f"{hint}; each <variable>_ci says why in its attrs",
        )
