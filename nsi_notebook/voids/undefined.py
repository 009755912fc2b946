"""Numbers that a mask of one phase does not have: no distance without a solid, no chord without a void."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from ..errors import warn

UNDEFINED = "nsi_undefined"


def note_undefined(found: xr.Dataset, mask: Any) -> None:
    """Say in the attrs of what is NaN throughout that the mask is empty or solid throughout, if it is.

    Parameters
    ----------
    found : Dataset
        What was measured; it is changed.
    mask : ndarray, Dask array or DataArray of bool
        What was measured, one frame. It is looked at only where there is something to explain.
    """
    nothing = [v for v in found.data_vars.values() if v.dtype.kind == "f" and v.size and np.isnan(v.values).all()]
    lacking = [] if not nothing else ["empty"] if not bool(mask.any()) else ["solid"] if bool(mask.all()) else []
    for variable in nothing if lacking else []:
        variable.attrs[UNDEFINED] = f"the mask has no {lacking[0]} pixel"


def warn_of_undefined(result: xr.Dataset) -> None:
    """Warn once of all that is NaN because a mask is of one phase."""
    said = {str(n): v.attrs[UNDEFINED] for n, v in result.data_vars.items() if UNDEFINED in v.attrs}
    names = [n for n in said if n.removesuffix("_ci") not in said or not n.endswith("_ci")]
    if names:
        warn(
            f"NaN, as {said[names[0]]}: {', '.join(names)}",
            "look at the mask: are its threshold and its phase as they should be?",
        )
