"""What cannot be measured or marked is refused before anything is computed."""

from __future__ import annotations

import os
from numbers import Integral, Real
from typing import Any

import numpy as np
import xarray as xr

from ..errors import DimsError, OptionError, PixelError


def check_array(array: Any, name: str) -> None:
    """Refuse what is no DataArray, or does not know its shape."""
    refuse_path(array, name)
    if not isinstance(array, xr.DataArray):
        raise PixelError(f"a {type(array).__name__} is not a DataArray", f"wrap it: xarray.DataArray({name}, dims=('y', 'x'))")
    unknown = [str(d) for d, n in array.sizes.items() if np.isnan(n)]
    if unknown:
        raise DimsError(
            f"the {name} has chunks of unknown size along {' and '.join(unknown)}",
            f"find them out first: {name}.data.compute_chunk_sizes()",
        )


def refuse_path(array: Any, name: str) -> None:
    """Refuse the name of a file where an array is asked for."""
    if isinstance(array, str | os.PathLike):
        opened = f"nsi.open({os.fspath(array)!r})"
        how = f"open it first: {opened}" + (f", and nsi.void({opened}) if it is grey" if name == "mask" else "")
        raise PixelError(f"{os.fspath(array)!r} is a text or the name of a file, not a DataArray", how)


def check_mask(mask: Any) -> None:
    """Refuse what is no mask, and masks without pixels."""
    check_array(mask, "mask")
    if mask.dtype != bool:
        raise PixelError(f"a mask of the empty part must be bool, not {mask.dtype}", "make one first: image.nsi.void('otsu')")
    if mask.size == 0:
        said = ", ".join(f"{d}: {n}" for d, n in mask.sizes.items())
        raise DimsError(f"the mask has no pixels ({said})", "check the selection that made it")


def number(what: str, value: Any, kind: type = Real) -> Any:
    """Return a finite number as it is; refuse anything else."""
    if not isinstance(value, kind) or isinstance(value, bool | np.bool_) or not np.isfinite(float(value)):  # type: ignore[arg-type]
        raise OptionError(f"{what}={value!r} is not a {'whole' if kind is Integral else 'finite'} number", "give it in digits")
    return value
