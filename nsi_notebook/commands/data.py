"""What a data argument names: a variable, else a path, else a sample."""

from __future__ import annotations

import glob
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from difflib import get_close_matches
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import FileError, InputError, OptionError, PixelError, UnknownNameError, a_kind
from .paths import expanded
from .settings import Fallback

if TYPE_CHECKING:
    import xarray as xr


def find(text: str, scope: Mapping[str, Any] | None = None) -> Any:
    """Look a data argument up.

    Parameters
    ----------
    text : str
        The name of a variable in `scope`; else a path, folder or glob; else the name of a sample image. Write `./name`
        for a file that is called like a variable.
    scope : mapping, optional
        Variables by name.

    Returns
    -------
    object
        The variable, or `text` again if it is a path or a sample.

    Raises
    ------
    FileError
        If it is none of these.
    """
    if not text.strip():
        raise FileError("the name of the data is empty", "give a path or the name of a sample")
    if scope is not None and text.isidentifier() and text in scope:
        return scope[text]
    if _is_path(text):
        return text
    from ..voids.samples import samples

    known = [str(name) for name in samples().index]
    if text in known:
        return text
    variables = [] if scope is None else [name for name in scope if not name.startswith("_") and is_data(scope[name])]
    near = get_close_matches(text, [*variables, *known, *_beside(text)], n=1, cutoff=0.6)
    kinds = "file or sample" if scope is None else "variable, file or sample"
    if scope is not None and any(sign in text for sign in "[("):
        raise FileError(f"no {kinds} {text!r}", "give it a name first: part = ...")
    if near:
        raise FileError(f"no {kinds} {text!r}", f"did you mean '{near[0]}'?")
    if variables:
        raise FileError(f"no {kinds} {text!r}", f"variables that hold data: {', '.join(sorted(variables)[:8])}")
    raise FileError(f"no {kinds} {text!r}", "look at the path, or list the samples: nsi samples")


def find_numbers(text: str, scope: Mapping[str, Any] | None = None) -> Any:
    """Look an argument up that is a number, nan for one that is missing, or the name of a variable that holds one or many.

    Raises
    ------
    OptionError
        If it is neither.

    Examples
    --------
    >>> find_numbers("2.5"), find_numbers("found", {"found": [1, 2]})
    (2.5, [1, 2])
    """
    with suppress(ValueError):
        if math.isfinite(number := float(text)):
            return number
    if scope is not None and text in scope:
        return scope[text]
    if text.lower() == "nan":
        return math.nan
    if scope is None:
        raise OptionError(f"value must be a number, not {text!r}")
    bare = text.strip("${}")
    near = get_close_matches(text, [name for name in scope if not name.startswith("_")], n=1, cutoff=0.6)
    hint = "the name of a variable stands alone" if bare in scope else "give it a name first: value = ..."
    hint = f"{hint}: {bare}" if bare in scope else f"did you mean {near[0]!r}?" if near else hint
    raise OptionError(f"value must be a number or a variable, not {text!r}", hint)


def find_time(text: str, scope: Mapping[str, Any] | None = None) -> Any:
    """Look a time up: the name of a variable, else the time as it is written, which is no name."""
    return text if scope is None else scope.get(text, text)


def is_data(value: Any) -> bool:
    """Whether a variable holds an image, a mask, a Dataset or windows, seen without importing anything."""
    known = {"xarray.DataArray", "xarray.Dataset", "numpy.ndarray", "dask.Array", "nsi_notebook.Windows"}
    return bool(_kinds(value) & known)


def is_numbers(value: Any) -> bool:
    """Whether a variable holds a number, or an array or a column of them, seen without importing anything."""
    known = {"numpy.number", "numpy.ndarray", "pandas.Series", "xarray.DataArray"}
    return (isinstance(value, int | float | list) or bool(_kinds(value) & known)) and not isinstance(value, bool)


def is_table(value: Any) -> bool:
    """Whether a variable holds columns of numbers, or a series, seen without importing anything."""
    known = {"pandas.DataFrame", "pandas.Series", "xarray.Dataset", "xarray.DataArray", "numpy.ndarray"}
    return isinstance(value, list) or bool(_kinds(value) & (known | {"nsi_notebook.Windows", "nsi_notebook.Answer"}))


def is_store(value: Any) -> bool:
    """Whether a variable holds a store, or an engine that has one, seen without importing anything."""
    return bool(_kinds(value) & {"nsi_notebook.TimeSeriesDatabase", "nsi_notebook.AnalyticsEngine"})


def _kinds(value: Any) -> set[str]:
    return {f"{str(kind.__module__).partition('.')[0]}.{kind.__name__}" for kind in type(value).__mro__}


def load(
    thing: Any,
    *,
    spacing: Sequence[float] | None = None,
    unit: str | None = None,
    channel: str | None = None,
    variable: str | None = None,
) -> xr.DataArray:
    """Make an image of what a data argument holds.

    Parameters
    ----------
    thing : DataArray, Dataset, ndarray, str or Path
        An image, or where it is.
    spacing : sequence of float, optional
        Distance between pixels: one number for all spatial dims, or one for each. Overrides what the image says.
    unit : str, optional
        Of the spacing, which needs one; without a spacing, the image's lengths are converted.
    channel : str, optional
        Of a colour image: "mean", or the name or number of one channel.
    variable : str, optional
        Which one, in a file or Dataset that holds several.
    """
    import numpy as np
    import xarray as xr

    from ..voids.space import respaced

    steps = None if spacing is None else spacing[0] if len(spacing) == 1 else tuple(spacing)
    if isinstance(thing, str | PathLike):
        from ..voids.reading import open
        from ..voids.samples import sample

        if isinstance(thing, str) and find(thing) and not _is_path(thing):
            image = sample(thing)
        else:
            return _one_channel(open(Path(thing), spacing=steps, unit=unit, variable=variable), channel)
    elif isinstance(thing, xr.Dataset) and variable is not None:
        if variable not in thing.data_vars:
            raise UnknownNameError.among("variable", variable, map(str, thing.data_vars))
        image, variable = thing[variable], None
    elif isinstance(thing, xr.DataArray):
        image = thing
    elif isinstance(thing, xr.Dataset):
        held = ", ".join(map(str, thing.data_vars)) or "nothing"
        raise PixelError(f"a Dataset of {held} is no image", "choose one of its variables: --variable")
    elif isinstance(thing, np.ndarray) or is_data(thing):
        from ..voids.space import Space

        image = xr.DataArray(thing, dims=Space.plain(thing.shape).dims)
    else:
        raise PixelError(f"{a_kind(thing)} is no image", "give an array, a path or the name of a sample")
    _none_to_choose(variable, "an array")
    return _one_channel(respaced(image, steps, unit), channel)


def open_any(thing: Any, variable: str | None = None) -> Any:
    """Open a path as what it holds: results of `measure` and windows as a Dataset, anything else as an image.

    Parameters
    ----------
    thing : object
        A path or the name of a sample; what is neither is given back.
    variable : str, optional
        Which one, in a file or Dataset that holds several; it is an image then.
    """
    import xarray as xr

    if variable is not None:
        return load(thing, variable=variable)
    if not isinstance(thing, str | PathLike):
        return thing.to_xarray() if "nsi_notebook.Windows" in _kinds(thing) else thing
    path = expanded(thing)
    if path.suffix.lower() in (".nc", ".zarr") and path.exists():
        try:
            with xr.open_dataset(path, engine="zarr" if path.is_dir() else "h5netcdf") as held:
                if "plan" in held.attrs or any("nsi_measure" in item.attrs for item in held.data_vars.values()):
                    return held.load()
        except (OSError, ValueError, KeyError):
            return load(thing)  # not ours: the reader knows the ways in which it can be wrong
    return load(thing)


def mask_of(
    thing: Any,
    method: float | str | Fallback | None,
    phase: str | None,
    over: str | None,
    *,
    dims: Sequence[str] | None = None,
    spacing: Sequence[float] | None = None,
    unit: str | None = None,
    channel: str | None = None,
    variable: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> tuple[xr.DataArray, dict[str, Any]]:
    """Make a mask of what a data argument holds: it is one, or `method` makes it one.

    Returns
    -------
    DataArray of bool
        The mask.
    dict
        Those of `options` that are not the method's own.

    Raises
    ------
    PixelError, OptionError
        As `marking`.
    """
    from ..voids.segmentation import apart, void

    image = load(thing, spacing=spacing, unit=unit, channel=channel, variable=variable)
    how = marking(image, method, phase, over)
    own, rest = apart(options or {}, how.get("method"))
    return void(image, how.pop("method"), dims=dims, **how, **own) if how else image, rest


def marking(
    image: xr.DataArray, method: float | str | Fallback | None, phase: str | None, over: str | None = None
) -> dict[str, Any]:
    """Say how a mask is made of an image: method, phase and over as far as they are known; nothing if it is one.

    Raises
    ------
    PixelError
        If it is a grey image and there is no method.
    OptionError
        If it is a mask already and there is one.
    """
    fallback = {"method": method.method, "phase": method.phase, "over": method.over} if isinstance(method, Fallback) else {}
    asked = {"method": None if fallback else method, "phase": phase, "over": over}
    given = {name: value for name, value in asked.items() if value is not None}
    if image.dtype == bool:
        for name, value in given.items():
            raise OptionError(f"{name}={value!r}, but this is a mask already", f"leave --{name} out")
        return {}
    if not fallback and method is None:
        raise PixelError(
            f"this is an image of {image.dtype}, not a mask of its empty part",
            _how(image),
        )
    return {name: value for name, value in fallback.items() if value is not None} | given


def _how(image: xr.DataArray) -> str:
    """Say how a mask is made of an image: one of two values is a mask already, stored as a picture whose empty part is bright."""
    if image.dtype.kind in "iu" and image.chunks is None and image.size:
        low, high = (int(image.min()), int(image.max()))
        for dark, bright in ((0, 1), (0, 255), (low, high)):
            if dark < bright and bool(((image == dark) | (image == bright)).all()):
                return f"if it is a mask, stored with {bright} where it is empty: --method {(dark + bright) // 2} --phase bright"
    return "make one first (nsi void), or say how: --method otsu --phase dark"


def _none_to_choose(variable: str | None, what: str) -> None:
    if variable is not None:
        raise OptionError(f"variable={variable!r}, but {what} is one image", "leave --variable out")


def _one_channel(image: xr.DataArray, channel: str | None) -> xr.DataArray:
    """Make a colour image grey: the mean of its colours, or one channel by name or number."""
    if channel is None:
        return image
    if "channel" not in image.dims:
        raise OptionError(f"there is no channel {channel!r} to choose: the image has {image.dims}", "leave --channel out")
    known = [str(name) for name in image["channel"].values]
    if channel == "mean":
        colours = [i for i, name in enumerate(known) if name != "a"]  # how opaque a pixel is, is no colour
        return image.isel(channel=colours).mean("channel", keep_attrs=True)
    if channel not in known and channel.isdecimal() and int(channel) < len(known):
        return image.isel(channel=int(channel), drop=True)
    if channel not in known:
        raise UnknownNameError.among("channel", channel, ["mean", *known])
    return image.isel(channel=known.index(channel), drop=True)


def _is_path(text: str) -> bool:
    """Whether something is there, or it is written as a path, so that reading it says best what is wrong."""
    from ..voids.reading.formats import by_name

    path = expanded(text)
    try:
        if path.exists() or (glob.has_magic(text) and glob.glob(str(path))):  # noqa: PTH207 - absolute or relative
            return True
    except (OSError, ValueError):  # too long a name, a null character
        raise InputError(f"{text[:60]!r} cannot be a path") from None
    return "/" in text or by_name(path) is not None


def _beside(text: str) -> list[str]:
    folder = expanded(text).parent
    return [str(path) if folder != Path() else path.name for path in folder.iterdir()] if folder.is_dir() else []
