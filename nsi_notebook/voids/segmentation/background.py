"""Sky level and noise on a mesh, with sigma clipping."""

from __future__ import annotations

import numpy as np

from ...errors import OptionError
from .histogram import Array


def mark(frame: Array, phase: str, *, mesh: int = 64, clip: float = 3.0, nsigma: float = 1.5) -> Array:
    """Sky: what is within `nsigma` rms of the background (Bertin & Arnouts 1996, A&AS 117:393).

    Parameters
    ----------
    frame : ndarray, shape (y, x)
        Values of one frame.
    phase : {"dark", "bright"}
        dark: empty is what is not above background + nsigma rms; bright: not below background - nsigma rms.
    mesh : int
        Side of a cell in pixels.
    clip, nsigma : float
        In units of the rms.
    """
    if frame.ndim != 2:
        raise OptionError(f"background is defined for 2 spatial dims, not {frame.ndim}", "choose dims=('y', 'x')")
    if mesh < 8 or clip <= 0:
        raise OptionError(
            f"mesh={mesh}, clip={clip:g}: a cell has at least 8 pixels a side, and clip is positive", "mesh=64, clip=3"
        )
    level, rms = background(frame, mesh, clip)
    return np.asarray(frame <= level + nsigma * rms if phase == "dark" else frame >= level - nsigma * rms)


def background(frame: Array, mesh: int, clip: float) -> tuple[Array, Array]:
    """Level and rms of the background at each pixel.

    In each cell of the mesh, values are clipped at `clip` sigma around the median until nothing changes; the level is then
    2.5 median - 1.5 mean, or the median where the two differ by more than 0.3 sigma (crowded). The grid is median filtered
    and interpolated by natural cubic splines. Cells are `mesh` wide, or a little more or less so that all are alike.

    Parameters
    ----------
    frame : ndarray, shape (y, x)
        Values of one frame.
    mesh : int
        Side of a cell in pixels.
    clip : float
        In units of sigma.
    """
    from scipy.interpolate import CubicSpline

    rows, columns = (np.array_split(np.arange(n), max(1, round(n / mesh))) for n in frame.shape)
    cells = [[frame[r[0] : r[-1] + 1, c[0] : c[-1] + 1] for c in columns] for r in rows]
    grid = _median_filtered(np.array([[_clipped(cell.astype(float).ravel(), clip) for cell in row] for row in cells]))
    for axis, parts in enumerate((rows, columns)):
        if len(parts) == 1:
            grid = grid.repeat(frame.shape[axis], axis)
        else:
            middles = [part.mean() for part in parts]
            grid = CubicSpline(middles, grid, axis, "natural")(np.arange(frame.shape[axis]))
    return grid[..., 0], np.maximum(grid[..., 1], 0)


def _clipped(values: Array, clip: float) -> tuple[float, float]:
    while True:
        median, sigma = float(np.median(values)), float(values.std())
        kept = values[np.abs(values - median) <= clip * sigma]
        if len(kept) in (0, len(values)):
            break
        values = kept
    mean = float(values.mean())
    crowded = abs(mean - median) >= 0.3 * sigma
    return (median if crowded else 2.5 * median - 1.5 * mean), sigma


def _median_filtered(grid: Array) -> Array:
    """Median of 3 x 3 cells; at a border along it only, lest a slope be flattened there (as SExtractor does)."""
    result = np.empty_like(grid)
    for i, j in np.ndindex(grid.shape[:2]):
        p, q = (min(1, at, n - 1 - at) for at, n in zip((i, j), grid.shape[:2], strict=True))
        result[i, j] = np.median(grid[i - p : i + p + 1, j - q : j + q + 1], axis=(0, 1))
    return result
