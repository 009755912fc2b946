"""`components`: the voids one by one."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Literal

from .annotations import Data, Method, Output

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".csv", ".json")


def components(
    mask: Data,
    *,
    image: Data | None = None,
    dims: list[str] | None = None,
    connectivity: int | None = None,
    method: Method | None = None,
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
    image : variable or path, optional
        Whose values under each void are described, too; read as the mask is, and `channel` is of those that are in colour.
    output : path, optional
        Write the table: .csv or .json.
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
    from .data import load, mask_of
    from .writing import check_output, write

    target = check_output(output, SUFFIXES, force)
    from ..voids.components import components as table

    things = [mask] if image is None else [mask, image]
    frames = [load(thing, spacing=spacing, unit=unit, variable=variable) for thing in things]
    coloured = any("channel" in frame.dims for frame in frames)
    frames = [load(f, channel=None if coloured and "channel" not in f.dims else channel) for f in frames]
    void, rest = mask_of(frames[0], method, phase, over, dims=dims, options=options)
    if rest:
        own = [name for name in inspect.signature(components).parameters if name not in ("mask", "options")]
        raise UnknownNameError.among("option of components", next(iter(rest)), own)
    found = table(void, *frames[1:], dims=dims, connectivity=connectivity)
    write(found, target)
    return found
