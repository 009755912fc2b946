"""What is given to a test, as arrays: its measures, and the dim along which their values lie."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import xarray as xr

from ....errors import DimsError, SeriesError
from ...core.tables import LEVEL, attrs_of, counts, dataset_of, index_coords, index_name
from ..clocks import CLOCKS, in_time
from ..moments import chosen, numbers, unmasked

PIXELS = frozenset({"x", "y", "z", "pixel", "voxel", "tile", "row", "column", "position"})


def variables(data: Any, dim: str | None) -> dict[str, xr.DataArray]:
    """Give each measure that there is in the data."""
    import pandas as pd

    if isinstance(data, pd.DataFrame):
        data = dataset_of(data, _name(dim))
    if isinstance(data, xr.Dataset):
        data = in_time(data, dim)
        found = {str(k): v for k, v in data.data_vars.items() if v.dtype.kind in "biuf" and "bound" not in v.dims}
        found = {k: v for k, v in found.items() if v.ndim and (dim is None or dim in v.dims)}
        if not found:
            raise SeriesError(
                f"a Dataset with {list(map(str, data.data_vars))}" + (f", none along {dim!r}" if dim else ""), "numbers"
            )
        _refuse_grid(found)
        return found
    array = numbers(array_of(data, dim))
    return {str(array.name or "value"): array}


def array_of(data: Any, dim: object = None) -> Any:
    """Give what is no Dataset as a DataArray; what has no dims must have one axis."""
    import pandas as pd

    if isinstance(data, xr.DataArray):
        return in_time(data, dim)
    if isinstance(data, pd.Series):
        along = _name(dim) or index_name(data.index)
        array = xr.DataArray(data.to_numpy(), index_coords(data.index, along), (along,), data.name, attrs_of(data))
        return in_time(array, dim)
    try:
        values = unmasked(data)
    except ValueError as error:
        raise SeriesError(f"the values are no array: {error}", "numbers in one dimension") from None
    if values.ndim == 0:
        raise SeriesError(f"{data!r:.80} is no sample", "several numbers")
    if values.ndim > 1:
        raise DimsError(f"an array of shape {values.shape} without dims may be pixels, which are not independent", _instead([]))
    return xr.DataArray(values, dims=(_name(dim) or "sample",))


def _refuse_grid(found: dict[str, xr.DataArray]) -> None:
    """Refuse a table that has a row for each pixel: whole numbers as x and y, and each pair of them once."""
    where = [found[name] for name in ("y", "x") if name in found and found[name].ndim == 1]
    if len(where) < 2 or where[0].size < 4 or where[0].sizes != where[1].sizes:
        return
    places = np.column_stack([np.asarray(axis.to_numpy(), dtype=np.float64) for axis in where])
    if not (np.isfinite(places).all() and (places == np.round(places)).all()):
        return
    extent = np.ptp(places, axis=0) + 1
    if (extent > 1).all() and extent.prod() == len(places) == len(np.unique(places, axis=0)):
        error = pixels(["y", "x"])
        raise DimsError(error.message, f"{error.hint}; if rows are runs of their own, other names for the columns y and x")


def by_index(given: Sequence[Any]) -> list[Any]:
    """Make ready what belongs together: beside Series whose index does not only count, one that does has it as labels, too.

    Examples
    --------
    >>> import pandas as pd
    >>> one = pd.Series([1.0, 2.0, 3.0])
    >>> [list(array_of(part).coords) for part in by_index([one, one[::-1]])], list(array_of(one).coords)
    ([['sample'], ['sample']], [])
    """
    import pandas as pd

    plain = [isinstance(one, pd.Series | pd.DataFrame) and counts(one.index) for one in given]
    if all(plain[i] for i, one in enumerate(given) if isinstance(one, pd.Series | pd.DataFrame)):
        return list(given)
    return [one.set_axis(pd.Index(np.arange(len(one)))) if is_plain else one for one, is_plain in zip(given, plain, strict=True)]


def _name(dim: object) -> str:
    return dim if isinstance(dim, str) else ""


def dim_of(array: xr.DataArray, dim: object) -> str:
    """Give the dim along which values lie, if they may be independent there, or follow one another in time."""
    if dim is not None and not isinstance(dim, str):
        wanted: Iterator[object] = iter(dim) if isinstance(dim, Iterable) else iter([dim])
        several = [str(d) for d in wanted]
        if any(d in PIXELS for d in several):
            raise pixels([d for d in several if d in PIXELS])
        raise DimsError(f"dim is {dim!r}", "the one dim along which the values of a sample lie; take means along others first")
    dims = list(map(str, array.dims))
    clocks = [d for d in dims if d.casefold() in CLOCKS]
    found = dim or (dims[0] if len(dims) == 1 else "time" if "time" in dims else None)
    if found in PIXELS or (found is None and all(d in PIXELS for d in dims)):
        raise pixels([d for d in dims if d in PIXELS])
    if stacked := stacked_pixels(array, found):
        raise pixels(stacked)
    if found is None:
        raise DimsError(
            f"no dim is said; there are {', '.join(dims)}",
            f"dim=, the one along which the values of a sample lie{f', e.g. dim={clocks[0]!r}' if clocks else ''}",
        )
    chosen(array, found)
    return found


def stacked_pixels(array: xr.DataArray, dim: Hashable) -> list[str]:
    """Give the dims of pixels and tiles that were stacked into this one."""
    names = list(array.indexes[dim].names) if dim in array.indexes else []
    names += [name for name, coord in array.coords.items() if coord.dims == (dim,) and coord.attrs.get(LEVEL)]
    return [str(name) for name in names if name in PIXELS]


def pixels(dims: Sequence[str]) -> DimsError:
    """Give the error that says what to do with pixels and tiles."""
    return DimsError(f"pixels and tiles along {', '.join(dims)} are not independent: no p comes of their number", _instead(dims))


def _instead(dims: Sequence[str]) -> str:
    """Say what is asked in place of pixels, each with the line that asks it."""
    means = f"images.mean({(tuple(dims) if len(dims) > 1 else dims[0]) if dims else ('y', 'x')!r})"
    return (
        f"means of images: test({means}, by=group); several images of each subject, by a mixed model: regress({means}, "
        "{'new': group == 'new'}, kind='mixed', cluster=subject); two masks, by a bootstrap of blocks: "
        "nsi.compare(mask, other, 'void_fraction')"
    )


__all__ = ["PIXELS", "array_of", "by_index", "dim_of", "pixels", "stacked_pixels", "variables"]
