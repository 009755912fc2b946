"""Mark the empty part of an image: a file for each method.

Those in `GLOBAL` find a threshold from a histogram, those in `LOCAL` mark a whole frame. Their keyword-only parameters are
the options of `void`.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from ...errors import UnknownNameError, warn
from ...version import __version__
from ..checks import number
from ..space import Space
from . import background, hysteresis, li, multiotsu, otsu, sauvola, triangle
from .checks import check_options, check_pixels
from .histogram import FINE, histograms, refuse_non_finite

GLOBAL: dict[str, Callable[..., float]] = {
    "li": li.threshold,
    "multiotsu": multiotsu.threshold,
    "otsu": otsu.threshold,
    "triangle": triangle.threshold,
}
LOCAL: dict[str, Callable[..., Any]] = {"background": background.mark, "hysteresis": hysteresis.mark, "sauvola": sauvola.mark}
NBINS = {"li": FINE, "multiotsu": 256, "otsu": 256, "triangle": 256}


def methods() -> tuple[str, ...]:
    """Names of the methods.

    >>> methods()
    ('background', 'hysteresis', 'li', 'multiotsu', 'otsu', 'sauvola', 'triangle')
    """
    return tuple(sorted({**GLOBAL, **LOCAL}))


def apart(options: Mapping[str, Any], method: float | str | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Take options apart: those of the methods that make a mask, if one is to be made, and the others.

    >>> apart({"window": 31, "edge": "inner"}, "sauvola")
    ({'window': 31}, {'edge': 'inner'})
    """
    if method is None:
        return {}, dict(options)
    known = {"nbins"}
    for function in (*GLOBAL.values(), *LOCAL.values()):
        known |= {p.name for p in inspect.signature(function).parameters.values() if p.kind is p.KEYWORD_ONLY}
    return {k: v for k, v in options.items() if k in known}, {k: v for k, v in options.items() if k not in known}


def void(
    image: xr.DataArray,
    method: str | float = "otsu",
    *,
    phase: str = "dark",
    over: str = "frame",
    dims: Sequence[str] | str | None = None,
    **options: Any,
) -> xr.DataArray:
    """Mark the empty part of an image.

    Parameters
    ----------
    image : xarray.DataArray
        Grey values. A chunked image stays chunked. otsu, multiotsu, li and triangle read it once now (twice if values are
        floats or wider than 16 bits) and give the whole array's threshold; sauvola, hysteresis and background need whole
        frames, and load them when the mask is computed.
    method : str or float
        A threshold in the image's units, or otsu, multiotsu, li, triangle, sauvola, hysteresis, background.
    phase : {"dark", "bright"}
        dark: empty is what is not above the threshold; bright: what is above it.
    over : {"frame", "series"}
        One threshold for each frame (index of the dims that are not spatial), or one for all.
    dims : sequence of str, optional
        Spatial dims; default: those of z, y, x that are there.
    **options
        multiotsu: classes; otsu, multiotsu, li, triangle: nbins; sauvola: window, k, r; hysteresis: low, high; background:
        mesh, clip, nsigma.

    Returns
    -------
    xarray.DataArray of bool
        True is empty. attrs: nsi_method, nsi_phase, nsi_over, nsi_threshold and the options; instead of nsi_threshold a coord
        `threshold` along the batch dims if there is one for each frame. They describe the mask as it was made, and xarray
        keeps them through what is done to it: for the other part ask for the other phase, as `~mask` would still say "dark".

    Raises
    ------
    PixelError
        If there are NaN or infinite pixels, several channels, a dtype without order, or one value only where a threshold is
        to be found. A chunked image whose chunks have not been read raises it when the mask is computed.
    DimsError
        If it is not clear which dims are spatial.
    UnknownNameError, OptionError
        If the method, phase or an option does not exist or has no meaning.

    Warns
    -----
    NsiWarning
        If a threshold is outside the values of an image in memory.

    Notes
    -----
    Otsu, multi-Otsu, Li and triangle are scikit-image's. Integers are counted one by one, and give the same masks; floats, and
    integers whose range is 65536 or more, are counted in `nbins` equal bins over their range (256; li 65536), and their
    threshold is the middle of a bin (of li, within a few bins of the exact one). Integers beyond 2^53 are refused, as
    thresholds are float64.

    References
    ----------
    Otsu 1979; Liao, Chen & Chung 2001; Li & Tam 1998; Zack, Rogers & Latt 1977; Sauvola & Pietikainen 2000; Canny 1986;
    Bertin & Arnouts 1996: see the modules of this package.

    Examples
    --------
    >>> image = xr.DataArray(np.array([[0, 0, 9], [9, 9, 0]], dtype="uint8"), dims=("y", "x"))
    >>> int(void(image, "otsu").sum())
    3
    """
    check_pixels(image)
    for kind, value, known in (("phase", phase, ("dark", "bright")), ("over", over, ("frame", "series"))):
        if value not in known:
            raise UnknownNameError.among(kind, value, known)
    space = Space.of(image, dims)
    attrs: dict[str, Any] = {
        "units": "1",
        "long_name": "void",
        "nsi_method": method,
        "nsi_phase": phase,
        "nsi_version": __version__,
    }
    if not isinstance(method, str):
        check_options("a threshold", lambda: None, (), options)
        attrs |= {"nsi_method": "threshold", "nsi_threshold": float(number("threshold", method))}
        mask = _compared(_finite(image), method, phase)
        _warn_outside(image, attrs["nsi_threshold"])
    elif method in LOCAL:
        check_options(method, LOCAL[method], (), options)
        attrs |= {f"nsi_{k}": v for k, v in options.items()}
        mask = _marked(image, space, partial(LOCAL[method], phase=phase, **options))
    elif method in GLOBAL:
        check_options(method, GLOBAL[method], ("nbins",), options)
        batch = [str(d) for d in image.dims if d not in space.dims] if over == "frame" else []
        threshold = _threshold(image, batch, method, phase, **options)
        attrs |= {**{f"nsi_{k}": v for k, v in options.items()}, "nsi_over": over}
        if batch:
            mask = _compared(image, threshold, phase).assign_coords(threshold=threshold.assign_attrs(image.attrs))
        else:
            attrs["nsi_threshold"] = threshold.item()
            mask = _compared(image, threshold.item(), phase)
    else:
        raise UnknownNameError.among("method", method, methods())
    mask.attrs = attrs
    return mask.transpose(*image.dims).rename("void")


def thresholds(made: xr.DataArray | xr.Dataset) -> list[float]:
    """List the thresholds by which a mask was made, or the mask that was measured: one, one for each frame, or none.

    >>> image = xr.DataArray(np.array([[[0, 9]], [[5, 7]]], dtype="uint8"), dims=("time", "y", "x"))
    >>> thresholds(void(image)), thresholds(void(image).isel(time=1)), thresholds(void(image, 3))
    ([0.0, 5.0], [5.0], [3.0])
    """
    each = made.attrs.get("nsi_over") == "frame" and "threshold" in made.coords
    found = made.attrs.get("nsi_threshold", made.coords["threshold"].values if each else ())
    values: list[float] = np.ravel(found).tolist()
    return values


def _warn_outside(image: xr.DataArray, threshold: float) -> None:
    """Warn of a threshold that no value of an image in memory is on the other side of."""
    if image.chunks is not None:
        return
    low, high = float(image.values.min()), float(image.values.max())
    if not low <= threshold <= high:
        warn(
            f"the threshold {threshold:g} is outside the values of the image, {low:g} to {high:g}: all of it is of one phase",
            "give a threshold between them, or method='otsu'",
        )


def _compared(image: xr.DataArray, threshold: xr.DataArray | float, phase: str) -> xr.DataArray:
    """Mark what is above the threshold (bright), or the rest."""
    cut: Any
    if image.dtype.kind == "f":
        # not a Python float, which would be rounded to float32 with the image
        cut = threshold if isinstance(threshold, xr.DataArray) else np.float64(threshold)
    else:
        # integers with integers: exact, and chunks are not copied to float64
        cut = np.floor(threshold).astype(image.dtype) if isinstance(threshold, xr.DataArray) else math.floor(threshold)
    solid: xr.DataArray = image > cut
    return solid if phase == "bright" else ~solid


def _finite(image: xr.DataArray) -> xr.DataArray:
    """Refuse values that are not finite: now, or when a chunk is computed."""
    if image.dtype.kind != "f":
        return image
    refuse = partial(refuse_non_finite, name="the image" if image.chunks is None else "a chunk")
    checked: xr.DataArray = xr.apply_ufunc(refuse, image, dask="parallelized", output_dtypes=[image.dtype])
    return checked


def _threshold(
    image: xr.DataArray, batch: Sequence[str], method: str, phase: str, *, nbins: int | None = None, **options: Any
) -> xr.DataArray:
    """One threshold for each index of `batch`."""
    rest = [d for d in image.dims if d not in batch]
    ordered = image.transpose(*batch, *rest)
    shape = tuple(ordered.sizes[d] for d in batch)
    places = list(np.ndindex(*shape))
    names = [_frame_name(image, dict(zip(batch, at, strict=True))) for at in places]
    found = histograms([ordered.data[at] for at in places], names, image.dtype, nbins or NBINS[method])
    values = [h.value(GLOBAL[method](h, phase, **options)) for h in found]
    coords = {n: c for n, c in image.coords.items() if c.dims and set(c.dims) <= set(batch)}
    return xr.DataArray(np.array(values).reshape(shape), dims=tuple(batch), coords=coords)


def _frame_name(image: xr.DataArray, at: Mapping[str, int]) -> str:
    """Say which frame: by its coordinates, or by its index if there are several."""
    told = {d: image[d].values[i] if d in image.coords else i for d, i in at.items() if d in image.coords or image.sizes[d] > 1}
    return f"the frame {', '.join(f'{d}={v}' for d, v in told.items())}" if told else "the image"


def _marked(image: xr.DataArray, space: Space, mark: Callable[[Any], Any]) -> xr.DataArray:
    def each(values: Any) -> Any:
        result = np.empty(values.shape, dtype=bool)
        for at in np.ndindex(*values.shape[: values.ndim - space.ndim]):
            result[at] = mark(refuse_non_finite(values[at], "a frame" if at else "the image"))
        return result

    mark(np.zeros((8,) * space.ndim, image.dtype))  # options without meaning are refused now, not when chunks are computed
    mask: xr.DataArray = xr.apply_ufunc(
        each,
        image.chunk(dict.fromkeys(space.dims, -1)) if image.chunks is not None else image,
        input_core_dims=[list(space.dims)],
        output_core_dims=[list(space.dims)],
        dask="parallelized",
        output_dtypes=[bool],
    )
    return mask
