"""`plot`: a figure of an image, a mask or measures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from .annotations import Data, Output, names

if TYPE_CHECKING:
    import plotly.graph_objects as go

SUFFIXES = (".html", ".json")


def plot(
    thing: Data,
    measure: Annotated[str, names("measures")] | None = None,
    *,
    image: Data | None = None,
    z: int | None = None,
    time: int | None = None,
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
) -> go.Figure:
    """Draw an image, a mask, measures, windows or the result of an analysis.

    Parameters
    ----------
    thing : variable or path
        An image, a mask, the results of `measure`, the windows of `window`, or the result of an analysis.
    measure : str, optional
        Which measure of the results, or aggregate of the windows, to draw; all, if none is named.
    image : variable or path, optional
        The image to lay under a mask.
    z : int, optional
        Which slice of a stack; the middle one.
    time : int, optional
        Which frame of a series; the first one.
    method : float or str, optional
        Make a mask of the image first and lay it over: a threshold, or otsu, li, ... as in `void`.
    channel : str, optional
        Of a colour image: mean, or the name or number of one channel; with `method`, which one makes the mask.
    output : path, optional
        Write the figure: .html, or .json as plotly has it.
    **options
        Of the figure: title, ...; with `method`, its own as well: window, low, high, ...

    Returns
    -------
    plotly.graph_objects.Figure
        To be shown by a notebook.

    Examples
    --------
    >>> plot("coins").layout.xaxis.title.text
    'x (pixel)'
    """
    from ..errors import OptionError, a_kind
    from .data import is_data, is_store, load, mask_of, open_any
    from .writing import check_output, write

    target = check_output(output, SUFFIXES, force)
    import xarray as xr

    from ..analytics.core.drawn import Drawn
    from ..analytics.visualization import plot as draw

    if isinstance(thing, Drawn):
        figure = draw(thing, measure, **options)
        write(figure, target)
        return figure
    subject = open_any(thing, variable)
    if not is_data(subject):
        said = "it takes an image, a mask, the results of measure, windows, or the result of an analysis"
        raise OptionError(
            f"plot: {a_kind(subject)} cannot be drawn", f"{said}: w << window SERIES 10s" if is_store(subject) else said
        )
    chosen = {"z": z, "time": time}
    options |= {name: value for name, value in chosen.items() if value is not None}
    if isinstance(subject, xr.Dataset):
        given = {"image": image, "method": method, "phase": phase, "over": over, "channel": channel}
        given |= {"spacing": spacing, "unit": unit}
        idle = [name for name, value in given.items() if value is not None]
        if idle:
            raise OptionError(f"{idle[0]} has no meaning for results of measures", f"leave --{idle[0]} out")
        figure = draw(subject, measure, **options) if measure else draw(subject, **options)
    else:
        if measure is not None:
            raise OptionError(f"{measure!r} cannot be drawn from an image", f"measure it first: nsi measure ... {measure}")
        picture = load(subject, spacing=spacing, unit=unit, channel=None if method is not None else channel)
        if method is not None:
            under = picture if image is None else image
            picture, options = mask_of(picture, method, phase, over, channel=channel, options=options)
            image = under
        elif phase is not None or over is not None:
            raise OptionError("phase and over go with a method", "--method otsu --phase dark")
        if image is not None:
            options["image"] = load(image, spacing=spacing, unit=unit)
        figure = draw(picture, **options)
    write(figure, target)
    return figure
