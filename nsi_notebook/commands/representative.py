"""`representative`: how large a field of view must be, and how many are needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from .annotations import Data, Method, Output, names
from .measure import SUFFIXES

if TYPE_CHECKING:
    import xarray as xr


def representative(
    mask: Data,
    measure: Annotated[str, names("measures")] = "void_fraction",
    which: str | None = None,
    *,
    width: float | None = None,
    relative: bool = False,
    at: dict[str, Any] | None = None,
    windows: list[float] | None = None,
    tolerance: float = 0.05,
    dims: list[str] | None = None,
    connectivity: int | None = None,
    level: float = 0.95,
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
) -> xr.Dataset:
    """Measure windows of every size: which are representative, and how many fields of view are needed.

    Parameters
    ----------
    measure : str
        Which one: void_fraction, surface, ...
    which : str, optional
        Which variable of the measure: surface_density, ...; the only one that is a number.
    width : float, optional
        Wanted full width of the interval of the mean over fields of view, in the unit of the variable.
    relative : bool
        The width is a share of the value of the whole: 0.1 is plus or minus 5 %.
    at : key=value, optional
        Of a variable with dims, which value: axis=x, say.
    windows : list of float, optional
        Sides of the windows, in the unit of the spacing; from small to the whole, if none is given.
    tolerance : float
        What is left to vary between windows that have settled, relative.
    level : float
        Confidence level of the interval that the width speaks of.
    **options
        Of the measure: edge, boxes, ...; with `method`, its own as well: window, low, high, ...

    Returns
    -------
    Dataset
        Mean and spread of the windows of each size, the sizes that have settled, and the number of fields needed.

    Examples
    --------
    >>> found = representative("coins", "surface", "perimeter_density", method="otsu", width=0.1, relative=True)
    >>> found.fields_needed.dims
    ('window',)
    """
    from .data import mask_of
    from .writing import check_output, write

    target = check_output(output, SUFFIXES, force)
    from ..voids.representative import representative as take

    placed: dict[str, Any] = {"dims": dims, "spacing": spacing, "unit": unit, "channel": channel, "variable": variable}
    void, own = mask_of(mask, method, phase, over, **placed, options=options)
    asked: dict[str, Any] = {"relative": relative, "at": at, "windows": windows, "tolerance": tolerance, "level": level}
    results = take(void, measure, which, width, dims=dims, connectivity=connectivity, **asked, **own)
    write(results, target)
    return results
