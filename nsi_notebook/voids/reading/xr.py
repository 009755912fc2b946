"""netCDF (and HDF5) through xarray."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import xarray as xr

from ...errors import FileError, UnknownNameError
from .labels import plain_dims
from .lazy import stays


def read(path: Path, *, lazy: bool | None = None, variable: str | None = None) -> xr.DataArray:
    """Open one variable of a netCDF or HDF5 file."""
    with path.open("rb") as file:
        classic = file.read(3) == b"CDF"
    options: dict[str, Any] = {"engine": "scipy"} if classic else {"engine": "h5netcdf", "phony_dims": "access"}
    with ExitStack() as stack:
        dataset = stack.enter_context(xr.open_dataset(path, **options))
        chosen = choose(dataset, path.name, variable)
        if not stays(chosen.shape, chosen.dtype, lazy):
            return chosen.load()
        stack.pop_all()  # the file stays open for its values
        own = chosen.encoding.get("chunksizes")  # a contiguous variable has none, and may be larger than the memory
        return chosen.chunk(dict(zip(chosen.dims, own, strict=True)) if own else "auto")


def choose(dataset: xr.Dataset, name: str, variable: str | None) -> xr.DataArray:
    """Take the variable that is meant: the one named, or the only one with two dims or more (else the only one)."""
    names = [str(n) for n in dataset.data_vars]
    if variable is None:
        images = [n for n in names if dataset[n].ndim >= 2] or [n for n in names if dataset[n].ndim]
        if len(images) != 1:
            held = ", ".join(f"{n} {dict(dataset[n].sizes)}" for n in images or names) or "none"
            hint = f"choose one: variable={images[0]!r}" if images else "is it the right file?"
            raise FileError(f"{name} holds {len(images)} variables that could be the image: {held}", hint)
        variable = images[0]
    elif variable not in names:
        raise UnknownNameError.among("variable", variable, names)
    chosen = dataset[variable]
    if len(set(chosen.dims)) < chosen.ndim:
        raise FileError(f"{variable!r} of {name} repeats a dim: {chosen.dims}", "give each axis of the file its own dim")
    if all(str(d).startswith("phony_dim") for d in chosen.dims):
        return chosen.rename(dict(zip(chosen.dims, plain_dims(chosen.shape), strict=True)))
    return chosen
