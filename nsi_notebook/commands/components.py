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
