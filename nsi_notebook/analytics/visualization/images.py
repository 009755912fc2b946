"""Images and masks, with axes in length units."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ...errors import DimsError, OptionError, PixelError
from ...voids.segmentation import thresholds
from ...voids.space import Space, spatial_dims
from . import maps
from .theme import METHODS, VOID, axis_title, layout

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

LARGEST = 640  # pixels a side, so that a figure stays small in a report
WIDE, HIGH, BAR = 640, 600, 90  # pixels: of a figure, at most, and what a colour bar takes
LEFT, RIGHT, TOP, FOOT = 70, 25, 45, 60


def picture(
    array: xr.DataArray,
    *,
    image: xr.DataArray | None = None,
    title: str | None = None,
    dims: Sequence[str] | None = None,
    **at: Any,
) -> Figure:
    """Draw an image, a mask, or an image with its void tinted.

    Parameters
    ----------
    array : xarray.DataArray
        Image (y, x), in grey or with a `channel` dim, or mask (bool).
    image : xarray.DataArray, optional
        The image under the mask.
    title : str, optional
        Default: the name, and for a mask how it was made and its void fraction.
    dims : sequence of str, optional
        Spatial dims, of which the last two are shown; default: those of z, y, x that are there.
    **at
        Index along each other dim, e.g. time=3; default: 0 along time, the middle along z.
    """
    import plotly.graph_objects as go

    plane = _plane(array, at, dims)
    under = _plane(image, {k: v for k, v in at.items() if k in image.dims}, dims) if image is not None else None
    space = Space.of(plane, spatial_dims(array, dims)[-2:])
    mask = plane.dtype == bool
    if under is not None and {d: under.sizes[d] for d in space.dims} != dict(zip(space.dims, space.shape, strict=True)):
        raise DimsError(
            f"the image is {dict(under.sizes)}, the mask {dict(plane.sizes)}", "draw a mask over the image that it was made from"
        )
    mapped = maps.is_map(array)
    marker: dict[str, Any] = {"opacity": 0}
    if mapped:
        low, high = maps.limits(plane)
        marker, pixels = maps.bar(plane, low, high), _map(plane, low, high)
    else:
        pixels = _tinted(under, plane) if mask and under is not None else _shades(plane)
    down, across = space.dims
    (y0, y1), (x0, x1) = (_edges(space, d) for d in (down, across))
    aspect = abs(y1 - y0) / abs(x1 - x0)
    high_enough = min(HIGH - TOP - FOOT, max((WIDE - LEFT - RIGHT) * aspect, 60))
    figure = go.Figure(
        go.Scatter(x=[x0, x1], y=[y0, y1], mode="markers", marker=marker, showlegend=False, hoverinfo="skip"),
        layout(
            title={"text": title or _title(array, plane), "font": {"size": 15}, "y": 1, "yanchor": "top", "pad": {"t": 14}},
            width=WIDE + BAR * mapped,
            height=high_enough + TOP + FOOT,
            margin={"l": LEFT, "r": RIGHT + BAR * mapped, "t": TOP, "b": FOOT},
        ),
    )
    figure.add_layout_image(
        source=_encoded(pixels),
        xref="x",
        yref="y",
        x=x0,
        y=y0,
        sizex=abs(x1 - x0),
        sizey=abs(y1 - y0),
        sizing="stretch",
        layer="below",
    )
    unit = xr.Variable((), 0, {"units": space.unit})
    figure.update_xaxes(title_text=axis_title(unit, across), title_standoff=8, range=[x0, x1], constrain="domain", showgrid=False)
    figure.update_yaxes(
        title_text=axis_title(unit, down),
        title_standoff=8,
        range=[y1, y0],
        scaleanchor="x",
        scaleratio=1,
        constrain="domain",
        showgrid=False,
    )
    return figure


def _plane(array: xr.DataArray, at: Mapping[str, Any], dims: Sequence[str] | None) -> xr.DataArray:
    """Choose one (y, x) plane."""
    if array.dtype.kind not in "biuf":
        raise PixelError(f"pixels of dtype {array.dtype} cannot be drawn", "make them real: abs(image), or image.astype(float)")
    spatial = spatial_dims(array, dims)
    if len(spatial) < 2:
        raise DimsError(f"a picture needs two spatial dims, the array has {array.dims}", "plot its measures instead")
    unknown = [k for k in at if k not in array.dims]
    if unknown:
        raise OptionError(f"there is no dim {unknown[0]!r} to choose along: the array has {array.dims}", "leave it out")
    where = {
        d: int(at.get(str(d), array.sizes[d] // 2 if d in spatial else 0))
        for d in array.dims
        if d not in (*spatial[-2:], "channel")
    }
    for dim, index in where.items():
        if not -array.sizes[dim] <= index < array.sizes[dim]:
            raise OptionError(
                f"{dim}={index} is outside: there are {array.sizes[dim]}", f"choose from 0 to {array.sizes[dim] - 1}"
            )
    rest = [d for d in ("channel",) if d in array.dims]
    return array.isel(where).transpose(*spatial[-2:], *rest)


def _reduced(values: NDArray[Any]) -> NDArray[Any]:
    """Mean over blocks of nearly equal size, so that no side is longer than LARGEST."""
    found = values.astype(float)
    for axis, n in enumerate(values.shape[:2]):
        if n > LARGEST:
            starts = np.arange(LARGEST) * n // LARGEST
            size = np.diff(np.append(starts, n)).reshape([-1 if i == axis else 1 for i in range(values.ndim)])
            found = np.add.reduceat(found, starts, axis=axis) / size
    return np.asarray(found)


def _shades(plane: xr.DataArray) -> NDArray[np.uint8]:
    """Grey or colour of each pixel, (y, x, 3)."""
    values = np.asarray(plane.values)
    if values.dtype == bool:
        share = _reduced(values)[..., None]
        return np.asarray(np.rint(255 * (1 - share) + np.array(VOID) * share), dtype=np.uint8)
    finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    # the brightest tenth of a per cent may saturate, so that one hot pixel does not blacken the rest
    low, high = np.percentile(finite, [0.1, 99.9]) if finite.size else (0, 1)
    grey = np.clip((_reduced(np.nan_to_num(values)) - low) / ((high - low) or 1), 0, 1)
    if grey.ndim == 2:
        grey = np.repeat(grey[..., None], 3, axis=2)
    return np.asarray(np.rint(255 * grey[..., :3]), dtype=np.uint8)


def _map(plane: xr.DataArray, low: float, high: float) -> NDArray[np.uint8]:
    """Colours of a map; a pixel of the picture has the mean of the numbers that it holds, and none where less than half are."""
    values = np.asarray(plane.values)
    solid = values == 0 if low == 0 else np.zeros(values.shape, bool)  # lengths are 0 there
    there = _reduced(np.isfinite(values) & ~solid)
    mean = _reduced(np.nan_to_num(values)) / np.where(there > 0, there, 1)
    return maps.coloured(mean, low, high, there < 0.5)


def _tinted(image: xr.DataArray, mask: xr.DataArray) -> NDArray[np.uint8]:
    share = 0.5 * _reduced(np.asarray(mask.values))[..., None]
    return np.asarray(np.rint(_shades(image) * (1 - share) + np.array(VOID) * share), dtype=np.uint8)


def _encoded(pixels: NDArray[np.uint8]) -> str:
    import imageio.v3 as iio

    # browsers blur what they enlarge: a small picture is enlarged here, pixel by pixel
    times = LARGEST // max(pixels.shape[:2])
    if times > 1:
        pixels = pixels.repeat(times, axis=0).repeat(times, axis=1)

    buffer = io.BytesIO()
    # photographs are a fifth of the size as JPEG, and a report must stay small
    flat = len(np.unique(pixels.reshape(-1, 3), axis=0)) <= 64
    kind: dict[str, Any] = {"extension": ".png"} if flat else {"extension": ".jpeg", "quality": 85}
    iio.imwrite(buffer, pixels, **kind)
    return f"data:image/{kind['extension'][1:]};base64," + base64.b64encode(buffer.getvalue()).decode()


def _edges(space: Space, dim: str) -> tuple[float, float]:
    """Outer edges of the first and the last pixel."""
    coord = space.coord(dim)
    half = (coord[1] - coord[0]) / 2 if len(coord) > 1 else space.spacing[space.dims.index(dim)] / 2
    return float(coord[0] - half), float(coord[-1] + half)


def _title(array: xr.DataArray, plane: xr.DataArray) -> str:
    if plane.dtype != bool:
        return str(array.attrs.get("long_name") or array.name or "image")
    part = "" if plane.size == array.size else " of this plane"
    said = f"void fraction{part} {float(plane.mean()):.3f}"
    method, found = array.attrs.get("nsi_method"), thresholds(plane)
    if method is None:
        return f"void (coloured): {said}"
    phase = array.attrs.get("nsi_phase")
    how = f"{'not above' if phase == 'dark' else 'above'} {found[0]:.4g}" if len(found) == 1 else f"{phase} phase"
    return f"void (tinted): {METHODS.get(method, method)}, {how}; {said}"
