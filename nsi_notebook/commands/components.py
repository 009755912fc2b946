"""`components`: the voids one by one."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Annotated, Any, Literal

from .annotations import Data, Output, names

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".csv", ".json")


def components(
    mask: Data,
    *,
    dims: list[str] | None = None,
    connectivity: int | None = None,
    method: Annotated[float | str, names("methods")] | None = None,
    phase: Literal["dark", "bright"] | None = None,
    over: Literal["frame", "series"] | None = None,
    channel: str | None = None,
    spacing: list[float] | None = None,
    unit: str | None = None,
    variable: str | None = None,
    output: Output | None = None,
    force: bool = False,
    **options: Any,
) -> pd.DataFrame:
    """List the connected voids, one row each.

    Parameters
    ----------
    mask : variable or path
        A mask, True where it is empty; or a grey image, and `method` says how to make the mask.
    dims : list of str, optional
        The spatial dims; those of z, y, x that are there.
    connectivity : int, optional
        Of the void: 4 or 8 in a plane; 6, 18 or 26 in space.
    method : float or str, optional
        Make the mask first: a threshold, or otsu, li, ... as in `void`.
    phase : {"dark", "bright"}, optional
        With `method`: which side of the threshold is empty.
    over : {"frame", "series"}, optional
        With `method`: one threshold for each frame, or for the series.
    channel : str, optional
        Of a colour image: mean, or the name or number of one channel.
    spacing : list of float, optional
        Distance between pixels, one for all spatial dims or one for each.
    unit : str, optional
        Unit of the spacing: um, mm, ...; without one, lengths are converted.
    variable : str, optional
        Which one, in a file or Dataset that holds several.
    output : path, optional
        Write the table: .csv or .json.
    force : bool
        Replace the output if it is there.
    **options
        Of the method: window, low, high, ...

    Returns
    -------
    DataFrame
        One row a component.

    Examples
    --------
    >>> len(components("coins", method=100, phase="bright")) > 20
    True
    """
    from ..errors import UnknownNameError
    from .data import mask_of
    from .writing import check_output, write

    target = check_output(output, SUFFIXES, force)
    from ..voids.components import components as table
    from ..voids.segmentation import apart

    how, rest = apart(options, method)
    if rest:
        own = [name for name in inspect.signature(components).parameters if name not in ("mask", "options")]
        raise UnknownNameError.among("option of components", next(iter(rest)), own)
    placed: dict[str, Any] = {"dims": dims, "spacing": spacing, "unit": unit, "channel": channel, "variable": variable}
    void = mask_of(mask, method, phase, over, **placed, options=how)
    found = table(void, dims=dims, connectivity=connectivity)
    write(found, target)
    return found
