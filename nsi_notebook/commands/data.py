"""What a data argument names: a variable, else a path, else a sample."""

from __future__ import annotations

import glob
import math
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import FileError, InputError, OptionError, PixelError, SpacingError, UnknownNameError

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


def is_data(value: Any) -> bool:
    """Whether a variable holds an image, a mask or a Dataset, seen without importing anything."""
    kinds = {f"{kind.__module__.partition('.')[0]}.{kind.__name__}" for kind in type(value).__mro__}
    return bool(kinds & {"xarray.DataArray", "xarray.Dataset", "numpy.ndarray", "dask.Array"})


def load(
    thing: Any,
    *,
    spacing: Sequence[float] | None = None,
    unit: str | None = None,
    channel: str | None = None,
    **options: Any,
) -> xr.DataArray:
    """Make an image of what a data argument holds.

    Parameters
    ----------
    thing : DataArray, ndarray, str or Path
        An image, or where it is.
    spacing : sequence of float, optional
        Distance between pixels: one number for all spatial dims, or one for each. Overrides what the image says.
    unit : str, optional
        Unit of the spacing.
    channel : str, optional
        Of a colour image: "mean", or the name or number of one channel.
    **options
        For `nsi_notebook.open`.
    """
    import numpy as np
    import xarray as xr

    if isinstance(thing, str | PathLike):
        from ..voids.reading import open
        from ..voids.samples import sample

        if isinstance(thing, str) and find(thing) and not _is_path(thing):
            image = sample(thing)
        else:
            steps = None if spacing is None else spacing[0] if len(spacing) == 1 else tuple(spacing)
            return _one_channel(open(Path(thing), spacing=steps, unit=unit, **options), channel)
    elif isinstance(thing, xr.DataArray):
        image = thing
    elif isinstance(thing, xr.Dataset):
        held = ", ".join(map(str, thing.data_vars)) or "nothing"
        raise PixelError(f"a Dataset of {held} is no image", "choose one of its variables")
    elif isinstance(thing, np.ndarray) or is_data(thing):
        from ..voids.space import Space

        image = xr.DataArray(thing, dims=Space.plain(thing.shape).dims)
    else:
        raise PixelError(f"a {type(thing).__name__} is no image", "give an array, a path or the name of a sample")
    return _one_channel(with_spacing(image, spacing, unit), channel)


def open_any(thing: Any) -> Any:
    """Open a path as what it holds: results of `measure` as a Dataset, anything else as an image.

    Parameters
    ----------
    thing : object
        A path or the name of a sample; what is neither is given back.
    """
    import xarray as xr

    if not isinstance(thing, str | PathLike):
        return thing
    path = Path(thing).expanduser()
    if path.suffix.lower() in (".nc", ".zarr") and path.exists():
        try:
            results = xr.load_dataset(path, engine="zarr" if path.is_dir() else "h5netcdf")
        except (OSError, ValueError, KeyError):
            return load(thing)  # not ours: the reader knows the ways in which it can be wrong
        if any("nsi_measure" in variable.attrs for variable in results.data_vars.values()):
            return results
    return load(thing)


def with_spacing(image: xr.DataArray, spacing: Sequence[float] | None, unit: str | None) -> xr.DataArray:
    """Set the spacing or the unit of an image; neither leaves it as it is.

    Raises
    ------
    SpacingError
        If a spacing is not positive or their number is not that of the spatial dims, or there is a unit without one.
    """
    if spacing is None and unit is None:
        return image
    from ..voids.space import Space

    space = Space.of(image)
    if spacing is None and not any(dim in image.coords for dim in space.dims):
        raise SpacingError(f"unit={unit!r} without a spacing, and the image has none", "give --spacing too")
    steps = space.spacing if spacing is None else tuple(spacing) * (space.ndim if len(spacing) == 1 else 1)
    if len(steps) != space.ndim or not all(0 < step < math.inf for step in steps):
        said = ", ".join(f"{step:g}" for step in steps)
        raise SpacingError(f"spacing {said} for the dims {space.dims}", "give one positive number, or one for each dim")
    placed = Space(space.dims, space.shape, steps, unit or space.unit)
    coords = {
        dim: (dim, placed.coord(dim), {"units": placed.unit, "long_name": dim, "spacing": step})
        for dim, step in zip(space.dims, steps, strict=True)
    }
    return image.assign_coords(coords)


def mask_of(
    thing: Any,
    method: float | str | None,
    phase: str | None,
    over: str | None,
    *,
    dims: Sequence[str] | None = None,
    spacing: Sequence[float] | None = None,
    unit: str | None = None,
    channel: str | None = None,
) -> xr.DataArray:
    """Make a mask of what a data argument holds: it is one, or `method` makes it one.

    Raises
    ------
    PixelError
        If it is a grey image and there is no method.
    OptionError
        If it is a mask already and there is one.
    """
    image = load(thing, spacing=spacing, unit=unit, channel=channel)
    said = {"method": method, "phase": phase, "over": over}
    given = [name for name, value in said.items() if value is not None]
    if image.dtype == bool:
        if given:
            raise OptionError(f"{given[0]}={said[given[0]]!r}, but this is a mask already", f"leave --{given[0]} out")
        return image
    if method is None:
        raise PixelError(
            f"this is an image of {image.dtype}, not a mask of its empty part",
            "make one first (nsi void), or say how: --method otsu --phase dark",
        )
    from ..voids.segmentation import void

    options: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
    return void(image, options.pop("method"), dims=dims, **options)


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
    if channel not in known:
        raise UnknownNameError.among("channel", channel, ["mean", *known])
    return image.isel(channel=known.index(channel), drop=True)


def _is_path(text: str) -> bool:
    """Whether something is there, or it is written as a path, so that reading it says best what is wrong."""
    path = Path(text).expanduser()
    try:
        if path.exists() or (glob.has_magic(text) and glob.glob(str(path))):  # noqa: PTH207 - absolute or relative
            return True
    except (OSError, ValueError):  # too long a name, a null character
        raise InputError(f"{text[:60]!r} cannot be a path") from None
    return "/" in text or path.suffix.lower() in (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".npy", ".npz", ".nc", ".zarr")


def _beside(text: str) -> list[str]:
    folder = Path(text).expanduser().parent
    return [str(path) if folder != Path() else path.name for path in folder.iterdir()] if folder.is_dir() else []
