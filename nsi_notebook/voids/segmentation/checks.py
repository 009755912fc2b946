"""What cannot be segmented, and options that do not exist, are refused before anything is computed."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np
import xarray as xr

from ...errors import OptionError, PixelError, UnknownNameError
from ..checks import check_array, number
from .histogram import FINE

WHOLE = ("classes", "nbins", "window", "mesh")  # options that count something


def check_pixels(image: xr.DataArray) -> None:
    """Refuse what has no grey values."""
    check_array(image, "image")
    if image.dtype == bool:
        raise PixelError(
            "the image is bool: it is a mask already",
            "measure it as it is; for the other part, mark the image with phase='bright'",
        )
    if image.dtype.kind not in "iuf":
        raise PixelError(f"pixels of dtype {image.dtype} have no order", "make them real: abs(image), or image.astype(float)")
    if image.size == 0:
        raise PixelError(f"the image has no pixels: {dict(image.sizes)}", "check the selection that made it")
    names = [str(n) for n in np.atleast_1d(image.coords["channel"].values)] if "channel" in image.coords else []
    if "channel" in image.dims and (names[:3] == ["r", "g", "b"] or (not names and image.sizes["channel"] in (3, 4))):
        raise PixelError(
            f"the image is in colour ({image.sizes['channel']} channels) where grey values are needed",
            "image.mean('channel'), or one channel: image.isel(channel=0)",
        )


def check_options(method: str, function: Callable[..., Any], more: tuple[str, ...], given: Mapping[str, Any]) -> None:
    """Refuse options that the method does not have, and values that are no numbers.

    Parameters
    ----------
    method : str
        Its name.
    function : callable
        Its keyword-only parameters are the options; those without a default must be given.
    more : tuple of str
        Options that are not among its parameters.
    given : mapping of str
        What was asked for.
    """
    known = {n: p for n, p in inspect.signature(function).parameters.items() if p.kind is p.KEYWORD_ONLY}
    missing = [n for n, p in known.items() if p.default is p.empty and n not in given]
    if missing:
        example = " and ".join(f"{name}={100 * (i + 1)}" for i, name in enumerate(missing))
        raise OptionError(f"{method} needs {' and '.join(missing)}", f"for example {example}")
    for option, value in given.items():
        if option not in (*known, *more):
            error = UnknownNameError.among("option", option, (*known, *more))
            raise OptionError(f"{method}: {error.message}", error.hint)
        if option in known and value is None and known[option].default is None:
            continue
        number(f"{method}: {option}", value, Integral if option in WHOLE else Real)
    if not 2 <= given.get("nbins", 2) <= FINE:
        raise OptionError(f"{method}: nbins={given['nbins']} is not between 2 and {FINE}", "for example nbins=256")
