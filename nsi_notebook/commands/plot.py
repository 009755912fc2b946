"""`plot`: a figure of an image, a mask or measures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from .annotations import Data, Output, names

if TYPE_CHECKING:
    import plotly.graph_objects as go
    import xarray as xr

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
    import xarray as xr

    from ..analytics.core.drawn import Drawn
    from ..analytics.visualization import plot as draw
    from .data import open_any
    from .writing import check_output, write

    target = check_output(output, SUFFIXES, force)
    if isinstance(thing, Drawn):
        figure = draw(thing, measure, **options)
    else:
        subject = _drawable(open_any(thing, variable))
        options |= {name: value for name, value in {"z": z, "time": time}.items() if value is not None}
        given: dict[str, Any] = {
            "image": image, "method": method, "phase": phase, "over": over, "channel": channel, "spacing": spacing, "unit": unit,
        }  # fmt: skip
        if isinstance(subject, xr.Dataset):
            figure = _of_measures(subject, measure, given, options)
        else:
            figure = _of_image(subject, measure, options, **given)
    write(figure, target)
    return figure


def _drawable(subject: Any) -> Any:
    """Refuse what is neither an image nor measures."""
    from ..errors import OptionError, a_kind
    from .data import is_data, is_store

    if is_data(subject):
        return subject
    said = "it takes an image, a mask, the results of measure, windows, or the result of an analysis"
    hint = f"{said}: w << window SERIES 10s" if is_store(subject) else said
    raise OptionError(f"plot: {a_kind(subject)} cannot be drawn", hint)


def _of_measures(results: xr.Dataset, measure: str | None, given: dict[str, Any], options: dict[str, Any]) -> go.Figure:
    """Draw results or windows, which take none of the options of images."""
    from ..analytics.visualization import plot as draw
    from ..errors import OptionError

    for name, value in given.items():
        if value is not None:
            raise OptionError(f"{name} has no meaning for results of measures", f"leave --{name} out")
    return draw(results, measure or None, **options)


def _of_image(
    subject: xr.DataArray, measure: str | None, options: dict[str, Any], *, image: Any, method: float | str | None,
    phase: str | None, over: str | None, channel: str | None, spacing: list[float] | None, unit: str | None,
) -> go.Figure:  # fmt: skip
    """Draw an image or a mask; with a method, the mask that it makes over the image."""
    from ..analytics.visualization import plot as draw
    from ..errors import OptionError
    from .data import load, mask_of

    if measure is not None:
        raise OptionError(f"{measure!r} cannot be drawn from an image", f"measure it first: nsi measure ... {measure}")
    if method is None and (phase is not None or over is not None):
        raise OptionError("phase and over go with a method", "--method otsu --phase dark")
    drawn = load(subject, spacing=spacing, unit=unit, channel=None if method is not None else channel)
    if method is not None:
        image = drawn if image is None else image
        drawn, options = mask_of(drawn, method, phase, over, channel=channel, options=options)
    if image is not None:
        options["image"] = load(image, spacing=spacing, unit=unit)
    return draw(drawn, **options)
