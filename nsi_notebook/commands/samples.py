"""`samples`: the images that come along."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def samples() -> pd.DataFrame:
    """List the sample images.

    They are real images that ship with scikit-image; a name from this list can stand wherever a path can.

    Returns
    -------
    DataFrame
        One row an image: its field, shape and a description.

    Examples
    --------
    >>> "gravel" in samples().index
    True
    """
    from ..voids.samples import samples as table

    return table()
