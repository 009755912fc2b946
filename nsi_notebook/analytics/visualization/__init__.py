"""A figure for every result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import xarray as xr

from ...errors import OptionError
from ...voids.checks import refuse_path

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def plot(thing: xr.DataArray | xr.Dataset, measure: str | None = None, **options: Any) -> Figure:
    """Draw an image, a mask of its empty part, or measures.

    Parameters
    ----------
    thing : xarray.DataArray or xarray.Dataset
        An image, a mask (bool), or what `measure`, `curves`, `compare`, `representative` or `preset` gave.
    measure : str, optional
        Of a Dataset: draw this measure only; default: all that are there.
    **options
        Of a mask: image= draws it over the image; title=; an index along other dims, e.g. time=3, z=10;
        dims= where they are not called z, y, x. Of a Dataset: title=.

    Returns
    -------
    plotly.graph_objects.Figure
        Axes carry units; intervals are drawn where there are any.

    Raises
    ------
    UnknownNameError, OptionError, DimsError
        If the measure is not in the Dataset, or nothing can be drawn.

    Examples
    --------
    >>> import numpy as np
    >>> plot(xr.DataArray(np.eye(8, dtype=bool), dims=("y", "x"))).layout.xaxis.title.text
    'x (pixel)'
    """
    refuse_path(thing, "image")
    if isinstance(thing, xr.DataArray):
        from .images import picture

        if measure is not None:
            raise OptionError(f"{measure!r}: an image has no measure to choose", "measure it first: void.nsi.measure(...)")
        return picture(thing, **options)
    if not isinstance(thing, xr.Dataset):
        raise OptionError(f"a {type(thing).__name__} cannot be drawn", "give an image, a mask or a Dataset of measures")
    thing = thing.compute()  # all at once: each chunk of a lazy one is read once
    if "threshold" in thing.dims:
        from .thresholds import figure as drawn

        return drawn(thing, measure, **options)
    if "nsi_representative" in thing.attrs:
        from .windows import figure as of_windows

        return of_windows(thing, measure, **options)
    from .measures import figure

    return figure(thing, measure, **options)
