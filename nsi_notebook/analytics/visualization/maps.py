"""Numbers over the plane, such as local thickness: in colours, with a bar that says what they mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from .theme import TICKED, TITLED, axis_title

SCALE = "Viridis"
LEVELS = 60  # colours: so few that a picture of them is small without loss
NOTHING = (228, 228, 228)  # where there is no number: outside the void, or nothing is known


def is_map(array: xr.DataArray) -> bool:
    """Whether it holds numbers that we found for each pixel, and no brightness or colour."""
    return array.dtype.kind == "f" and "channel" not in array.dims and "nsi_version" in array.attrs


def limits(plane: xr.DataArray) -> tuple[float, float]:
    """Ends of the colour bar: zero, or the lowest number if that is far from it, and the highest."""
    found = np.asarray(plane.values)
    found = found[np.isfinite(found)]
    if not found.size:
        return 0.0, 1.0
    low, high = float(found.min()), float(found.max())
    low = 0.0 if 0 <= low < high / 2 else low
    return (low, high) if high > low else (low, low + 1)


def coloured(values: NDArray[Any], low: float, high: float, nothing: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Colour of each number."""
    from plotly.colors import sample_colorscale

    table = sample_colorscale(SCALE, np.linspace(0, 1, LEVELS).tolist(), colortype="tuple")
    colours = np.rint(255 * np.array(table)).astype(np.uint8)
    level = np.clip((np.nan_to_num(values) - low) / (high - low), 0, 1)
    shades: NDArray[np.uint8] = colours[np.rint((LEVELS - 1) * level).astype(int)]
    shades[nothing] = NOTHING
    return shades


def bar(plane: xr.DataArray, low: float, high: float) -> dict[str, Any]:
    """Marker that brings the colour bar."""
    return {
        "opacity": 0,
        "color": [low, high],
        "cmin": low,
        "cmax": high,
        "colorscale": SCALE,
        "showscale": True,
        "colorbar": {
            "title": {"text": axis_title(plane), "side": "right", "font": {"size": TITLED}},
            "tickfont": {"size": TICKED},
            "thickness": 14,
            "outlinewidth": 0,
        },
    }
