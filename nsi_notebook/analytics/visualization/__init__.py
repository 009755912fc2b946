"""A figure for every result."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import xarray as xr

from ...errors import OptionError, a_kind
from ...voids.checks import refuse_path
from ..core.drawn import Drawn

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from ..processors.windows import Windows


def plot(thing: xr.DataArray | xr.Dataset | Windows | Drawn, measure: str | None = None, **options: Any) -> Figure:
    """Draw an image, a mask of its empty part, measures, series, windows over a stream, or the result of an analysis.

    Parameters
    ----------
    thing : xarray.DataArray, xarray.Dataset, Windows, or a result of an analysis
        An image, a mask (bool), series along time, or what `measure`, `curves`, `compare`, `representative` or `preset` gave;
        or the windows that an engine or a plan gave, also as their `to_xarray()`; or what `trend`, `changes`, `describe`,
        `rates`, ... gave.
    measure : str, optional
        Of a Dataset: draw this measure only; of windows this aggregate; default: all that are there.
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
        from .lines import figure as of_series
        from .lines import is_series

        if measure is not None:
            raise OptionError(f"{measure!r}: an image has no measure to choose", "measure it first: void.nsi.measure(...)")
        return of_series(thing, **options) if is_series(thing) else picture(thing, **options)
    if isinstance(thing, Drawn):
        if measure is not None:
            raise OptionError(f"{measure!r}: the result of an analysis has no measure to choose", "result.plot()")
        drawing: Figure = import_module(f".{thing.figure}", __name__).figure(thing, **options)
        return drawing
    if not isinstance(thing, xr.Dataset):
        from ..processors.windows import Windows

        if isinstance(thing, Windows):
            return plot(thing.to_xarray(), measure, **options)
        raise OptionError(f"{a_kind(thing)} cannot be drawn", "an image, a mask, a Dataset of measures, windows, or a result")
    thing = thing.compute()  # all at once: each chunk of a lazy one is read once
    if "threshold" in thing.dims:
        from .thresholds import figure as drawn

        return drawn(thing, measure, **options)
    if "nsi_representative" in thing.attrs:
        from .windows import figure as of_windows

        return of_windows(thing, measure, **options)
    from .descriptions import figure_of, is_description

    if is_description(thing):
        if measure is not None:
            raise OptionError(f"{measure!r}: a description is drawn whole", "description.nsi.plot()")
        return figure_of(thing, **options)
    from .streams import is_windows

    if is_windows(thing):
        from .streams import figure as of_streams

        return of_streams(thing, measure, **options)
    from .measures import figure

    return figure(thing, measure, **options)
